"""Sets: traces that somebody put aside under a name, for everybody in the project."""

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection, Engine, Row, delete, func, select, update

from headwater import clock, ids
from headwater.access import tables
from headwater.access.engine import reading, writing, writing_alone
from headwater.access.saved_names import check_room, checked_name, found, unique_name, with_keeper
from headwater.errors import BadRequest, NotFound

SET_TRACES = 10_000
_MOST = 200
_AT_ONCE = 500


class SavedSet(msgspec.Struct, frozen=True, kw_only=True):
    """A set and how many traces are in it. `by` is the name of who made it, "" where he is gone."""

    id: str
    name: str
    by: str
    created_ns: int
    traces: int


class SavedSets:
    """The sets of all projects. Blocking; a project goes by its id. A set holds at most `SET_TRACES` traces."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def all(self, project_id: str) -> list[SavedSet]:
        """The sets of a project, by name."""
        columns = tables.saved_sets.c
        wanted = with_keeper(tables.saved_sets).where(columns.project_id == project_id)
        with reading(self._engine) as connection:
            rows = connection.execute(wanted.order_by(columns.name, columns.id)).all()
            sizes = _sizes(connection, [row.id for row in rows])
        return [_set(row, sizes.get(row.id, 0)) for row in rows]

    def one(self, project_id: str, set_id: str) -> SavedSet:
        """One set. Raises NotFound."""
        with reading(self._engine) as connection:
            return _one(connection, project_id, set_id)

    def trace_ids(self, project_id: str, set_id: str) -> tuple[str, ...]:
        """The traces of a set, the first put in first. Raises NotFound."""
        held = tables.saved_set_traces.c
        with reading(self._engine) as connection:
            _one(connection, project_id, set_id)
            wanted = select(held.trace_id).where(held.set_id == set_id).order_by(held.added_ns, held.trace_id)
            return tuple(connection.execute(wanted).scalars())

    def add(self, project_id: str, person_id: str, name: str) -> SavedSet:
        """Make a set with nothing in it. Raises BadRequest for a name that is taken, and past a bound."""
        name, set_id = checked_name(name), ids.short_id()
        with unique_name("set", name), writing_alone(self._engine) as connection:
            check_room(connection, tables.saved_sets, project_id, _MOST, "sets")
            connection.execute(
                tables.saved_sets.insert().values(
                    id=set_id, project_id=project_id, person_id=person_id, name=name, created_ns=clock.now_ns()
                )
            )
            return _one(connection, project_id, set_id)

    def rename(self, project_id: str, set_id: str, name: str) -> SavedSet:
        """Give a set another name. Raises NotFound, BadRequest."""
        with unique_name("set", name), writing(self._engine) as connection:
            renamed = update(tables.saved_sets).where(*_is(project_id, set_id)).values(name=checked_name(name))
            found(connection.execute(renamed).rowcount, "set", set_id)
            return _one(connection, project_id, set_id)

    def remove(self, project_id: str, set_id: str) -> None:
        """Forget a set; its traces stay. Raises NotFound."""
        with writing(self._engine) as connection:
            _one(connection, project_id, set_id)
            connection.execute(delete(tables.saved_set_traces).where(tables.saved_set_traces.c.set_id == set_id))
            connection.execute(delete(tables.saved_sets).where(*_is(project_id, set_id)))

    def put(self, project_id: str, set_id: str, trace_ids: Iterable[str]) -> int:
        """Put traces in; return how many were not there before. Raises NotFound, and BadRequest past the bound, when
        nothing is put in."""
        with writing_alone(self._engine) as connection:
            held = _one(connection, project_id, set_id).traces
            fresh = _without_held(connection, set_id, list(dict.fromkeys(trace_ids)))
            if held + len(fresh) > SET_TRACES:
                raise BadRequest(f"a set holds at most {SET_TRACES} traces, and this one has {held}; make another set")
            now = clock.now_ns()
            for part in _portions(fresh):
                rows = [{"set_id": set_id, "trace_id": each, "added_ns": now} for each in part]
                connection.execute(tables.saved_set_traces.insert(), rows)
            return len(fresh)

    def take_out(self, project_id: str, set_id: str, trace_ids: Iterable[str]) -> int:
        """Take traces out; return how many were in it. Raises NotFound."""
        columns, taken = tables.saved_set_traces.c, 0
        with writing_alone(self._engine) as connection:
            _one(connection, project_id, set_id)
            for part in _portions(list(dict.fromkeys(trace_ids))):
                unwanted = delete(tables.saved_set_traces).where(columns.set_id == set_id, columns.trace_id.in_(part))
                taken += connection.execute(unwanted).rowcount
        return taken


def _without_held(connection: Connection, set_id: str, trace_ids: Sequence[str]) -> list[str]:
    columns = tables.saved_set_traces.c
    held: set[str] = set()
    for part in _portions(trace_ids):
        wanted = select(columns.trace_id).where(columns.set_id == set_id, columns.trace_id.in_(part))
        held.update(connection.execute(wanted).scalars())
    return [each for each in trace_ids if each not in held]


def _portions(items: Sequence[str]) -> Iterable[Sequence[str]]:
    """Statements of a size that each engine takes."""
    return (items[start : start + _AT_ONCE] for start in range(0, len(items), _AT_ONCE))


def _sizes(connection: Connection, set_ids: Sequence[str]) -> dict[str, int]:
    columns = tables.saved_set_traces.c
    counted = select(columns.set_id, func.count()).where(columns.set_id.in_(set_ids)).group_by(columns.set_id)
    return {set_id: count for set_id, count in connection.execute(counted)}


def _is(project_id: str, set_id: str) -> tuple[Any, Any]:
    columns = tables.saved_sets.c
    return columns.project_id == project_id, columns.id == set_id


def _one(connection: Connection, project_id: str, set_id: str) -> SavedSet:
    row = connection.execute(with_keeper(tables.saved_sets).where(*_is(project_id, set_id))).one_or_none()
    if row is None:
        raise NotFound(f"no saved set with the id {set_id!r} in this project")
    return _set(row, _sizes(connection, [set_id]).get(set_id, 0))


def _set(row: Row[Any], traces: int) -> SavedSet:
    return SavedSet(id=row.id, name=row.name, by=row.by or "", created_ns=row.created_ns, traces=traces)
