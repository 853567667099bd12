"""Arrivals: what has come in since, for lists that follow along.

A row's version begins with when the server took it in. Rows become visible in about that order, not exactly: whoever
follows asks again for the last few seconds and passes over what it has seen.
"""
# ruff: noqa: S608 - statements are put together of our own words only; what comes from outside is a parameter.

import msgspec

from headwater.query.answers import Answer, TraceListed
from headwater.query.ask import Asker
from headwater.query.conditions import IN_WINDOW, trace_conditions
from headwater.query.filters import TraceFilters
from headwater.query.found import TRACES, bounds_of
from headwater.query.lists import page_of, read_limit
from headwater.query.times import DAY_NS
from headwater.query.windows import FIRST_NS, Window


class Arrived(Answer, frozen=True, kw_only=True):
    """A trace that came in or grew, and when the server took in the last of it, in Unix nanoseconds."""

    received_ns: int
    trace: TraceListed


class Arrivals(Answer, frozen=True, kw_only=True):
    """What came in, first to last; `is_partial`: more came than the limit, and only the last of it is here."""

    items: tuple[Arrived, ...]
    is_partial: bool = False


def list_arrivals(ask: Asker, filters: TraceFilters, after_ns: int, limit: int) -> Arrivals:
    """Return the traces that came in or grew after a moment and began at most a day before it; raises BadRequest."""
    conditions, bounds = trace_conditions(filters), bounds_of(filters)
    since = Window(max(bounds.low, after_ns - DAY_NS, FIRST_NS), bounds.high)
    # Without FINAL: where nothing came in, which is nearly always, only versions are read.
    rows = ask.rows(
        "SELECT trace_id, max(version) AS received, min(toUnixTimestamp64Nano(start_time)),"
        f" max(toUnixTimestamp64Nano(start_time)) FROM headwater.traces WHERE {conditions.sql(IN_WINDOW)}"
        " AND version > {after:UInt64} GROUP BY trace_id ORDER BY received DESC LIMIT {limit:UInt32}",
        {
            **conditions.parameters,
            "low": since.low,
            "high": since.high,
            "after": max(after_ns, 0),
            "limit": read_limit(limit) + 1,
        },
    )
    shown = rows[:limit]
    if not shown:
        return Arrivals(items=())
    received = {str(row[0]): int(row[1]) for row in shown}
    named = msgspec.structs.replace(
        conditions,
        terms=(*conditions.terms, "trace_id IN {arrived:Array(String)}"),
        parameters={**conditions.parameters, "arrived": list(received)},
    )
    window = Window(min(int(row[2]) for row in shown), max(int(row[3]) for row in shown) + 1)
    page = page_of(ask, TRACES, named, window, sort="-start_time", cursor=None, limit=limit)
    items = [Arrived(received_ns=received[trace.trace_id], trace=trace) for trace in page.items]
    items.sort(key=lambda item: (item.received_ns, item.trace.trace_id))
    return Arrivals(items=tuple(items), is_partial=len(rows) > limit)
