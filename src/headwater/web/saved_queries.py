"""Saved queries: statements of the console under a name, as the API tells of them."""

import msgspec

from headwater.access import SavedQuery
from headwater.query import show_time


class QueryKept(msgspec.Struct, frozen=True, kw_only=True):
    """A saved query. `by` is the name of who saved it, "" where nobody knows."""

    id: str
    name: str
    sql: str
    by: str
    created: str
    changed: str


def query_of(query: SavedQuery) -> QueryKept:
    """Return a saved query as the API tells of it."""
    return QueryKept(
        id=query.id,
        name=query.name,
        sql=query.sql,
        by=query.by,
        created=show_time(query.created_ns),
        changed=show_time(query.changed_ns),
    )
