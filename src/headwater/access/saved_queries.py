"""Queries: SQL statements of the console under a name, for everybody in the project."""

from typing import Any

import msgspec
from sqlalchemy import Connection, Engine, Row, delete, update

from headwater import clock, ids
from headwater.access import tables
from headwater.access.engine import reading, writing, writing_alone
from headwater.access.saved_names import check_room, checked_length, checked_name, found, unique_name, with_keeper
from headwater.errors import BadRequest, NotFound

_MOST = 500
_SQL_CHARS = 100_000


class SavedQuery(msgspec.Struct, frozen=True, kw_only=True):
    """A statement and its name. `by` is the name of who saved it, "" where he is gone."""

    id: str
    name: str
    sql: str
    by: str
    created_ns: int
    changed_ns: int


class SavedQueries:
    """The queries of all projects. Blocking; a project goes by its id."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def all(self, project_id: str) -> list[SavedQuery]:
        """The queries of a project, by name."""
        columns = tables.saved_queries.c
        wanted = with_keeper(tables.saved_queries).where(columns.project_id == project_id)
        with reading(self._engine) as connection:
            return [_query(row) for row in connection.execute(wanted.order_by(columns.name, columns.id))]

    def one(self, project_id: str, query_id: str) -> SavedQuery:
        """One query. Raises NotFound."""
        with reading(self._engine) as connection:
            return _one(connection, project_id, query_id)

    def add(self, project_id: str, person_id: str, name: str, sql: str) -> SavedQuery:
        """Save a query. Raises BadRequest for a name that is taken, no statement, and past a bound."""
        name, sql, now = checked_name(name), _checked_sql(sql), clock.now_ns()
        query_id = ids.short_id()
        with unique_name("query", name), writing_alone(self._engine) as connection:
            check_room(connection, tables.saved_queries, project_id, _MOST, "queries")
            connection.execute(
                tables.saved_queries.insert().values(
                    id=query_id,
                    project_id=project_id,
                    person_id=person_id,
                    name=name,
                    sql=sql,
                    created_ns=now,
                    changed_ns=now,
                )
            )
            return _one(connection, project_id, query_id)

    def change(self, project_id: str, query_id: str, *, name: str | None = None, sql: str | None = None) -> SavedQuery:
        """Give a query another name or statement. Raises NotFound, BadRequest."""
        values: dict[str, str | int] = {"changed_ns": clock.now_ns()}
        if name is not None:
            values["name"] = checked_name(name)
        if sql is not None:
            values["sql"] = _checked_sql(sql)
        with unique_name("query", name or ""), writing(self._engine) as connection:
            connection.execute(update(tables.saved_queries).where(*_is(project_id, query_id)).values(values))
            return _one(connection, project_id, query_id)

    def remove(self, project_id: str, query_id: str) -> None:
        """Forget a query. Raises NotFound."""
        with writing(self._engine) as connection:
            gone = connection.execute(delete(tables.saved_queries).where(*_is(project_id, query_id)))
            found(gone.rowcount, "query", query_id)


def _checked_sql(sql: str) -> str:
    if not sql.strip():
        raise BadRequest("sql: there is no statement; write one first")
    return checked_length("sql", sql, _SQL_CHARS)


def _is(project_id: str, query_id: str) -> tuple[Any, Any]:
    columns = tables.saved_queries.c
    return columns.project_id == project_id, columns.id == query_id


def _one(connection: Connection, project_id: str, query_id: str) -> SavedQuery:
    row = connection.execute(with_keeper(tables.saved_queries).where(*_is(project_id, query_id))).one_or_none()
    if row is None:
        raise NotFound(f"no saved query with the id {query_id!r} in this project")
    return _query(row)


def _query(row: Row[Any]) -> SavedQuery:
    return SavedQuery(
        id=row.id,
        name=row.name,
        sql=row.sql,
        by=row.by or "",
        created_ns=row.created_ns,
        changed_ns=row.changed_ns,
    )
