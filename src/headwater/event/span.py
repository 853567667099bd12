"""Span: any timed step; LogEvent: something said at one moment, to be joined to its span."""

from collections.abc import Mapping
from typing import Any, Literal

import msgspec

from headwater.event.call import Call
from headwater.event.failure import Failure
from headwater.event.message import Message

SpanKind = Literal["call", "agent", "tool", "chain", "retrieval", "reranker", "guardrail", "evaluator", "span"]
SpanStatus = Literal["unset", "ok", "error"]


class SpanEvent(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """A moment within a span. `time_ns` is Unix time in nanoseconds."""

    name: str
    time_ns: int
    attributes: Mapping[str, Any] = {}


class SpanLink(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """A pointer to a span of another trace."""

    trace_id: str
    span_id: str
    attributes: Mapping[str, Any] = {}


class Span(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """A timed step. Ids are lower-case hex (32 and 16 digits), times Unix nanoseconds in UTC.

    `call` is set exactly when `kind` is "call". For every other kind, `input` and `output` hold what the step was given
    and gave (any JSON value, or text), or a conversation where the sender told one.
    `source` names the dialect that it was told in (otel, openinference, traceloop, langfuse, ...); `scope` the
    instrumenting library. `attributes` are the span's own as sent, decoded to JSON values; `resource` those of its
    emitter. `metadata` is what the user attached.
    """

    trace_id: str
    span_id: str
    parent_span_id: str = ""
    name: str = ""
    kind: SpanKind = "span"
    start_ns: int
    end_ns: int
    status: SpanStatus = "unset"
    failure: Failure | None = None
    source: str = "otel"
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
    input: Any = None
    output: Any = None
    input_messages: tuple[Message, ...] = ()
    output_messages: tuple[Message, ...] = ()
    call: Call | None = None
    events: tuple[SpanEvent, ...] = ()
    links: tuple[SpanLink, ...] = ()
    attributes: Mapping[str, Any] = {}
    resource: Mapping[str, Any] = {}


class LogEvent(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """A log record, told apart from its span and joined to it by id.

    `input` and `output` are the messages that the record tells of its call, in the record's order; `usage`-like facts
    never come this way. Records without a span keep empty ids.
    """

    time_ns: int
    name: str = ""
    trace_id: str = ""
    span_id: str = ""
    severity: str = ""
    body: Any = None
    attributes: Mapping[str, Any] = {}
    resource: Mapping[str, Any] = {}
    scope: str = ""
    input: tuple[Message, ...] = ()
    output: tuple[Message, ...] = ()


Told = Span | LogEvent
"""What a program's record tells."""
