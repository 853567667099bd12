"""Tools: what each tool was called for: how often, how long it took, how it failed, and where it was called in circles.

Loops are calls of one tool with the same arguments within one trace, `LOOP_TIMES` of them and more. Arguments are
content with a hash, so those that are the same are known without being read; a tool that tells none is in no loop.
"""
# ruff: noqa: S608 - statements are put together of our own words only; what comes from outside is a parameter.

from typing import Any

import msgspec

from headwater.query.answers import Answer
from headwater.query.ask import Asker, Row
from headwater.query.conditions import IN_WINDOW, Conditions
from headwater.query.filters import TraceFilters
from headwater.query.found import bounds_of
from headwater.query.lists import read_limit
from headwater.query.steps import Orders, in_traces, joined, known, named, ordered
from headwater.query.stretches import Stretch, stretch_of
from headwater.query.times import milliseconds, show_time

LOOP_TIMES = 3
MAX_TOOLS = 500


class ToolUsed(Answer, frozen=True, kw_only=True):
    """What became of the calls of a tool. `error_share` is from 0 to 1, `total_ms` the time of all of them together.

    `trend` counts calls by bucket, `failed_trend` those that failed, from the answer's `start` on. The newest failure
    is the span `last_error_span_id` of `last_error_trace_id`; those and `last_error` are "" where nothing failed.
    """

    tool: str
    calls: int
    errors: int
    error_share: float
    p50_ms: float
    p95_ms: float
    longest_ms: float
    total_ms: float
    traces: int
    last_error: str
    last_error_time: str | None
    last_error_trace_id: str
    last_error_span_id: str
    trend: tuple[int, ...]
    failed_trend: tuple[int, ...]


class ToolsUsed(Answer, frozen=True, kw_only=True):
    """The tools of a stretch of time, in buckets of `step_s` seconds; `is_partial`: only those of most calls."""

    start: str
    end: str
    step_s: int
    tools: tuple[ToolUsed, ...]
    is_partial: bool = False


class Loop(Answer, frozen=True, kw_only=True):
    """A tool that was called `times` over with the same arguments in one trace, the first time by the span `span_id`.

    `arguments` is how these begin; `errors` is how many of the calls failed, `total_ms` how long all took.
    """

    tool: str
    trace_id: str
    span_id: str
    start_time: str
    times: int
    errors: int
    total_ms: float
    arguments: str


class Loops(Answer, frozen=True, kw_only=True):
    """The worst loops, those of most repetitions first, of `total` in all."""

    items: tuple[Loop, ...]
    total: int


TOOL_ORDERS: Orders = {
    "name": lambda used: used.tool.lower(),
    "calls": lambda used: used.calls,
    "errors": lambda used: used.error_share,
    "p50": lambda used: known(used.p50_ms),
    "p95": lambda used: known(used.p95_ms),
    "total": lambda used: used.total_ms,
    "traces": lambda used: used.traces,
}
"""The orders of tools by their names."""

LABEL = "if(tool_name != '', toString(tool_name), toString(name))"
"""The name of a tool, as SQL over spans."""

_IS_TOOL = "kind = 'tool' AND folded_into = ''"


def list_tools(ask: Asker, filters: TraceFilters, sort: str) -> ToolsUsed:
    """Return the tools in the traces that the filters leave; raises BadRequest."""
    stretch = stretch_of(ask, bounds_of(filters))
    conditions = _conditions(filters)
    sql = (
        "SELECT tool, sum(times) AS calls, sum(failed), quantilesTDigestMerge(0.5, 0.95)(took), max(longest),"
        " sum(in_all), uniqExactMerge(traces), argMax(failure, failure.4), groupArray((at, times)),"
        " groupArray((at, failed)) FROM"
        # Of each bucket first: a map for each row, as `sumMap` makes one, takes most of the time.
        f" (SELECT {LABEL} AS tool, {stretch.bucket()} AS at, count() AS times, countIf(status = 'error') AS failed,"
        " quantilesTDigestState(0.5, 0.95)(duration_ns) AS took, max(duration_ns) AS longest,"
        " sum(duration_ns) AS in_all, uniqExactState(trace_id) AS traces,"
        " argMaxIf((toString(error_type), trace_id, span_id, toUnixTimestamp64Nano(start_time)), start_time,"
        " status = 'error') AS failure"
        f" FROM headwater.spans FINAL WHERE {conditions.sql(IN_WINDOW, _IS_TOOL)} GROUP BY tool, at)"
        " GROUP BY tool ORDER BY calls DESC, tool LIMIT {most:UInt32}"
    )
    rows = ask.rows(sql, {**conditions.parameters, **_bounds(stretch), "most": MAX_TOOLS + 1})
    return ToolsUsed(
        start=show_time(stretch.window.low),
        end=show_time(stretch.window.high),
        step_s=stretch.step_s,
        tools=ordered([_used(row, stretch) for row in rows[:MAX_TOOLS]], TOOL_ORDERS, sort),
        is_partial=len(rows) > MAX_TOOLS,
    )


