"""OTLP in protobuf. Reading goes through upb (C); the pure-Python library would be 17 times slower.

Generated messages have no useful types, hence the file-level rule.
"""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportAttributeAccessIssue=false

import base64
from collections.abc import Callable
from typing import Any

from google.protobuf.internal import api_implementation
from google.protobuf.message import DecodeError
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from headwater.errors import BadRequest, HeadwaterError
from headwater.event import SpanEvent, SpanLink
from headwater.otlp.encoding import rejection
from headwater.otlp.raw import OMITTED_STARTS, Attributes, Checked, Decoded, Emitter, RawLog, RawSpan, is_omitted

_NO_TRACE = bytes(16)
_NO_SPAN = bytes(8)


def assert_fast_protobuf() -> None:
    """Raise HeadwaterError if protobuf does not run on upb."""
    kind = api_implementation.Type()
    if kind != "upb":
        raise HeadwaterError(
            f"protobuf runs on {kind!r}, which is many times slower: "
            "unset PROTOCOL_BUFFERS_PYTHON_IMPLEMENTATION and install protobuf from a wheel"
        )


def check_traces(body: bytes) -> Checked:
    """Count the spans that `decode_traces` will give and those it will leave out."""
    total, rejected, first = 0, 0, ""
    for resource_spans in _parsed(ExportTraceServiceRequest, body).resource_spans:
        for scope_spans in resource_spans.scope_spans:
            spans = scope_spans.spans
            total += len(spans)
            for span in spans:
                trace_id, span_id = span.trace_id, span.span_id
                if len(trace_id) == 16 and len(span_id) == 8 and trace_id != _NO_TRACE and span_id != _NO_SPAN:
                    continue
                rejected += 1
                first = first or _fault(span)
    return Checked(accepted=total - rejected, rejected=rejected, message=rejection(rejected, total, first))


def check_logs(body: bytes) -> Checked:
    """Count the log records; none is ever left out."""
    request = _parsed(ExportLogsServiceRequest, body)
    scopes = (scope_logs for resource_logs in request.resource_logs for scope_logs in resource_logs.scope_logs)
    return Checked(accepted=sum(len(scope_logs.log_records) for scope_logs in scopes))


def check_metrics(body: bytes) -> Checked:
    """Count the data points."""
    total = 0
    for resource_metrics in _parsed(ExportMetricsServiceRequest, body).resource_metrics:
        for scope_metrics in resource_metrics.scope_metrics:
            for metric in scope_metrics.metrics:
                kind = metric.WhichOneof("data")
                total += len(getattr(metric, kind).data_points) if kind else 0
    return Checked(accepted=total)


def decode_traces(body: bytes) -> Decoded[RawSpan]:
    """Read the spans. Raises BadRequest for a body that is no such message."""
    items: list[RawSpan] = []
    rejected, first = 0, ""
    for resource_spans in _parsed(ExportTraceServiceRequest, body).resource_spans:
        resource = _attributes(resource_spans.resource.attributes)
        for scope_spans in resource_spans.scope_spans:
            emitter = _emitter(resource, scope_spans.scope)
            for span in scope_spans.spans:
                trace_id, span_id = span.trace_id, span.span_id
                if len(trace_id) == 16 and len(span_id) == 8 and trace_id != _NO_TRACE and span_id != _NO_SPAN:
                    items.append(_span(span, emitter, trace_id.hex(), span_id.hex()))
                    continue
                rejected += 1
                first = first or _fault(span)
    message = rejection(rejected, len(items) + rejected, first)
    return Decoded(items=items, rejected=rejected, message=message)


def decode_logs(body: bytes) -> Decoded[RawLog]:
    """Read the log records. Raises BadRequest for a body that is no such message."""
    items: list[RawLog] = []
    for resource_logs in _parsed(ExportLogsServiceRequest, body).resource_logs:
        resource = _attributes(resource_logs.resource.attributes)
        for scope_logs in resource_logs.scope_logs:
            emitter = _emitter(resource, scope_logs.scope)
            items.extend([_log(record, emitter) for record in scope_logs.log_records])
    return Decoded(items=items)


