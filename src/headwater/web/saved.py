"""Saved: what people kept, as pages and API show it."""

import msgspec

from headwater.access import SavedSet, SavedView
from headwater.query import show_time


class ViewKept(msgspec.Struct, frozen=True, kw_only=True):
    """A saved view of a page: the query string that it opens with. `by` is who saved it; `is_default` whether the page
    opens with it for whoever asks."""

    id: str
    page: str
    name: str
    query: str
    by: str
    created: str
    is_default: bool


class SetKept(msgspec.Struct, frozen=True, kw_only=True):
    """A saved set and how many traces were put into it. `by` is who made it."""

    id: str
    name: str
    by: str
    created: str
    traces: int


class PutIn(msgspec.Struct, frozen=True, kw_only=True):
    """What became of traces that were put into a set, or taken out: how many it changed, and the set after it."""

    changed: int
    set: SetKept


def view_of(view: SavedView) -> ViewKept:
    """Show a view."""
    return ViewKept(
        id=view.id,
        page=view.page,
        name=view.name,
        query=view.query,
        by=view.by,
        created=show_time(view.created_ns),
        is_default=view.is_default,
    )


def set_of(kept: SavedSet) -> SetKept:
    """Show a set."""
    return SetKept(id=kept.id, name=kept.name, by=kept.by, created=show_time(kept.created_ns), traces=kept.traces)
