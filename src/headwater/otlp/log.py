"""Log records become `LogEvent`s; those that tell a call's messages tell them as messages."""

from headwater.event import LogEvent
from headwater.otlp.bodies import decode_logs
from headwater.otlp.content import sides_of_event
from headwater.otlp.raw import RawLog
from headwater.otlp.times import in_nanoseconds
from headwater.otlp.values import text_of

_SEVERITIES = ("", "TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL")


def log_events_of(body: bytes, content_type: str, received_ns: int = 0) -> list[LogEvent]:
    """Read the log records of an OTLP request. Raises BadRequest for an unreadable body.

    `received_ns` (Unix time) stands in for a time that is missing.
    """
    return [log_event_from(raw, received_ns) for raw in decode_logs(body, content_type).items]


def log_event_from(raw: RawLog, received_ns: int = 0) -> LogEvent:
    """Map one record. The event's name was an attribute before it became a field (opentelemetry-proto 1.5)."""
    name = raw.event_name or text_of(raw.attributes.get("event.name"))
    given, gave = sides_of_event(name, raw.attributes, raw.body) or ((), ())
    return LogEvent(
        time_ns=in_nanoseconds(raw.time_ns) or in_nanoseconds(raw.observed_ns) or received_ns,
        name=name,
        trace_id=raw.trace_id,
        span_id=raw.span_id,
        severity=raw.severity_text or _severity(raw.severity_number),
        body=raw.body,
        attributes=raw.attributes,
        resource=raw.emitter.resource,
        scope=raw.emitter.scope,
        input=given,
        output=gave,
    )


def _severity(number: int) -> str:
    """The name of a severity number: four numbers a name (opentelemetry-proto, logs.proto, SeverityNumber)."""
    return _SEVERITIES[(number + 3) // 4] if 0 < number <= 24 else ""
