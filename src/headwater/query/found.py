"""What is found: traces, calls and spans as lists; what their columns and orders are."""

from collections.abc import Mapping

from headwater.query.answers import CallListed, Page, SpanFound, TraceListed
from headwater.query.ask import Asker, Column
from headwater.query.conditions import IS_CALL, span_conditions, trace_conditions
from headwater.query.filters import CallFilters, Filters, SpanFilters, TraceFilters
from headwater.query.lists import Listing, page_of
from headwater.query.times import milliseconds, milliseconds_or_none, read_time, show_time
from headwater.query.windows import Window, whole

START = Column("toUnixTimestamp64Nano(start_time)", show_time)
DURATION = Column("duration_ns", milliseconds)
TTFT = Column("ttft_ns", milliseconds_or_none)
COST = Column("toFloat64(cost_usd)")
CACHE_WRITE = "cache_write_5m_tokens + cache_write_1h_tokens"

# Unknown costs and times stand below every known one.
_SORTS: Mapping[str, str] = {
    "start_time": "toUnixTimestamp64Nano(start_time)",
    "duration": "toInt64(duration_ns)",
    "cost": "ifNull(toInt64(toDecimal128(cost_usd, 9) * 1000000000), -1)",
    "tokens": "toInt64(ifNull(input_tokens, 0) + ifNull(output_tokens, 0))",
}

TRACE_COLUMNS: Mapping[str, Column] = {
    "trace_id": Column("trace_id"),
    "name": Column("name"),
    "start_time": START,
    "duration_ms": DURATION,
    "status": Column("status"),
    "span_count": Column("span_count"),
    "call_count": Column("call_count"),
    "error_count": Column("error_count"),
    "input_tokens": Column("input_tokens"),
    "output_tokens": Column("output_tokens"),
    "cache_read_tokens": Column("cache_read_tokens"),
    "cache_write_tokens": Column("cache_write_tokens"),
    "reasoning_tokens": Column("reasoning_tokens"),
    "cost_usd": COST,
    "unpriced_calls": Column("unpriced_calls"),
    "ttft_ms": TTFT,
    "session_id": Column("session_id"),
    "user_id": Column("user_id"),
    "environment": Column("environment"),
    "service_name": Column("service_name"),
    "tags": Column("tags", tuple),
    "models": Column("models", tuple),
    "providers": Column("providers", tuple),
    "sources": Column("sources", tuple),
    "error_types": Column("error_types", tuple),
    "input_preview": Column("input_preview"),
    "output_preview": Column("output_preview"),
}

_CALL_COLUMNS: Mapping[str, Column] = {
    "trace_id": Column("trace_id"),
    "span_id": Column("span_id"),
    "name": Column("name"),
    "source": Column("source"),
    "operation": Column("operation"),
    "provider": Column("provider"),
    "model": Column("model"),
    "status": Column("status"),
    "error_type": Column("error_type"),
    "start_time": START,
    "duration_ms": DURATION,
    "ttft_ms": TTFT,
    "input_tokens": Column("input_tokens"),
    "output_tokens": Column("output_tokens"),
    "cache_read_tokens": Column("cache_read_tokens"),
    "cache_write_tokens": Column(CACHE_WRITE),
    "reasoning_tokens": Column("reasoning_tokens"),
    "cost_usd": COST,
    "user_id": Column("user_id"),
    "session_id": Column("session_id"),
    "environment": Column("environment"),
    "tags": Column("tags", tuple),
    "metadata": Column("metadata"),
    "input_preview": Column("input_preview"),
    "output_preview": Column("output_preview"),
}

_SPAN_COLUMNS: Mapping[str, Column] = {
    "trace_id": Column("trace_id"),
    "span_id": Column("span_id"),
    "parent_span_id": Column("parent_span_id"),
    "name": Column("name"),
    "kind": Column("kind"),
    "status": Column("status"),
    "status_message": Column("status_message"),
    "error_type": Column("error_type"),
    "start_time": START,
    "duration_ms": DURATION,
    "source": Column("source"),
    "service_name": Column("service_name"),
    "environment": Column("environment"),
    "operation": Column("operation"),
    "provider": Column("provider"),
    "model": Column("model"),
    "tool_name": Column("tool_name"),
    "agent_name": Column("agent_name"),
    "input_tokens": Column("input_tokens"),
    "output_tokens": Column("output_tokens"),
    "cost_usd": COST,
    "ttft_ms": TTFT,
    "user_id": Column("user_id"),
    "session_id": Column("session_id"),
    "tags": Column("tags", tuple),
    "folded_into": Column("folded_into"),
    "input_preview": Column("input_preview"),
    "output_preview": Column("output_preview"),
}

TRACES: Listing[TraceListed] = Listing(
    table="traces",
    shape=TraceListed,
    columns=TRACE_COLUMNS,
    ids=("trace_id",),
    sorts={**_SORTS, "errors": "toInt64(error_count)"},
)

_TTFT_SORT: Mapping[str, str] = {"ttft": "ifNull(ttft_ns, -1)"}

CALLS: Listing[CallListed] = Listing(
    table="spans",
    shape=CallListed,
    columns=_CALL_COLUMNS,
    ids=("trace_id", "span_id"),
    sorts={**_SORTS, **_TTFT_SORT},
    terms=(IS_CALL,),
)

_SPANS: Listing[SpanFound] = Listing(
    table="spans",
    shape=SpanFound,
    columns=_SPAN_COLUMNS,
    ids=("trace_id", "span_id"),
    sorts={**_SORTS, **_TTFT_SORT},
)


def bounds_of(filters: Filters) -> Window:
    """Return the time that the filters leave; raises BadRequest."""
    return whole(read_time(filters.start, "start"), read_time(filters.end, "end"))


def list_traces(ask: Asker, filters: TraceFilters, sort: str, cursor: str | None, limit: int) -> Page[TraceListed]:
    """Return a page of traces."""
    conditions = trace_conditions(filters)
    return page_of(ask, TRACES, conditions, bounds_of(filters), sort=sort, cursor=cursor, limit=limit)


def list_calls(ask: Asker, filters: CallFilters, sort: str, cursor: str | None, limit: int) -> Page[CallListed]:
    """Return a page of calls, duplicates folded."""
    conditions = span_conditions(filters)
    return page_of(ask, CALLS, conditions, bounds_of(filters), sort=sort, cursor=cursor, limit=limit)


def list_spans(ask: Asker, filters: SpanFilters, sort: str, cursor: str | None, limit: int) -> Page[SpanFound]:
    """Return a page of spans of any kind."""
    conditions = span_conditions(filters)
    return page_of(ask, _SPANS, conditions, bounds_of(filters), sort=sort, cursor=cursor, limit=limit)
