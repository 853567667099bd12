"""Views: a list's filters, order and columns under a name, for everybody in the project."""

from typing import Any

import msgspec
from sqlalchemy import Connection, Engine, Row, delete, select, update

from headwater import clock, ids
from headwater.access import tables
from headwater.access.engine import reading, writing, writing_alone
from headwater.access.saved_names import check_room, checked_length, checked_name, found, unique_name, with_keeper
from headwater.errors import NotFound

_MOST = 500
_QUERY_CHARS = 8_000


class SavedView(msgspec.Struct, frozen=True, kw_only=True):
    """A view of the page `page` ("traces", "calls"): the query string `query`, without "?" and without a project.

    `by` is the name of who saved it, "" where he is gone; `is_default` whether it is the asking person's default.
    """

    id: str
    page: str
    name: str
    query: str
    by: str
    created_ns: int
    is_default: bool = False


class SavedViews:
    """The views of all projects. Blocking; a project goes by its id."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def all(self, project_id: str, page: str = "", person_id: str = "") -> list[SavedView]:
        """The views of one page or, for "", of all pages, by name; those that are this person's defaults say so."""
        columns, chosen = tables.saved_views.c, tables.default_views.c
        wanted = with_keeper(tables.saved_views).where(columns.project_id == project_id)
        wanted = wanted.where(columns.page == page) if page else wanted
        with reading(self._engine) as connection:
            mine = select(chosen.view_id).where(chosen.project_id == project_id, chosen.person_id == person_id)
            defaults = set(connection.execute(mine).scalars())
            rows = connection.execute(wanted.order_by(columns.page, columns.name, columns.id)).all()
        return [_view(row, is_default=row.id in defaults) for row in rows]

    def one(self, project_id: str, view_id: str) -> SavedView:
        """One view. Raises NotFound."""
        with reading(self._engine) as connection:
            return _one(connection, project_id, view_id)

    def add(self, project_id: str, person_id: str, page: str, name: str, query: str) -> SavedView:
        """Save a view. Raises BadRequest for a name that is taken on the page, and past a bound."""
        name, query = checked_name(name), checked_length("query", query.lstrip("?"), _QUERY_CHARS)
        view_id = ids.short_id()
        with unique_name("view", name), writing_alone(self._engine) as connection:
            check_room(connection, tables.saved_views, project_id, _MOST, "views")
            connection.execute(
                tables.saved_views.insert().values(
                    id=view_id,
                    project_id=project_id,
                    person_id=person_id,
                    page=page,
                    name=name,
                    query=query,
                    created_ns=clock.now_ns(),
                )
            )
            return _one(connection, project_id, view_id)

    def change(self, project_id: str, view_id: str, *, name: str | None = None, query: str | None = None) -> SavedView:
        """Give a view another name, or have it show something else. Raises NotFound, BadRequest."""
        values: dict[str, str] = {}
        if name is not None:
            values["name"] = checked_name(name)
        if query is not None:
            values["query"] = checked_length("query", query.lstrip("?"), _QUERY_CHARS)
        with unique_name("view", name or ""), writing(self._engine) as connection:
            if values:
                connection.execute(update(tables.saved_views).where(*_is(project_id, view_id)).values(values))
            return _one(connection, project_id, view_id)

    def remove(self, project_id: str, view_id: str) -> None:
        """Forget a view. Raises NotFound."""
        with writing(self._engine) as connection:
            connection.execute(delete(tables.default_views).where(tables.default_views.c.view_id == view_id))
            gone = connection.execute(delete(tables.saved_views).where(*_is(project_id, view_id)))
            found(gone.rowcount, "view", view_id)

    def set_default(self, project_id: str, person_id: str, page: str, view_id: str = "") -> None:
        """Have a page open with a view for this person, or, for "", as it is. Raises NotFound."""
        chosen = tables.default_views.c
        is_theirs = (chosen.project_id == project_id, chosen.person_id == person_id, chosen.page == page)
        with writing_alone(self._engine) as connection:
            connection.execute(delete(tables.default_views).where(*is_theirs))
            if not view_id:
                return
            if _one(connection, project_id, view_id).page != page:
                raise NotFound(f"the view {view_id!r} is none of the page {page!r}")
            connection.execute(
                tables.default_views.insert().values(
                    project_id=project_id, person_id=person_id, page=page, view_id=view_id
                )
            )

    def default(self, project_id: str, person_id: str, page: str) -> SavedView | None:
        """The view that a page opens with for this person."""
        chosen, columns = tables.default_views.c, tables.saved_views.c
        wanted = with_keeper(tables.saved_views).where(
            columns.id.in_(
                select(chosen.view_id).where(
                    chosen.project_id == project_id, chosen.person_id == person_id, chosen.page == page
                )
            )
        )
        with reading(self._engine) as connection:
            row = connection.execute(wanted).one_or_none()
        return None if row is None else _view(row, is_default=True)


def _is(project_id: str, view_id: str) -> tuple[Any, Any]:
    columns = tables.saved_views.c
    return columns.project_id == project_id, columns.id == view_id


def _one(connection: Connection, project_id: str, view_id: str) -> SavedView:
    row = connection.execute(with_keeper(tables.saved_views).where(*_is(project_id, view_id))).one_or_none()
    if row is None:
        raise NotFound(f"no saved view with the id {view_id!r} in this project")
    return _view(row)


def _view(row: Row[Any], *, is_default: bool = False) -> SavedView:
    return SavedView(
        id=row.id,
        page=row.page,
        name=row.name,
        query=row.query,
        by=row.by or "",
        created_ns=row.created_ns,
        is_default=is_default,
    )
