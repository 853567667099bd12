"""Reading back: what the store already holds of some traces, for those who fold, join and rewrite."""

from collections.abc import Iterable, Sequence
from typing import Any

from headwater.store.client import Client
from headwater.store.columns import LOGS, SPANS
from headwater.store.migrations import DATABASE
from headwater.store.rows import LogRow, SpanBrief, SpanRow

NEWEST = {"do_not_merge_across_partitions_select_final": 1}
"""Settings for FINAL: a row's partition follows from its sort key, so partitions need not be merged with each other."""

_IDS_AT_ONCE = 1000

_BRIEF: dict[str, str] = {
    "span_id": "span_id",
    "parent_span_id": "parent_span_id",
    "name": "name",
    "kind": "kind",
    "status": "status",
    "error_type": "error_type",
    "start_ns": "toUnixTimestamp64Nano(start_time)",
    "end_ns": "toUnixTimestamp64Nano(end_time)",
    "source": "source",
    "scope": "scope",
    "service_name": "service_name",
    "environment": "environment",
    "session_id": "session_id",
    "user_id": "user_id",
    "tags": "tags",
    "operation": "operation",
    "provider": "provider",
    "model": "model",
    "request_model": "request_model",
    "response_id": "response_id",
    "input_tokens": "input_tokens",
    "output_tokens": "output_tokens",
    "cache_read_tokens": "cache_read_tokens",
    "cache_write_tokens": "cache_write_5m_tokens + cache_write_1h_tokens",
    "reasoning_tokens": "reasoning_tokens",
    "cost_nanousd": "toInt64(toDecimal128(cost_usd, 9) * 1000000000)",
    "ttft_ns": "ttft_ns",
    "has_input": "notEmpty(input)",
    "has_output": "notEmpty(output)",
    "input_preview": "input_preview",
    "output_preview": "output_preview",
    "folded_into": "folded_into",
    # The mark that Logfire gives to the spans that it makes of log lines.
    "is_log_span": "attributes['logfire.span_type'] = 'log'",
    "version": "version",
}
_TAGS = list(_BRIEF).index("tags")
_BOOLEANS = tuple(list(_BRIEF).index(name) for name in ("has_input", "has_output", "is_log_span"))


def bounds_of_traces(client: Client, project: str, trace_ids: Sequence[str]) -> dict[str, tuple[int, int]]:
    """The first and last start (Unix nanoseconds) of the spans of each trace that exists."""
    sql = (
        "SELECT trace_id, toUnixTimestamp64Nano(min(min_start)), toUnixTimestamp64Nano(max(max_start))"
        f" FROM {DATABASE}.trace_time WHERE project = {{project:String}} AND trace_id IN {{ids:Array(String)}}"
        " GROUP BY trace_id"
    )
    found: dict[str, tuple[int, int]] = {}
    for ids in _portions(trace_ids):
        rows = client.rows(sql, {"project": project, "ids": ids})
        found.update({trace_id: (first, last) for trace_id, first, last in rows})
    return found


def briefs_of_traces(client: Client, project: str, trace_ids: Sequence[str]) -> dict[str, dict[str, SpanBrief]]:
    """The newest version of every span of these traces, by trace and span; a trace that does not exist is left out."""
    bounds = bounds_of_traces(client, project, trace_ids)
    sql = f"SELECT trace_id, {', '.join(_BRIEF.values())} FROM {DATABASE}.spans FINAL WHERE {_WITHIN}"
    found: dict[str, dict[str, SpanBrief]] = {}
    for ids in _portions(bounds):
        for trace_id, *values in client.rows(sql, _within(project, ids, bounds), NEWEST):
            brief = _brief(values)
            found.setdefault(trace_id, {})[brief.span_id] = brief
    return found


def rows_of_spans(client: Client, project: str, keys: Iterable[tuple[str, str]]) -> list[SpanRow]:
    """The newest version of spans named by (trace id, span id), whole; a span that does not exist is left out."""
    wanted = set(keys)
    bounds = bounds_of_traces(client, project, sorted({trace_id for trace_id, _ in wanted}))
    sql = (
        f"SELECT {SPANS.select_list()} FROM {DATABASE}.spans FINAL"
        f" WHERE {_WITHIN} AND span_id IN {{span_ids:Array(String)}}"
    )
    found: list[SpanRow] = []
    for part in _portions(sorted(key for key in wanted if key[0] in bounds)):
        parameters = _within(project, sorted({trace_id for trace_id, _ in part}), bounds)
        rows = client.rows(sql, {**parameters, "span_ids": [span_id for _, span_id in part]}, NEWEST)
        spans = (SPANS.read(values) for values in rows)
        found += [span for span in spans if (span.trace_id, span.span_id) in wanted]
    return found


def rows_of_logs(client: Client, project: str, trace_ids: Sequence[str]) -> list[LogRow]:
    """The log events of these traces, in the order of their times."""
    sql = (
        f"SELECT {LOGS.select_list()} FROM {DATABASE}.log_events FINAL"
        " WHERE project = {project:String} AND trace_id IN {ids:Array(String)} ORDER BY time, event_id"
    )
    found: list[LogRow] = []
    for ids in _portions(trace_ids):
        found += [LOGS.read(values) for values in client.rows(sql, {"project": project, "ids": ids}, NEWEST)]
    return found


_WITHIN = (
    "project = {project:String} AND trace_id IN {ids:Array(String)}"
    " AND start_time >= fromUnixTimestamp64Nano({first:Int64}, 'UTC')"
    " AND start_time <= fromUnixTimestamp64Nano({last:Int64}, 'UTC')"
)


def _within(project: str, ids: Sequence[str], bounds: dict[str, tuple[int, int]]) -> dict[str, Any]:
    first = min((bounds[trace_id][0] for trace_id in ids), default=0)
    last = max((bounds[trace_id][1] for trace_id in ids), default=0)
    return {"project": project, "ids": list(ids), "first": first, "last": last}


def _portions(items: Iterable[Any]) -> Iterable[list[Any]]:
    listed = list(items)
    return (listed[start : start + _IDS_AT_ONCE] for start in range(0, len(listed), _IDS_AT_ONCE))


def _brief(values: list[Any]) -> SpanBrief:
    values[_TAGS] = tuple(values[_TAGS])
    for index in _BOOLEANS:
        values[index] = bool(values[index])
    return SpanBrief(**dict(zip(_BRIEF, values, strict=True)))
