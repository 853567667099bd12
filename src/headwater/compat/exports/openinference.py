"""OpenInference: spans as Phoenix exports them, as its API gives them, or as OpenTelemetry's console exporter does.

Attributes come flat (`attributes.llm.model_name` or `llm.model_name`) or as objects within objects.
Sources: Phoenix's `spans` table and `/v1/projects/{id}/spans`; opentelemetry-sdk `ReadableSpan.to_json`.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from headwater.compat.exports.told import Item, Whole, attributes_of, decoded, first, span_item
from headwater.compat.forms import list_in, object_in, span_id_from, text_in, trace_id_from
from headwater.compat.reading import moment_in
from headwater.errors import BadRequest

_PREFIX = "attributes."
_NAME = "openinference"
# Attributes whose value is JSON, which stays one.
_WHOLE = ("llm.invocation_parameters", "metadata", "tool.parameters", "llm.tools")


def read(record: Mapping[str, Any]) -> list[Item | Whole]:
    """Read a span."""
    trace = _plain_id(first(record, "context.trace_id", "trace_id", "traceId"))
    span = _plain_id(first(record, "context.span_id", "span_id", "spanId"))
    if not trace or not span:
        raise BadRequest("it has no 'context' with 'trace_id' and 'span_id'")
    parent = _plain_id(first(record, "parent_id", "parent_span_id", "parentId", "parentSpanId"))
    status = text_in(first(record, "status_code", "status.status_code", "statusCode")).rpartition(".")[2].lower()
    attributes = dict(_flat(_attributes(record)))
    kind = text_in(first(record, "span_kind", "spanKind"))
    if kind:
        attributes.setdefault("openinference.span.kind", kind.rpartition(".")[2].upper())
    return [
        span_item(
            trace_id=trace_id_from(_NAME, trace),
            span_id=span_id_from(_NAME, span),
            parent_span_id=span_id_from(_NAME, parent) if parent else "",
            name=text_in(record.get("name")),
            start_ns=moment_in(first(record, "start_time", "startTime", "start_time_unix_nano")),
            end_ns=moment_in(first(record, "end_time", "endTime", "end_time_unix_nano")),
            attributes=attributes,
            status=status,
            message=text_in(first(record, "status_message", "status.description", "statusMessage")),
            events=[_event(object_in(event)) for event in list_in(decoded(record.get("events"))) if object_in(event)],
        )
    ]


def _plain_id(value: Any) -> str:
    return text_in(value).removeprefix("0x")


def _attributes(record: Mapping[str, Any]) -> dict[str, Any]:
    given = {name.removeprefix(_PREFIX): value for name, value in record.items() if name.startswith(_PREFIX)}
    return {**given, **object_in(record.get("attributes"))}


def _flat(values: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """Objects, and arrays with objects in them, become names with dots."""
    if name in _WHOLE:
        yield name, values
    elif isinstance(values, dict):
        for key, value in object_in(values).items():
            yield from _flat(value, f"{name}.{key}" if name else key)
    elif isinstance(values, list) and any(isinstance(each, dict) for each in list_in(values)):
        for place, value in enumerate(list_in(values)):
            yield from _flat(value, f"{name}.{place}")
    elif values is not None:
        yield name, values


def _event(event: Mapping[str, Any]) -> dict[str, Any]:
    at_ns = moment_in(first(event, "timestamp", "time", "time_unix_nano")) or 0
    attributes = attributes_of(dict(_flat(object_in(event.get("attributes")))))
    return {"name": text_in(event.get("name")), "timeUnixNano": str(at_ns), "attributes": attributes}