def _parsed(kind: Any, body: bytes) -> Any:
    try:
        return kind.FromString(body)
    except DecodeError as error:
        raise BadRequest(f"the body is not a valid {kind.DESCRIPTOR.name} in protobuf: {error}") from error


def _fault(span: Any) -> str:
    for field, size, given in (("trace_id", 16, span.trace_id), ("span_id", 8, span.span_id)):
        if len(given) != size:
            return f"{field} of span {span.name[:80]!r} must have {size} bytes, has {len(given)}"
        if not any(given):
            return f"{field} of span {span.name[:80]!r} must not be all zero"
    return ""


def _emitter(resource: Attributes, scope: Any) -> Emitter:
    return Emitter(resource=resource, scope=scope.name, scope_version=scope.version)


def _span(span: Any, emitter: Emitter, trace_id: str, span_id: str) -> RawSpan:
    parent, status = span.parent_span_id, span.status
    return RawSpan(
        emitter=emitter,
        trace_id=trace_id,
        span_id=span_id,
        parent_span_id=parent.hex() if len(parent) == 8 and parent != _NO_SPAN else "",
        name=span.name,
        start_ns=span.start_time_unix_nano,
        end_ns=span.end_time_unix_nano,
        status_code=status.code,
        status_message=status.message,
        attributes=_attributes(span.attributes),
        events=tuple([_event(event) for event in span.events]),
        links=tuple([_link(link) for link in span.links]),
    )


def _event(event: Any) -> SpanEvent:
    return SpanEvent(name=event.name, time_ns=event.time_unix_nano, attributes=_attributes(event.attributes))


def _link(link: Any) -> SpanLink:
    return SpanLink(trace_id=link.trace_id.hex(), span_id=link.span_id.hex(), attributes=_attributes(link.attributes))


def _log(record: Any, emitter: Emitter) -> RawLog:
    trace_id, span_id = record.trace_id, record.span_id
    has_span = len(trace_id) == 16 and len(span_id) == 8 and trace_id != _NO_TRACE and span_id != _NO_SPAN
    return RawLog(
        emitter=emitter,
        trace_id=trace_id.hex() if len(trace_id) == 16 and trace_id != _NO_TRACE else "",
        span_id=span_id.hex() if has_span else "",
        time_ns=record.time_unix_nano,
        observed_ns=record.observed_time_unix_nano,
        event_name=record.event_name,
        severity_number=record.severity_number,
        severity_text=record.severity_text,
        body=_value(record.body),
        attributes=_attributes(record.attributes),
    )


def _attributes(pairs: Any) -> Attributes:
    """Read key-value pairs; a text is by far the commonest value, so it is tried before asking which one is set."""
    found: Attributes = {}
    for pair in pairs:
        given = pair.value
        text = given.string_value
        if text:
            if text[:2] not in OMITTED_STARTS or not is_omitted(text):
                found[pair.key] = text
        elif (value := _value(given)) is not None:
            found[pair.key] = value
    return found


def _value(given: Any) -> Any:
    reader = _READERS.get(given.WhichOneof("value"))
    return None if reader is None else reader(given)


_READERS: dict[str, Callable[[Any], Any]] = {
    "string_value": lambda given: given.string_value,
    "bool_value": lambda given: given.bool_value,
    "int_value": lambda given: given.int_value,
    "double_value": lambda given: given.double_value,
    "bytes_value": lambda given: base64.b64encode(given.bytes_value).decode(),
    "array_value": lambda given: [_value(item) for item in given.array_value.values],
    "kvlist_value": lambda given: {pair.key: _value(pair.value) for pair in given.kvlist_value.values},
}