def list_loops(ask: Asker, filters: TraceFilters, limit: int) -> Loops:
    """Return the worst loops in the traces that the filters leave; raises BadRequest."""
    stretch, wanted = stretch_of(ask, bounds_of(filters)), read_limit(limit)
    conditions = _conditions(filters)
    where = conditions.sql(IN_WINDOW, _IS_TOOL)
    sql = (
        f"SELECT {LABEL} AS tool, trace_id, argMin(span_id, start_time), min(toUnixTimestamp64Nano(start_time)) AS"
        " began, count() AS times, countIf(status = 'error'), sum(duration_ns), count() OVER ()"
        # What went into spans is wide, so it is read only of traces that call a tool often enough.
        # Which these may be is told by rows of any version too, and those are read faster.
        f" FROM headwater.spans FINAL PREWHERE trace_id IN (SELECT trace_id FROM headwater.spans WHERE {where}"
        f" GROUP BY trace_id, {LABEL} HAVING count() >= {{loop_times:UInt32}}) WHERE {where} AND notEmpty(input)"
        " GROUP BY trace_id, tool, input HAVING times >= {loop_times:UInt32}"
        " ORDER BY times DESC, began DESC, tool LIMIT {limit:UInt32}"
    )
    parameters = {**conditions.parameters, **_bounds(stretch), "loop_times": LOOP_TIMES, "limit": wanted}
    rows = ask.rows(sql, parameters)
    said = _arguments(ask, rows, stretch)
    return Loops(items=tuple([_loop(row, said) for row in rows]), total=int(rows[0][7]) if rows else 0)


def _conditions(filters: TraceFilters) -> Conditions:
    """The steps of a tool that is asked for by name, not all tools of the traces that have it."""
    others: TraceFilters = msgspec.structs.replace(filters, tools=())
    return joined(in_traces(others), named(LABEL, filters.tools, "labels"))


def _bounds(stretch: Stretch) -> dict[str, Any]:
    return {"low": stretch.window.low, "high": stretch.window.high}


def _used(row: Row, stretch: Stretch) -> ToolUsed:
    calls, errors = int(row[1]), int(row[2])
    p50, p95 = row[3]
    error_type, trace_id, span_id, at_ns = row[7]
    trend, failed = dict(row[8]), dict(row[9])
    return ToolUsed(
        tool=str(row[0]),
        calls=calls,
        errors=errors,
        error_share=errors / calls,
        p50_ms=float(p50) / 1e6,
        p95_ms=float(p95) / 1e6,
        longest_ms=milliseconds(row[4]),
        total_ms=milliseconds(row[5]),
        traces=int(row[6]),
        last_error=str(error_type) or ("failed" if errors else ""),
        last_error_time=show_time(at_ns) if errors else None,
        last_error_trace_id=str(trace_id),
        last_error_span_id=str(span_id),
        trend=tuple([int(trend.get(at, 0)) for at in stretch.times]),
        failed_trend=tuple([int(failed.get(at, 0)) for at in stretch.times]),
    )


_SAID = (
    "SELECT trace_id, span_id, input_preview FROM headwater.spans FINAL PREWHERE trace_id IN"
    f" {{trace_ids:Array(String)}} AND span_id IN {{span_ids:Array(String)}} WHERE {IN_WINDOW}"
)


def _arguments(ask: Asker, rows: Any, stretch: Stretch) -> dict[tuple[str, str], str]:
    """How the arguments of these loops begin."""
    if not rows:
        return {}
    ids = {"trace_ids": [str(row[1]) for row in rows], "span_ids": [str(row[2]) for row in rows]}
    return {(str(row[0]), str(row[1])): str(row[2]) for row in ask.rows(_SAID, {**_bounds(stretch), **ids})}


def _loop(row: Row, said: dict[tuple[str, str], str]) -> Loop:
    trace_id, span_id = str(row[1]), str(row[2])
    return Loop(
        tool=str(row[0]),
        trace_id=trace_id,
        span_id=span_id,
        start_time=show_time(int(row[3])),
        times=int(row[4]),
        errors=int(row[5]),
        total_ms=milliseconds(row[6]),
        arguments=said.get((trace_id, span_id), ""),
    )
