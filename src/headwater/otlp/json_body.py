"""OTLP in JSON: typed structs straight from the bytes.

Of the encoding's rules (opentelemetry-proto, docs/specification.md, JSON Protobuf Encoding): ids are hex of any case,
64-bit integers come as text or number, bytes are base64, unknown fields are passed over, null is absence. Names of
enum values are not allowed by it, and understood.
"""

import re
from collections.abc import Sequence
from typing import Any

import msgspec

from headwater.errors import BadRequest
from headwater.event import SpanEvent, SpanLink
from headwater.otlp.encoding import rejection
from headwater.otlp.raw import Attributes, Checked, Decoded, Emitter, RawLog, RawSpan, is_omitted

_Int = int | str | float | None
_TRACE_ID = re.compile(r"(?!0{32})[0-9a-fA-F]{32}\Z")
_SPAN_ID = re.compile(r"(?!0{16})[0-9a-fA-F]{16}\Z")
_UINT64_MAX = 2**64 - 1
_DEPTH_MAX = 64


class _Struct(msgspec.Struct, rename="camel", gc=False):
    pass


class _AnyValue(_Struct):
    string_value: str | None = None
    bool_value: bool | None = None
    int_value: _Int = None
    double_value: float | str | None = None
    array_value: "_ArrayValue | None" = None
    kvlist_value: "_KeyValueList | None" = None
    bytes_value: str | None = None


class _KeyValue(_Struct):
    key: str | None = None
    value: _AnyValue | None = None


class _ArrayValue(_Struct):
    values: list[_AnyValue | None] | None = None


class _KeyValueList(_Struct):
    values: list[_KeyValue] | None = None


class _Resource(_Struct):
    attributes: list[_KeyValue] | None = None


class _Scope(_Struct):
    name: str | None = None
    version: str | None = None


class _Status(_Struct):
    code: int | str | None = None
    message: str | None = None


class _Event(_Struct):
    time_unix_nano: _Int = None
    name: str | None = None
    attributes: list[_KeyValue] | None = None


class _Link(_Struct):
    trace_id: str | None = None
    span_id: str | None = None
    attributes: list[_KeyValue] | None = None


class _Span(_Struct):
    trace_id: str | None = None
    span_id: str | None = None
    parent_span_id: str | None = None
    name: str | None = None
    start_time_unix_nano: _Int = None
    end_time_unix_nano: _Int = None
    attributes: list[_KeyValue] | None = None
    events: list[_Event] | None = None
    links: list[_Link] | None = None
    status: _Status | None = None


class _ScopeSpans(_Struct):
    scope: _Scope | None = None
    spans: list[_Span] | None = None


class _ResourceSpans(_Struct):
    resource: _Resource | None = None
    scope_spans: list[_ScopeSpans] | None = None


class _Traces(_Struct):
    resource_spans: list[_ResourceSpans] | None = None


class _LogRecord(_Struct):
    time_unix_nano: _Int = None
    observed_time_unix_nano: _Int = None
    severity_number: int | str | None = None
    severity_text: str | None = None
    body: _AnyValue | None = None
    attributes: list[_KeyValue] | None = None
    trace_id: str | None = None
    span_id: str | None = None
    event_name: str | None = None


class _ScopeLogs(_Struct):
    scope: _Scope | None = None
    log_records: list[_LogRecord] | None = None


class _ResourceLogs(_Struct):
    resource: _Resource | None = None
    scope_logs: list[_ScopeLogs] | None = None


class _Logs(_Struct):
    resource_logs: list[_ResourceLogs] | None = None


class _Points(_Struct):
    data_points: list[msgspec.Raw] | None = None


class _Metric(_Struct):
    gauge: _Points | None = None
    sum: _Points | None = None
    histogram: _Points | None = None
    exponential_histogram: _Points | None = None
    summary: _Points | None = None


class _ScopeMetrics(_Struct):
    metrics: list[_Metric] | None = None


class _ResourceMetrics(_Struct):
    scope_metrics: list[_ScopeMetrics] | None = None


class _Metrics(_Struct):
    resource_metrics: list[_ResourceMetrics] | None = None


