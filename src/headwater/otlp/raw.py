"""Spans and log records as OTLP tells them, whatever the encoding: what both decoders give and the mapper takes."""

import re
from typing import Any, Generic, TypeVar

import msgspec

from headwater.event import SpanEvent, SpanLink

Attributes = dict[str, Any]

OMITTED_STARTS = frozenset({"<o", '"<', "<O", "<N"})
_OMITTED = re.compile(r'"?<[\w.]*\b(Omit|NotGiven)\b object at 0x')

Item = TypeVar("Item")


class Emitter(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Who told it: the attributes of the process and the instrumenting library."""

    resource: Attributes
    scope: str = ""
    scope_version: str = ""


class RawSpan(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A span. Ids are lower-case hex; times are as sent; attribute values are JSON values, absent ones left out."""

    emitter: Emitter
    trace_id: str
    span_id: str
    parent_span_id: str
    name: str
    start_ns: int
    end_ns: int
    status_code: int
    status_message: str
    attributes: Attributes
    events: tuple[SpanEvent, ...] = ()
    links: tuple[SpanLink, ...] = ()


class RawLog(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A log record; ids are empty where the record belongs to no span, or names one that cannot be."""

    emitter: Emitter
    trace_id: str
    span_id: str
    time_ns: int
    observed_ns: int
    event_name: str
    severity_number: int
    severity_text: str
    body: Any
    attributes: Attributes


class Decoded(msgspec.Struct, Generic[Item], frozen=True, kw_only=True, gc=False):
    """The items of a body, and how many were left out because they cannot be kept; `message` says what and why."""

    items: list[Item]
    rejected: int = 0
    message: str = ""


class Checked(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """How many items of a body will be kept, how many not; `message` says what and why."""

    accepted: int
    rejected: int = 0
    message: str = ""


def is_omitted(value: Any) -> bool:
    """Whether a value is only the name of the openai library's "not given" mark, which some instruments send."""
    return value.__class__ is str and value[:2] in OMITTED_STARTS and _OMITTED.match(value) is not None
