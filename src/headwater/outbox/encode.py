"""Spans and log events as OTLP/JSON (opentelemetry-proto 1.11.0, docs/specification.md, JSON Protobuf Encoding).

A record is encoded by itself and a body is put together from records, so that the size of each is known before.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from headwater.event import LogEvent, Span, SpanEvent
from headwater.outbox.attributes import attributes_of, messages_text, name_of
from headwater.outbox.item import Signal
from headwater.outbox.values import any_value, json_bytes

SCOPE = "headwater"

_INTERNAL, _CLIENT = 1, 3
_STATUS_CODES = {"ok": 1, "error": 2}
_SEVERITIES = {"TRACE": 1, "DEBUG": 5, "INFO": 9, "WARN": 13, "WARNING": 13, "ERROR": 17, "FATAL": 21}


class Names(msgspec.Struct, frozen=True):
    """What the parts of a request of one signal are called."""

    groups: str
    scopes: str
    records: str
    rejected: str


NAMES: dict[Signal, Names] = {
    "traces": Names("resourceSpans", "scopeSpans", "spans", "rejectedSpans"),
    "logs": Names("resourceLogs", "scopeLogs", "logRecords", "rejectedLogRecords"),
}


def encode_span(span: Span) -> bytes:
    """Encode one `Span` message."""
    told: dict[str, Any] = {
        "traceId": span.trace_id,
        "spanId": span.span_id,
        "name": name_of(span),
        "kind": _INTERNAL if span.call is None else _CLIENT,
        "startTimeUnixNano": str(span.start_ns),
        "endTimeUnixNano": str(span.end_ns),
        "attributes": _attributes(attributes_of(span)),
    }
    if span.parent_span_id:
        told["parentSpanId"] = span.parent_span_id
    if status := _status(span):
        told["status"] = status
    if events := [*span.events, *_exception(span)]:
        told["events"] = [_event(event) for event in events]
    if span.links:
        told["links"] = [
            {"traceId": link.trace_id, "spanId": link.span_id, "attributes": _attributes(link.attributes)}
            for link in span.links
        ]
    return json_bytes(told)


def encode_log(event: LogEvent) -> bytes:
    """Encode one `LogRecord` message."""
    facts = dict(event.attributes)
    if event.input:
        facts["gen_ai.input.messages"] = messages_text(event.input)
    if event.output:
        facts["gen_ai.output.messages"] = messages_text(event.output)
    told: dict[str, Any] = {
        "timeUnixNano": str(event.time_ns),
        "observedTimeUnixNano": str(event.time_ns),
        "attributes": _attributes(facts),
    }
    if event.name:
        told["eventName"] = event.name
    if event.severity:
        told["severityText"] = event.severity
        told["severityNumber"] = _SEVERITIES.get(event.severity.upper(), 0)
    if event.body is not None:
        told["body"] = any_value(event.body)
    if event.trace_id:
        told["traceId"] = event.trace_id
    if event.span_id:
        told["spanId"] = event.span_id
    return json_bytes(told)


class Wrapping:
    """What stands around the records of every request: the resource and the scope of this process."""

    def __init__(self, resource: Mapping[str, Any]) -> None:
        version = resource.get("telemetry.sdk.version", "")
        around = json_bytes({"attributes": _attributes(resource)}), json_bytes({"name": SCOPE, "version": version})
        self._heads = {signal: _head(names, *around) for signal, names in NAMES.items()}

    def body(self, signal: Signal, records: Sequence[bytes]) -> bytes:
        """Put an `Export…ServiceRequest` together."""
        return b"".join((self._heads[signal], b",".join(records), b"]}]}]}"))


def halves(signal: Signal, body: bytes) -> tuple[tuple[int, bytes], tuple[int, bytes]]:
    """Cut a body that was made here in two, each with the number of its records."""
    names = NAMES[signal]
    group = msgspec.json.decode(body)[names.groups][0]
    scope = group[names.scopes][0]
    records = [msgspec.json.encode(record) for record in scope[names.records]]
    head = _head(names, msgspec.json.encode(group["resource"]), msgspec.json.encode(scope["scope"]))
    middle = len(records) // 2
    first, second = records[:middle], records[middle:]
    return (
        (len(first), b"".join((head, b",".join(first), b"]}]}]}"))),
        (len(second), b"".join((head, b",".join(second), b"]}]}]}"))),
    )


def _head(names: Names, resource: bytes, scope: bytes) -> bytes:
    groups, scopes, records = names.groups.encode(), names.scopes.encode(), names.records.encode()
    return b'{"%b":[{"resource":%b,"%b":[{"scope":%b,"%b":[' % (groups, resource, scopes, scope, records)


def _attributes(values: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [
        # Most are texts: those take the shortest way.
        {"key": name, "value": {"stringValue": value} if value.__class__ is str else any_value(value)}
        for name, value in values.items()
        if value is not None
    ]


def _status(span: Span) -> dict[str, Any]:
    if span.failure is not None:
        return {"code": _STATUS_CODES["error"], "message": span.failure.message}
    return {"code": _STATUS_CODES[span.status]} if span.status in _STATUS_CODES else {}


def _event(event: SpanEvent) -> dict[str, Any]:
    return {"name": event.name, "timeUnixNano": str(event.time_ns), "attributes": _attributes(event.attributes)}


def _exception(span: Span) -> tuple[SpanEvent, ...]:
    """The conventions' event of a failure, unless the span tells it already."""
    failure = span.failure
    if failure is None or any(event.name == "exception" for event in span.events):
        return ()
    facts = {"exception.type": failure.type, "exception.message": failure.message}
    if failure.stacktrace is not None:
        facts["exception.stacktrace"] = failure.stacktrace
    return (SpanEvent(name="exception", time_ns=span.end_ns, attributes=facts),)
