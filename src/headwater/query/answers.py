"""Answers: the typed shapes that every question gives, encoded as they are by the JSON API.

Times are RFC 3339 strings in UTC with nanoseconds, durations milliseconds, costs US dollars, tokens inclusive counts as
OpenTelemetry has them. `None` means that nobody knows.
"""

from collections.abc import Mapping
from typing import Any, Generic, TypeVar

import msgspec

Item = TypeVar("Item")


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """The base of every answer: frozen, by keyword."""


class Page(Answer, Generic[Item], frozen=True, kw_only=True):
    """A page of a list. `next` is the cursor of the page after, None on the last; `is_partial` says a bound cut it."""

    items: tuple[Item, ...]
    next: str | None = None
    is_partial: bool = False


class TraceListed(Answer, frozen=True, kw_only=True):
    """A trace in a list."""

    trace_id: str
    name: str
    start_time: str
    duration_ms: float
    status: str
    span_count: int
    call_count: int
    error_count: int
    input_tokens: int
    output_tokens: int
    cache_read_tokens: int
    cache_write_tokens: int
    reasoning_tokens: int
    cost_usd: float | None
    unpriced_calls: int
    ttft_ms: float | None
    session_id: str
    user_id: str
    environment: str
    service_name: str
    tags: tuple[str, ...]
    models: tuple[str, ...]
    providers: tuple[str, ...]
    sources: tuple[str, ...]
    error_types: tuple[str, ...]
    input_preview: str
    output_preview: str


class CallListed(Answer, frozen=True, kw_only=True):
    """A call in a list; the columns are those of the `calls` view, content as previews."""

    trace_id: str
    span_id: str
    name: str
    source: str
    operation: str
    provider: str
    model: str
    status: str
    error_type: str
    start_time: str
    duration_ms: float
    ttft_ms: float | None
    input_tokens: int | None
    output_tokens: int | None
    cache_read_tokens: int
    cache_write_tokens: int
    reasoning_tokens: int
    cost_usd: float | None
    user_id: str
    session_id: str
    environment: str
    tags: tuple[str, ...]
    metadata: Mapping[str, str]
    input_preview: str
    output_preview: str


class SessionListed(Answer, frozen=True, kw_only=True):
    """A session: the traces that share its id.

    `failed_traces` have a step in error. `turn_gap_ms` is how long it takes on average from the start of one trace to
    that of the next, None where there is one alone.
    """

    session_id: str
    start_time: str
    end_time: str
    trace_count: int
    call_count: int
    error_count: int
    input_tokens: int
    output_tokens: int
    cost_usd: float | None
    user_ids: tuple[str, ...]
    models: tuple[str, ...]
    failed_traces: int = 0
    turn_gap_ms: float | None = None


class UserListed(Answer, frozen=True, kw_only=True):
    """An end user of the observed program. `failed_traces` have a step in error."""

    user_id: str
    first_seen: str
    last_seen: str
    trace_count: int
    session_count: int
    call_count: int
    error_count: int
    input_tokens: int
    output_tokens: int
    cost_usd: float | None
    failed_traces: int = 0


class FacetValue(Answer, frozen=True, kw_only=True):
    """A value seen under a facet; `traces` is how many traces had it, estimated above some thousands."""

    value: str
    traces: int
    last_seen: str


class Measured(Answer, frozen=True, kw_only=True):
    """What is measured of calls, duplicates folded. Latencies and TTFT in milliseconds, None without any call."""

    calls: int
    errors: int
    input_tokens: int
    output_tokens: int
    cache_read_tokens: int
    cache_write_tokens: int
    reasoning_tokens: int
    cost_usd: float
    unpriced_calls: int
    p50_ms: float | None
    p95_ms: float | None
    p99_ms: float | None
    ttft_p50_ms: float | None
    ttft_p95_ms: float | None


class SeriesPoint(Measured, frozen=True, kw_only=True):
    """One bucket of a time series."""

    time: str


class Series(Answer, frozen=True, kw_only=True):
    """One line of a chart: the value of the facet it is split by ("" when not split) and its points, gaps filled."""

    value: str
    points: tuple[SeriesPoint, ...]


class TimeSeries(Answer, frozen=True, kw_only=True):
    """A chart's data. `step_s` is the width of a bucket in seconds."""

    start: str
    end: str
    step_s: int
    by: str | None
    series: tuple[Series, ...]


class Table(Answer, frozen=True, kw_only=True):
    """The answer to an SQL query. `is_truncated` says that the row limit cut it."""

    columns: tuple[str, ...]
    types: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    elapsed_ms: float
    is_truncated: bool


class SpanFound(Answer, frozen=True, kw_only=True):
    """A span in a list over all traces. `folded_into` names the span that tells of the same call better, if any."""

    trace_id: str
    span_id: str
    parent_span_id: str
    name: str
    kind: str
    status: str
    status_message: str
    error_type: str
    start_time: str
    duration_ms: float
    source: str
    service_name: str
    environment: str
    operation: str
    provider: str
    model: str
    tool_name: str
    agent_name: str
    input_tokens: int | None
    output_tokens: int | None
    cost_usd: float | None
    ttft_ms: float | None
    user_id: str
    session_id: str
    tags: tuple[str, ...]
    folded_into: str
    input_preview: str
    output_preview: str


class Totals(Measured, frozen=True, kw_only=True):
    """The sums of a stretch of time, over folded calls. `start` and `end` are None where it is not bounded.

    `traces` started within it, `sessions` and `users` had a trace that did.
    """

    start: str | None
    end: str | None
    traces: int
    sessions: int
    users: int


class Charted(Answer, frozen=True, kw_only=True):
    """The totals of a stretch of time and its chart, of the same calls; the chart is widened to whole buckets."""

    totals: Totals
    series: TimeSeries
