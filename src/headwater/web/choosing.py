"""Choosing: which traces or calls somebody means: those that he marked, or all that the filters leave.

In:  marks (`<trace id>` or `<trace id>:<span id>`), or a query string.   Out: targets, within a bound.
"""

import re
from collections.abc import Callable, Iterable
from typing import Any, Literal

import msgspec

from headwater.errors import BadRequest
from headwater.event import EditTarget
from headwater.query import CallFilters, Filters, Page, TraceFilters
from headwater.web.asked import Asked, call_filters, trace_filters
from headwater.web.desk import Desk, Visitor

Thing = Literal["traces", "calls"]
MOST_CHOSEN = 10_000
_PAGE = 1_000
_MARK = re.compile(r"([0-9a-f]{32})(?::([0-9a-f]{16}))?")


def read_marks(marks: Iterable[str]) -> tuple[EditTarget, ...]:
    """Read marks, each once. Raises BadRequest for what is none, and past the bound."""
    found: dict[EditTarget, None] = {}
    for mark in marks:
        read = _MARK.fullmatch(mark.lower())
        if read is None:
            raise BadRequest(f"chosen: {mark[:60]!r} is no trace id, and no trace id and span id with ':' between")
        found[EditTarget(read[1], read[2] or "")] = None
        if len(found) > MOST_CHOSEN:
            raise BadRequest(f"chosen: more than {MOST_CHOSEN}; choose fewer at a time")
    return tuple(found)


async def within_set(desk: Desk, visitor: Visitor, set_id: str, filters: Filters) -> Any:
    """The filters, narrowed to the traces of a saved set. Raises NotFound for a set that is not there."""
    if not set_id:
        return filters
    sets = desk.ports.catalog.saved.sets
    held = await desk.asker.ask(lambda: sets.trace_ids(visitor.project, set_id))
    # No trace has the empty id: what is narrowed to nothing shows nothing.
    return msgspec.structs.replace(filters, among=held or ("",))


async def traces_asked(desk: Desk, visitor: Visitor, asked: Asked, now_ns: int) -> TraceFilters:
    """The filters of a list of traces, its saved set among them."""
    return await within_set(desk, visitor, asked.set, trace_filters(_without_set(asked), now_ns))


async def calls_asked(desk: Desk, visitor: Visitor, asked: Asked, now_ns: int) -> CallFilters:
    """The filters of a list of calls, its saved set among them."""
    return await within_set(desk, visitor, asked.set, call_filters(_without_set(asked), now_ns))


def _without_set(asked: Asked) -> Asked:
    return asked.model_copy(update={"set": ""})


async def all_asked(desk: Desk, visitor: Visitor, thing: Thing, asked: Asked, now_ns: int) -> tuple[EditTarget, ...]:
    """Everything that the filters leave. Raises BadRequest where that is more than the bound."""
    if thing == "calls":
        filters = await calls_asked(desk, visitor, asked, now_ns)
        return await desk.ask(visitor, lambda q: _all(lambda cursor: q.calls(filters, cursor=cursor, limit=_PAGE)))
    of_traces = await traces_asked(desk, visitor, asked, now_ns)
    return await desk.ask(visitor, lambda q: _all(lambda cursor: q.traces(of_traces, cursor=cursor, limit=_PAGE)))


def _all(ask: Callable[[str | None], Page[Any]]) -> tuple[EditTarget, ...]:
    found: list[EditTarget] = []
    cursor: str | None = None
    while True:
        page = ask(cursor)
        found += [EditTarget(item.trace_id, getattr(item, "span_id", "")) for item in page.items]
        if len(found) > MOST_CHOSEN:
            raise BadRequest(f"more than {MOST_CHOSEN:,} match; narrow the filters, and do it in several steps")
        if page.next is None:
            return tuple(dict.fromkeys(found))
        cursor = page.next
