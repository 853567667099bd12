"""Traced: the answers about one trace and one span.

Times are RFC 3339 strings in UTC with nanoseconds, durations milliseconds, costs US dollars. `None` means that nobody
knows.
"""

from collections.abc import Mapping
from typing import Any

from headwater.query.answers import Answer, TraceListed
from headwater.query.prefixes import Break


class SpanListed(Answer, frozen=True, kw_only=True):
    """A span in a trace's tree. `depth` counts from 0 at the root; `is_orphan`: its parent never arrived.

    `self_ms` is how long it ran while none of its children did. `critical_ms` is what it took itself of the path that
    the trace's duration hangs on, None where it is not on that path.
    """

    span_id: str
    parent_span_id: str
    depth: int
    child_count: int
    name: str
    kind: str
    status: str
    error_type: str
    start_time: str
    offset_ms: float
    duration_ms: float
    model: str
    provider: str
    tool_name: str
    input_tokens: int | None
    output_tokens: int | None
    cost_usd: float | None
    ttft_ms: float | None
    folded_into: str
    is_orphan: bool
    source: str
    input_preview: str
    output_preview: str
    self_ms: float = 0.0
    critical_ms: float | None = None


class TraceHealth(Answer, frozen=True, kw_only=True):
    """What is odd about a trace. `cut` answers ended at the limit of their length. `examples` names the first spans of
    each: orphans, folded, clock_skewed, cut."""

    orphans: int
    folded: int
    clock_skewed: int
    missing_root: bool
    cut: int = 0
    examples: Mapping[str, tuple[str, ...]] = {}


class Score(Answer, frozen=True, kw_only=True):
    """A judgement of a span, or of its whole trace where `span_id` is "". It has a value, a label, or both.

    `author` names the person whose it is, "" where a program sent it; `id` is what it can be taken back by.
    """

    name: str
    value: float | None
    label: str
    comment: str
    time: str
    source: str
    span_id: str = ""
    author: str = ""
    id: str = ""


class Comment(Answer, frozen=True, kw_only=True):
    """What a person said of a span, or of its whole trace where `span_id` is ""."""

    text: str
    author: str
    time: str
    span_id: str
    id: str


class Notable(Answer, frozen=True, kw_only=True):
    """A span worth a look: one that failed, or one that the trace's duration hangs on (then `critical_ms`)."""

    span_id: str
    name: str
    kind: str
    offset_ms: float
    duration_ms: float
    error_type: str = ""
    status_message: str = ""
    critical_ms: float | None = None


class MapCell(Answer, frozen=True, kw_only=True):
    """A cell of a trace's map: the spans of one depth that start close to each other, the first of them by id."""

    depth: int
    start_ms: float
    end_ms: float
    spans: int
    errors: int
    kind: str
    span_id: str


class TraceOutline(Answer, frozen=True, kw_only=True):
    """A trace at a glance. Of `failed` spans `causes` have no failed child; the first of these are `failures`.

    `critical_path` holds the spans that took most of it, `critical_ms` all of it by kind of span. `map` is coarse: few
    columns, few depths.
    """

    failures: tuple[Notable, ...]
    causes: int
    failed: int
    critical_path: tuple[Notable, ...]
    critical_ms: Mapping[str, float]
    map: tuple[MapCell, ...]
    scores: tuple[Score, ...]
    comments: tuple[Comment, ...] = ()


class TraceShown(Answer, frozen=True, kw_only=True):
    """One trace: its totals and a window of its spans in tree order (depth first, siblings by start)."""

    trace: TraceListed
    spans: tuple[SpanListed, ...]
    offset: int
    total_spans: int
    health: TraceHealth
    outline: TraceOutline | None = None


class PriceLine(Answer, frozen=True, kw_only=True):
    """One line of a cost: `tokens` of a `bucket` at `usd_per_million`, making `usd`."""

    bucket: str
    tokens: int
    usd_per_million: float
    usd: float


class EventShown(Answer, frozen=True, kw_only=True):
    """A span event or a joined log record."""

    name: str
    time: str
    attributes: Mapping[str, Any]
    body: Any = None
    severity: str = ""


class PreviousTurn(Answer, frozen=True, kw_only=True):
    """The call that a call goes on from: the first `shared` messages of its input were said there already."""

    trace_id: str
    span_id: str
    start_time: str
    shared: int


class SpanShown(Answer, frozen=True, kw_only=True):
    """One span with all that is known of it. `input` and `output` are messages (or values) as JSON."""

    trace_id: str
    span_id: str
    parent_span_id: str
    name: str
    kind: str
    status: str
    status_message: str
    error_type: str
    stacktrace: str
    start_time: str
    end_time: str
    duration_ms: float
    ttft_ms: float | None
    source: str
    scope: str
    scope_version: str
    service_name: str
    environment: str
    release: str
    session_id: str
    user_id: str
    tags: tuple[str, ...]
    metadata: Mapping[str, str]
    tool_name: str
    agent_name: str
    operation: str
    provider: str
    request_model: str
    model: str
    response_id: str
    is_stream: bool | None
    service_tier: str
    finish_reasons: tuple[str, ...]
    parameters: Mapping[str, Any]
    attempts: int
    input_tokens: int | None
    output_tokens: int | None
    cache_read_tokens: int
    cache_write_tokens: int
    reasoning_tokens: int
    usage_estimated: bool
    usage_reported: Mapping[str, Any]
    cost_usd: float | None
    price_version: str
    price_lines: tuple[PriceLine, ...]
    reported_cost_usd: float | None
    input: tuple[Any, ...]
    output: tuple[Any, ...]
    tools: tuple[Any, ...]
    events: tuple[EventShown, ...]
    links: tuple[Any, ...]
    attributes: Mapping[str, Any]
    resource: Mapping[str, Any]
    folded_into: str
    folded_spans: tuple[str, ...]
    scores: tuple[Score, ...] = ()
    comments: tuple[Comment, ...] = ()
    previous: PreviousTurn | None = None
    cache_break: Break | None = None
