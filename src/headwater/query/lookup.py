"""Lookup: what in the project has an id that somebody brings along, from a log line, a ticket or another tool."""

import re
from collections.abc import Iterable
from typing import Literal

import msgspec

from headwater.query.ask import Asker

Kind = Literal["trace", "span", "session", "user"]

_LONGEST = 400
_TRACEPARENT = re.compile(r"[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}")
_HEX = re.compile(r"[0-9a-f]{16}|[0-9a-f]{32}")

_TRACE = "SELECT trace_id FROM headwater.traces FINAL WHERE project = {project:String} AND trace_id = {trace_id:String}"
# Without FINAL, which would read more than this one column of all spans; versions of a span name the same trace.
_SPAN = (
    "SELECT trace_id FROM headwater.spans WHERE project = {project:String} AND span_id = {span_id:String}"
    " AND is_deleted = 0 ORDER BY start_time DESC LIMIT 20"
)
_KNOWN = (
    "SELECT DISTINCT facet FROM headwater.facets WHERE project = {project:String}"
    " AND facet IN ('session_id', 'user_id') AND value = {value:String}"
)
_FACET_KINDS: dict[str, Kind] = {"session_id": "session", "user_id": "user"}


class Hit(msgspec.Struct, frozen=True, kw_only=True):
    """A thing that has the id. `trace_id` is that of a trace or of a span's trace, "" for sessions and users."""

    kind: Kind
    id: str
    trace_id: str = ""


def look_up(ask: Asker, text: str) -> tuple[Hit, ...]:
    """Return what has exactly this id; hexadecimal ids in any case, with or without hyphens; a traceparent is both."""
    given = text.strip()[:_LONGEST]
    if not given:
        return ()
    traceparent = _TRACEPARENT.fullmatch(given.lower())
    if traceparent is not None:
        return tuple(_traced(ask, *traceparent.groups()))
    return (*_hexadecimal(ask, given.lower().replace("-", "")), *_named(ask, given))


def _traced(ask: Asker, trace_id: str, span_id: str) -> Iterable[Hit]:
    found = {row[0] for row in ask.rows(_SPAN, {"span_id": span_id})}
    if trace_id in found:
        yield Hit(kind="span", id=span_id, trace_id=trace_id)
    yield from _hexadecimal(ask, trace_id)


def _hexadecimal(ask: Asker, given: str) -> Iterable[Hit]:
    if not _HEX.fullmatch(given):
        return
    if len(given) == 32:
        for (trace_id,) in ask.rows(_TRACE, {"trace_id": given}):
            yield Hit(kind="trace", id=trace_id, trace_id=trace_id)
    else:
        for trace_id in dict.fromkeys(row[0] for row in ask.rows(_SPAN, {"span_id": given})):
            yield Hit(kind="span", id=given, trace_id=trace_id)


def _named(ask: Asker, given: str) -> Iterable[Hit]:
    for facet in sorted(str(row[0]) for row in ask.rows(_KNOWN, {"value": given})):
        yield Hit(kind=_FACET_KINDS[facet], id=given)