_TRACES = msgspec.json.Decoder(_Traces)
_LOGS = msgspec.json.Decoder(_Logs)
_METRICS = msgspec.json.Decoder(_Metrics)


def check_traces(body: bytes) -> Checked:
    """Count the spans that `decode_traces` will give and those it will leave out."""
    total, rejected, first = 0, 0, ""
    for resource_spans in _parsed(_TRACES, body).resource_spans or ():
        for scope_spans in resource_spans.scope_spans or ():
            for span in scope_spans.spans or ():
                total += 1
                if not _TRACE_ID.match(span.trace_id or "") or not _SPAN_ID.match(span.span_id or ""):
                    rejected += 1
                    first = first or _fault(span)
    return Checked(accepted=total - rejected, rejected=rejected, message=rejection(rejected, total, first))


def check_logs(body: bytes) -> Checked:
    """Count the log records; none is ever left out."""
    groups = _parsed(_LOGS, body).resource_logs or ()
    scopes = (scope_logs for resource_logs in groups for scope_logs in resource_logs.scope_logs or ())
    return Checked(accepted=sum(len(scope_logs.log_records or ()) for scope_logs in scopes))


def check_metrics(body: bytes) -> Checked:
    """Count the data points."""
    total = 0
    for resource_metrics in _parsed(_METRICS, body).resource_metrics or ():
        for scope_metrics in resource_metrics.scope_metrics or ():
            for metric in scope_metrics.metrics or ():
                kinds = (metric.gauge, metric.sum, metric.histogram, metric.exponential_histogram, metric.summary)
                total += sum(len(points.data_points or ()) for points in kinds if points is not None)
    return Checked(accepted=total)


def decode_traces(body: bytes) -> Decoded[RawSpan]:
    """Read the spans. Raises BadRequest for a body that is no such message."""
    items: list[RawSpan] = []
    rejected, first = 0, ""
    for resource_spans in _parsed(_TRACES, body).resource_spans or ():
        resource = _attributes(resource_spans.resource.attributes if resource_spans.resource else None)
        for scope_spans in resource_spans.scope_spans or ():
            emitter = _emitter(resource, scope_spans.scope)
            for span in scope_spans.spans or ():
                trace_id, span_id = span.trace_id or "", span.span_id or ""
                if _TRACE_ID.match(trace_id) and _SPAN_ID.match(span_id):
                    items.append(_span(span, emitter, trace_id.lower(), span_id.lower()))
                    continue
                rejected += 1
                first = first or _fault(span)
    message = rejection(rejected, len(items) + rejected, first)
    return Decoded(items=items, rejected=rejected, message=message)


def decode_logs(body: bytes) -> Decoded[RawLog]:
    """Read the log records. Raises BadRequest for a body that is no such message."""
    items: list[RawLog] = []
    for resource_logs in _parsed(_LOGS, body).resource_logs or ():
        resource = _attributes(resource_logs.resource.attributes if resource_logs.resource else None)
        for scope_logs in resource_logs.scope_logs or ():
            emitter = _emitter(resource, scope_logs.scope)
            items.extend([_log(record, emitter) for record in scope_logs.log_records or ()])
    return Decoded(items=items)


def _parsed(decoder: "msgspec.json.Decoder[Any]", body: bytes) -> Any:
    try:
        return decoder.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise BadRequest(f"the body is not valid OTLP in JSON: {error}") from error
    except RecursionError as error:
        raise BadRequest("the body is nested too deeply: send attribute values with less depth") from error


def _fault(span: _Span) -> str:
    for field, size, given in (("traceId", 32, span.trace_id or ""), ("spanId", 16, span.span_id or "")):
        if len(given) != size:
            return f"{field} of span {(span.name or '')[:80]!r} must have {size} hex digits, has {len(given)}"
        if not given.strip("0"):
            return f"{field} of span {(span.name or '')[:80]!r} must not be all zero"
        if not re.fullmatch(r"[0-9a-fA-F]+", given):
            return f"{field} of span {(span.name or '')[:80]!r} must be hex, is {given!r}"
    return ""


def _emitter(resource: Attributes, scope: _Scope | None) -> Emitter:
    if scope is None:
        return Emitter(resource=resource)
    return Emitter(resource=resource, scope=scope.name or "", scope_version=scope.version or "")


