"""The history of alerts: when each fired, whom it was told, and what is still to be told."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Engine, Row, delete, exists, func, select, update

from headwater import clock
from headwater.access import tables
from headwater.access.alert_nouns import Firing, Telling
from headwater.access.engine import reading, writing, writing_alone

_TELLING = Telling.__struct_fields__
_FIRING = tuple(name for name in Firing.__struct_fields__ if name != "tellings")


class AlertHistory:
    """Firings and tellings of all projects. Blocking."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def firings(self, rule_id: str, limit: int, before_ns: int = 0) -> list[Firing]:
        """The last times that a rule fired, or the last that began before a moment, the newest first."""
        columns = tables.alert_firings.c
        wanted = select(tables.alert_firings).where(columns.rule_id == rule_id)
        wanted = wanted.where(columns.began_ns < before_ns) if before_ns else wanted
        with reading(self._engine) as connection:
            rows = connection.execute(wanted.order_by(columns.began_ns.desc(), columns.id).limit(limit)).all()
            told = tables.alert_tellings.c
            of_these = select(tables.alert_tellings).where(told.firing_id.in_([row.id for row in rows]))
            tellings = [_telling(row) for row in connection.execute(of_these.order_by(told.made_ns, told.id))]
        return [_firing(row, [each for each in tellings if each.firing_id == row.id]) for row in rows]

    def one(self, firing_id: str) -> Firing | None:
        """One firing, without its tellings."""
        with reading(self._engine) as connection:
            wanted = select(tables.alert_firings).where(tables.alert_firings.c.id == firing_id)
            row = connection.execute(wanted).one_or_none()
        return None if row is None else _firing(row, ())

    def last_fired(self, project_id: str) -> Mapping[str, int]:
        """When each rule of a project fired last, by its id."""
        firings, rules = tables.alert_firings.c, tables.alert_rules.c
        wanted = select(firings.rule_id, func.max(firings.began_ns)).join_from(
            tables.alert_firings, tables.alert_rules, rules.id == firings.rule_id
        )
        with reading(self._engine) as connection:
            rows = connection.execute(wanted.where(rules.project_id == project_id).group_by(firings.rule_id)).all()
        return {str(row[0]): int(row[1]) for row in rows}

    def take_due(self, limit: int, for_s: float) -> list[Telling]:
        """Take tellings that are due, the oldest first; none before an earlier one of its firing to its channel is
        done. For `for_s` nobody else takes them, and after that, unless they are noted, they are due again."""
        columns, now = tables.alert_tellings.c, clock.now_ns()
        wanted = select(tables.alert_tellings).where(columns.state == "waiting", columns.due_ns <= now, ~_has_earlier())
        with reading(self._engine) as connection:
            due = [
                _telling(row) for row in connection.execute(wanted.order_by(columns.due_ns, columns.id).limit(limit))
            ]
        if not due:
            return []
        taken: list[Telling] = []
        with writing_alone(self._engine) as connection:
            for telling in due:
                mine = update(tables.alert_tellings).where(
                    columns.id == telling.id, columns.state == "waiting", columns.due_ns == telling.due_ns
                )
                values = {"due_ns": now + int(for_s * 1e9), "tries": telling.tries + 1}
                if connection.execute(mine.values(values)).rowcount:
                    taken.append(msgspec.structs.replace(telling, **values))
        return taken

    def note(self, telling: Telling) -> None:
        """Note what became of a telling."""
        values = {name: getattr(telling, name) for name in ("state", "answer", "due_ns", "done_ns")}
        with writing(self._engine) as connection:
            columns = tables.alert_tellings.c
            connection.execute(update(tables.alert_tellings).where(columns.id == telling.id).values(values))

    def forget_old(self, kept: int) -> int:
        """Keep the last `kept` firings of each rule; return how many older ones went, with their tellings."""
        firings, tellings = tables.alert_firings, tables.alert_tellings
        place = func.row_number().over(partition_by=firings.c.rule_id, order_by=firings.c.began_ns.desc())
        placed = select(firings.c.id, place.label("place")).subquery()
        with reading(self._engine) as connection:
            old = connection.execute(select(placed.c.id).where(placed.c.place > kept).limit(500)).scalars().all()
        if old:
            with writing(self._engine) as connection:
                connection.execute(delete(tellings).where(tellings.c.firing_id.in_(old)))
                connection.execute(delete(firings).where(firings.c.id.in_(old)))
        return len(old)


def _has_earlier() -> ColumnElement[bool]:
    """Whether something that was to be told before, of the same firing to the same channel, still waits."""
    columns, earlier = tables.alert_tellings.c, tables.alert_tellings.alias("earlier").c
    return exists().where(
        earlier.state == "waiting",
        earlier.firing_id == columns.firing_id,
        earlier.channel_id == columns.channel_id,
        earlier.made_ns < columns.made_ns,
    )


def _telling(row: Row[Any]) -> Telling:
    return Telling(**{name: getattr(row, name) for name in _TELLING})


def _firing(row: Row[Any], tellings: Sequence[Telling]) -> Firing:
    return Firing(**{name: getattr(row, name) for name in _FIRING}, tellings=tuple(tellings))
