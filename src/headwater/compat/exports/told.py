"""Told: what a record of a file becomes."""

from collections.abc import Callable, Mapping
from typing import Any, Literal

import msgspec

from headwater.compat.forms import object_in
from headwater.errors import BadRequest
from headwater.outbox import any_value

_STATUS = {"ok": 1, "error": 2}


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """One record of OTLP: a `Span` message of traces or a `LogRecord` of logs, encoded."""

    signal: Literal["traces", "logs"] = "traces"
    body: bytes


class Whole(msgspec.Struct, frozen=True, kw_only=True):
    """A request of OTLP as it came, and how many items are in it."""

    signal: Literal["traces", "logs"]
    body: bytes
    items: int


Read = Callable[[Mapping[str, Any]], list[Item | Whole]]
"""Reads a record; raises BadRequest for one that nothing can be made of."""


def span_item(
    *,
    trace_id: str,
    span_id: str,
    parent_span_id: str = "",
    name: str,
    start_ns: int | None,
    end_ns: int | None,
    attributes: Mapping[str, Any],
    status: str = "",
    message: str = "",
    events: list[dict[str, Any]] | None = None,
) -> Item:
    """A span with attributes under anybody's names. Raises BadRequest where it tells no time."""
    start_ns, end_ns = start_ns or end_ns, end_ns or start_ns
    if start_ns is None or end_ns is None:
        raise BadRequest(f"the record of {name!r} has neither a start nor an end")
    told: dict[str, Any] = {
        "traceId": trace_id,
        "spanId": span_id,
        "name": name,
        "startTimeUnixNano": str(start_ns),
        "endTimeUnixNano": str(max(start_ns, end_ns)),
        "attributes": attributes_of(attributes),
    }
    if parent_span_id:
        told["parentSpanId"] = parent_span_id
    if events:
        told["events"] = events
    if status in _STATUS:
        told["status"] = {"code": _STATUS[status], "message": message}
    return Item(body=msgspec.json.encode(told))


def attributes_of(values: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Attributes in OTLP/JSON; nulls and empty texts are left out."""
    return [{"key": key, "value": any_value(value)} for key, value in values.items() if value not in (None, "")]


def json_of(value: Any) -> str:
    """A value as an attribute that is a text: texts as they are, all else as JSON, "" for nothing."""
    if value is None or isinstance(value, str):
        return value or ""
    return msgspec.json.encode(value).decode()


def decoded(value: Any) -> Any:
    """A value that some products write as JSON within JSON."""
    if isinstance(value, str) and value[:1] in ("{", "["):
        try:
            return msgspec.json.decode(value)
        except (msgspec.MsgspecError, RecursionError, UnicodeError):
            return value
    return value


def first(record: Mapping[str, Any], *names: str) -> Any:
    """The first field of these names that has a value; a dot leads into an object."""
    for name in names:
        value: Any = record.get(name)
        if value is None and "." in name:
            outer, _, inner = name.partition(".")
            value = first(object_in(record.get(outer)), inner)
        if value is not None and value != "":
            return value
    return None
