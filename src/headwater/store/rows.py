"""Rows: what the tables hold, one struct a table, one field a column.

The fields stand in the order of the columns that are written. Times are Unix nanoseconds, hashes 16 raw bytes, JSON
columns hold encoded text. `None` is SQL NULL: an unknown number is never 0.

A long attribute is kept as hashes of its pieces: one hash of a JSON value (a string where the text was no JSON), or,
for a JSON array, `ARRAY_MARK` and the hashes of its elements, where `MERGE_MARK` joins two objects into one.
"""

from collections.abc import Mapping

import msgspec

ARRAY_MARK = bytes(16)
"""Stands first among the hashes of an attribute that was a JSON array."""

MERGE_MARK = bytes([1]) * 16
"""Stands between two hashes whose objects are one: the fields of the second belong to the first."""


class SpanRow(msgspec.Struct, kw_only=True, array_like=True, gc=False):
    """A row of `spans`. Mutable on purpose: folding and late log events fill its gaps before it is written."""

    project: str
    trace_id: str
    span_id: str
    parent_span_id: str = ""
    name: str = ""
    kind: str = "span"
    status: str = "unset"
    status_message: str = ""
    error_type: str = ""
    stacktrace: str = ""
    start_ns: int = 0
    end_ns: int = 0
    source: str = ""
    scope: str = ""
    scope_version: str = ""
    service_name: str = ""
    environment: str = ""
    release: str = ""
    session_id: str = ""
    user_id: str = ""
    tags: tuple[str, ...] = ()
    metadata: Mapping[str, str] = {}
    tool_name: str = ""
    agent_name: str = ""
    operation: str = ""
    provider: str = ""
    request_model: str = ""
    model: str = ""
    response_id: str = ""
    is_stream: int | None = None
    service_tier: str = ""
    finish_reasons: tuple[str, ...] = ()
    parameters: str = ""
    attempts: int = 1
    input_tokens: int | None = None
    output_tokens: int | None = None
    cache_read_tokens: int = 0
    cache_write_5m_tokens: int = 0
    cache_write_1h_tokens: int = 0
    reasoning_tokens: int = 0
    input_audio_tokens: int = 0
    output_audio_tokens: int = 0
    usage_estimated: int = 0
    usage_reported: str = ""
    cost_nanousd: int | None = None
    price_version: str = ""
    price_lines: str = ""
    reported_cost_usd: float | None = None
    ttft_ns: int | None = None
    input: tuple[bytes, ...] = ()
    output: tuple[bytes, ...] = ()
    tools: tuple[bytes, ...] = ()
    input_preview: str = ""
    output_preview: str = ""
    attributes: Mapping[str, str] = {}
    content_attributes: Mapping[str, tuple[bytes, ...]] = {}
    resource: Mapping[str, str] = {}
    events: str = ""
    links: str = ""
    folded_into: str = ""
    received_ns: int = 0
    version: int = 0
    is_deleted: int = 0


class SpanBrief(msgspec.Struct, kw_only=True, gc=False):
    """The part of a span's row that folding, trace totals and conflict checks need; kept in memory for live traces."""

    span_id: str
    parent_span_id: str = ""
    name: str = ""
    kind: str = "span"
    status: str = "unset"
    error_type: str = ""
    start_ns: int = 0
    end_ns: int = 0
    source: str = ""
    scope: str = ""
    service_name: str = ""
    environment: str = ""
    session_id: str = ""
    user_id: str = ""
    tags: tuple[str, ...] = ()
    operation: str = ""
    provider: str = ""
    model: str = ""
    request_model: str = ""
    response_id: str = ""
    input_tokens: int | None = None
    output_tokens: int | None = None
    cache_read_tokens: int = 0
    cache_write_tokens: int = 0
    reasoning_tokens: int = 0
    cost_nanousd: int | None = None
    ttft_ns: int | None = None
    has_input: bool = False
    has_output: bool = False
    input_preview: str = ""
    output_preview: str = ""
    folded_into: str = ""
    is_log_span: bool = False
    version: int = 0


class MessageRow(msgspec.Struct, kw_only=True, frozen=True, array_like=True, gc=False):
    """A row of `messages`: content stored once per project under its hash.

    `kind` is message (a `Message` as JSON), value (a step's input or output), tool (a `ToolDefinition`), or raw (an
    element of a long attribute as sent). `text` is what search looks through; empty for raw. The `content` of a message
    that is one text and nothing more is empty: the table makes it from `role` and `text`.
    """

    project: str
    hash: bytes
    kind: str
    role: str
    content: str
    text: str
    first_seen_ns: int


class LogRow(msgspec.Struct, kw_only=True, frozen=True, array_like=True, gc=False):
    """A row of `log_events`; `event_id` is a hash of the record, so that a record sent twice is one row."""

    project: str
    trace_id: str
    span_id: str
    event_id: bytes
    time_ns: int
    name: str
    severity: str
    scope: str
    body: str
    attributes: Mapping[str, str]
    resource: Mapping[str, str]
    input: tuple[bytes, ...]
    output: tuple[bytes, ...]
    version: int


class TraceRow(msgspec.Struct, kw_only=True, frozen=True, gc=False):
    """A row of `traces`: the totals of one trace over its folded calls, made anew whenever a span of it arrives."""

    project: str
    trace_id: str
    start_ns: int
    end_ns: int
    name: str
    root_span_id: str
    status: str
    span_count: int
    call_count: int
    error_count: int
    folded_count: int
    orphan_count: int
    input_tokens: int
    output_tokens: int
    cache_read_tokens: int
    cache_write_tokens: int
    reasoning_tokens: int
    cost_nanousd: int | None
    unpriced_calls: int
    ttft_ns: int | None
    session_id: str
    user_id: str
    environment: str
    service_name: str
    tags: tuple[str, ...]
    kinds: tuple[str, ...]
    models: tuple[str, ...]
    providers: tuple[str, ...]
    sources: tuple[str, ...]
    error_types: tuple[str, ...]
    input_preview: str
    output_preview: str
    version: int
    is_deleted: int = 0


class EditRow(msgspec.Struct, kw_only=True, frozen=True, gc=False):
    """A row of `edits`: the last word of people on one thing about a trace.

    `what` is tag (`value` names it), deletion, or event: a score or a comment, `value` its id in hex. `is_on`: the tag
    is there, the trace is deleted, the event is taken back.
    """

    project: str
    trace_id: str
    what: str
    value: str
    is_on: int
    person: str
    version: int
