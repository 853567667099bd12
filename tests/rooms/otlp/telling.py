"""How tests tell spans: recordings as they were sent, and bodies made of attributes."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple, cast

import msgspec

from headwater.event import LogEvent, Span
from headwater.otlp import JSON, inflate, log_events_of, spans_of

RECORDED = Path(__file__).parents[2] / "recorded" / "otlp"
TRACE_ID = "0af7651916cd43dd8448eb211c80319c"
SPAN_ID = "b7ad6b7169203331"
START_NS = 1_795_168_685_000_000_000
SECOND_NS = 1_000_000_000


class Sent(NamedTuple):
    """One recorded request."""

    signal: str
    content_type: str
    encoding: str
    wire: bytes

    @property
    def body(self) -> bytes:
        """The body with its encoding undone."""
        return inflate(self.wire, self.encoding, 1 << 30)


def recording_names() -> list[str]:
    """Every recording."""
    return sorted(path.name for path in RECORDED.iterdir() if path.is_dir())


def sent_by(name: str) -> Iterator[Sent]:
    """The OTLP requests of a recording, in their order."""
    for meta in sorted((RECORDED / name).glob("*.meta.json")):
        told = json.loads(meta.read_text())
        headers = {key.lower(): value for key, value in told["headers"].items()}
        signal = told["path"].rpartition("/")[2]
        if "/v1/" in told["path"] and signal in ("traces", "logs", "metrics"):
            encoding = headers.get("content-encoding", "identity")
            stem = meta.name.removesuffix(".meta.json")
            body = RECORDED / name / f"{stem}.{'bin' if encoding == 'identity' else 'raw'}"
            yield Sent(signal, headers["content-type"], encoding, body.read_bytes())


def recorded_spans(name: str) -> list[Span]:
    """All spans of a recording."""
    requests = [sent for sent in sent_by(name) if sent.signal == "traces"]
    return [span for sent in requests for span in spans_of(sent.body, sent.content_type)]


def recorded_logs(name: str) -> list[LogEvent]:
    """All log events of a recording."""
    requests = [sent for sent in sent_by(name) if sent.signal == "logs"]
    return [event for sent in requests for event in log_events_of(sent.body, sent.content_type)]


def any_value(value: Any) -> dict[str, Any]:
    """A value as OTLP/JSON writes it."""
    if value is None:
        return {}
    if isinstance(value, bool):
        return {"boolValue": value}
    if isinstance(value, int):
        return {"intValue": str(value)}
    if isinstance(value, float):
        return {"doubleValue": value}
    if isinstance(value, str):
        return {"stringValue": value}
    if isinstance(value, list):
        return {"arrayValue": {"values": [any_value(item) for item in cast(list[Any], value)]}}
    return {"kvlistValue": {"values": pairs(value)}}


def pairs(attributes: dict[str, Any]) -> list[dict[str, Any]]:
    """Attributes as OTLP/JSON writes them."""
    return [{"key": key, "value": any_value(value)} for key, value in attributes.items()]


def span_json(attributes: dict[str, Any] | None = None, **fields: Any) -> dict[str, Any]:
    """A span of one second in OTLP/JSON; `fields` are added under their own names."""
    return {
        "traceId": TRACE_ID,
        "spanId": SPAN_ID,
        "name": "a span",
        "startTimeUnixNano": str(START_NS),
        "endTimeUnixNano": str(START_NS + SECOND_NS),
        "attributes": pairs(attributes or {}),
        **fields,
    }


def traces_body(*spans: Any, scope: str = "tests", resource: dict[str, Any] | None = None) -> bytes:
    """A request with these spans."""
    scope_spans = {"scope": {"name": scope}, "spans": list(spans)}
    resource_spans = {"resource": {"attributes": pairs(resource or {})}, "scopeSpans": [scope_spans]}
    return msgspec.json.encode({"resourceSpans": [resource_spans]})


def span_told(
    attributes: dict[str, Any] | None = None,
    scope: str = "tests",
    resource: dict[str, Any] | None = None,
    **fields: Any,
) -> Span:
    """What becomes of one span."""
    (span,) = spans_of(traces_body(span_json(attributes, **fields), scope=scope, resource=resource), JSON)
    return span


def log_told(attributes: dict[str, Any] | None = None, **fields: Any) -> LogEvent:
    """What becomes of one log record."""
    record = {"traceId": TRACE_ID, "spanId": SPAN_ID, "attributes": pairs(attributes or {}), **fields}
    body = {"resourceLogs": [{"scopeLogs": [{"scope": {"name": "tests"}, "logRecords": [record]}]}]}
    (event,) = log_events_of(msgspec.json.encode(body), JSON)
    return event