def _span(span: _Span, emitter: Emitter, trace_id: str, span_id: str) -> RawSpan:
    parent, status = span.parent_span_id or "", span.status
    return RawSpan(
        emitter=emitter,
        trace_id=trace_id,
        span_id=span_id,
        parent_span_id=parent.lower() if _SPAN_ID.match(parent) else "",
        name=span.name or "",
        start_ns=_whole(span.start_time_unix_nano),
        end_ns=_whole(span.end_time_unix_nano),
        status_code=_code(status.code, _STATUS_CODES) if status else 0,
        status_message=(status.message or "") if status else "",
        attributes=_attributes(span.attributes),
        events=tuple([_event(event) for event in span.events or ()]),
        links=tuple([_link(link) for link in span.links or ()]),
    )


def _event(event: _Event) -> SpanEvent:
    return SpanEvent(
        name=event.name or "", time_ns=_whole(event.time_unix_nano), attributes=_attributes(event.attributes)
    )


def _link(link: _Link) -> SpanLink:
    return SpanLink(
        trace_id=(link.trace_id or "").lower(),
        span_id=(link.span_id or "").lower(),
        attributes=_attributes(link.attributes),
    )


def _log(record: _LogRecord, emitter: Emitter) -> RawLog:
    trace_id, span_id = record.trace_id or "", record.span_id or ""
    has_trace = _TRACE_ID.match(trace_id) is not None
    return RawLog(
        emitter=emitter,
        trace_id=trace_id.lower() if has_trace else "",
        span_id=span_id.lower() if has_trace and _SPAN_ID.match(span_id) else "",
        time_ns=_whole(record.time_unix_nano),
        observed_ns=_whole(record.observed_time_unix_nano),
        event_name=record.event_name or "",
        severity_number=_code(record.severity_number, _SEVERITIES),
        severity_text=record.severity_text or "",
        body=_value(record.body),
        attributes=_attributes(record.attributes),
    )


_STATUS_CODES = {"STATUS_CODE_OK": 1, "OK": 1, "STATUS_CODE_ERROR": 2, "ERROR": 2}
_SEVERITIES = {
    f"SEVERITY_NUMBER_{word}{step or ''}": number + (step - 1 if step else 0)
    for word, number in (("TRACE", 1), ("DEBUG", 5), ("INFO", 9), ("WARN", 13), ("ERROR", 17), ("FATAL", 21))
    for step in (0, 2, 3, 4)
}


def _code(given: int | str | None, names: dict[str, int]) -> int:
    if isinstance(given, str):
        return names.get(given.upper()) or _whole(given)
    return given or 0


def _whole(given: _Int) -> int:
    """An unsigned 64-bit number however written; 0 where it is none."""
    number = _integer(given)
    return number if isinstance(number, int) and 0 <= number <= _UINT64_MAX else 0


def _integer(given: _Int) -> int | float | str | None:
    """An integer however written, or what was given where it is none."""
    if isinstance(given, str):
        try:
            return int(given) if len(given) <= 20 else given
        except ValueError:
            return given
    if isinstance(given, float) and given.is_integer():
        return int(given)
    return given


def _attributes(pairs: Sequence[_KeyValue] | None) -> Attributes:
    found: Attributes = {}
    for pair in pairs or ():
        given = pair.value
        if given is None or pair.key is None:
            continue
        value = given.string_value
        if value is None:
            value = _value(given)
        if value is not None and not is_omitted(value):
            found[pair.key] = value
    return found


def _value(given: _AnyValue | None, depth: int = 0) -> Any:
    if given is None or depth > _DEPTH_MAX:
        return None
    for plain in (given.string_value, given.bool_value, given.double_value, given.bytes_value):
        if plain is not None:
            return plain
    if given.int_value is not None:
        return _integer(given.int_value)
    if given.array_value is not None:
        return [_value(item, depth + 1) for item in given.array_value.values or ()]
    if given.kvlist_value is not None:
        return {pair.key or "": _value(pair.value, depth + 1) for pair in given.kvlist_value.values or ()}
    return None
