"""The mapper: spans as anyone tells them become `Span`s."""

from typing import Any

from headwater.event import Failure, Message, Span, SpanEvent, SpanKind, SpanStatus
from headwater.otlp import indexed
from headwater.otlp.bodies import decode_traces
from headwater.otlp.call import call_of
from headwater.otlp.content import conversation_from, conversation_of_events
from headwater.otlp.find import Found
from headwater.otlp.kind import is_log, kind_of, source_of
from headwater.otlp.names import (
    BARE_METADATA,
    EVENT_NAMES,
    FIELD_OF,
    METADATA,
    STEP_CONVERSATIONS,
    STEP_EVENTS,
    STEP_INPUTS,
    STEP_OUTPUTS,
)
from headwater.otlp.raw import Attributes, RawSpan
from headwater.otlp.times import times_of
from headwater.otlp.values import count_of, decoded, is_list, is_object, number_of, text_of, texts_of, told, unquoted

_STATUSES: dict[int, SpanStatus] = {1: "ok", 2: "error"}


def spans_of(body: bytes, content_type: str, received_ns: int = 0) -> list[Span]:
    """Read the spans of an OTLP request; those that `check_traces` rejects are left out.

    `received_ns` (Unix time) stands in for a time that is missing. Raises BadRequest for an unreadable body.
    """
    return [span_from(raw, received_ns) for raw in decode_traces(body, content_type).items]


def span_from(raw: RawSpan, received_ns: int = 0) -> Span:
    """Map one span."""
    attributes, scope = raw.attributes, raw.emitter.scope
    found = Found(attributes)
    fields, resource = found.fields, raw.emitter.resource
    source = source_of(attributes, scope)
    kind = kind_of(attributes, scope)
    start_ns, end_ns, times = times_of(raw.start_ns, raw.end_ns, received_ns)
    is_call = kind == "call"
    if is_call and is_log(attributes):
        start_ns, times = _log_start(start_ns, end_ns, attributes, times)
    failure = _failure(raw, found)
    return Span(
        trace_id=raw.trace_id,
        span_id=raw.span_id,
        parent_span_id=raw.parent_span_id,
        name=raw.name,
        kind=kind,
        start_ns=start_ns,
        end_ns=end_ns,
        status="error" if failure is not None else _STATUSES.get(raw.status_code, "unset"),
        failure=failure,
        source=source,
        scope=scope,
        scope_version=raw.emitter.scope_version,
        service_name=_service(resource),
        environment=_environment(resource, fields),
        release=text_of(fields.get("release")) or text_of(resource.get("service.version")),
        session_id=_session(found, source),
        user_id=text_of(fields.get("user")),
        tags=texts_of(fields["tags"]) if "tags" in fields else (),
        metadata=_metadata(found, source),
        tool_name=_named(raw.name, found, kind, "tool", "execute_tool "),
        agent_name=_named(raw.name, found, kind, "agent", "invoke_agent "),
        input=None if is_call else _step_input(found),
        output=None if is_call else _step_output(found),
        input_messages=() if is_call else _conversation(found),
        output_messages=() if is_call else conversation_from(attributes.get("gen_ai.output.messages"), "assistant"),
        call=call_of(raw, found, source, start_ns) if is_call else None,
        events=raw.events,
        links=raw.links,
        attributes={**attributes, **times} if times else attributes,
        resource=resource,
    )


def is_log_span(span: Span) -> bool:
    """Whether a span is one that Logfire makes for a log line, such as the one that ends a stream."""
    return is_log(span.attributes)


def _log_start(start_ns: int, end_ns: int, attributes: Attributes, times: Attributes) -> tuple[int, Attributes]:
    """Logfire's span for the end of a stream has no length; the stream's is in an attribute, in seconds."""
    length_s = number_of(attributes.get("duration"))
    if length_s is None or not 0 < length_s * 1e9 < start_ns:
        return start_ns, times
    return end_ns - int(length_s * 1e9), {"otlp.start_time_unix_nano": start_ns, **times}


def _service(resource: Attributes) -> str:
    name = text_of(resource.get("service.name"))
    return "" if name.startswith("unknown_service") else name


def _environment(resource: Attributes, fields: dict[str, Any]) -> str:
    told_by_resource = resource.get("deployment.environment.name") or resource.get("deployment.environment")
    return text_of(told_by_resource) or text_of(fields.get("environment"))


def _session(found: Found, source: str) -> str:
    """The session; Logfire blots out values whose names sound like secrets, `session_id` among them."""
    session = text_of(found.fields.get("session"))
    return "" if source == "logfire" and session.startswith("[Scrubbed due to") else session


def _named(name: str, found: Found, kind: SpanKind, wanted: SpanKind, prefix: str) -> str:
    """The tool's or agent's name; a step that names none elsewhere is named after it."""
    given = text_of(found.fields.get(f"{wanted}_name"))
    if given or kind != wanted:
        return given
    by_framework = text_of(found.attributes.get("traceloop.entity.name") or found.attributes.get("resource.name"))
    return by_framework or ("" if name in EVENT_NAMES else name.removeprefix(prefix))


def _metadata(found: Found, source: str) -> dict[str, str]:
    """What the user attached: values as text, empty ones dropped, and those left out that have a field of their own."""
    groups, pairs = found.groups, _bare_metadata(found.attributes, source)
    if not groups and not pairs and "metadata" not in found.fields and "prompt_name" not in found.fields:
        return {}
    for prefix in METADATA:
        if prefix in groups:
            pairs = {**groups[prefix], **pairs}
    if "metadata" in found.fields:
        attached = decoded(found.fields["metadata"])
        if is_object(attached):
            pairs = {**pairs, **attached}
    for name in ("prompt_name", "prompt_version"):
        if name in found.fields:
            pairs[name.replace("_", ".")] = found.fields[name]
    if not pairs:
        return {}
    shown = {str(name): told(value) for name, value in pairs.items() if name not in _NOT_METADATA}
    return {name: text for name, text in shown.items() if text and text not in _NO_VALUES}


def _bare_metadata(attributes: Attributes, source: str) -> dict[str, Any]:
    """What the user attached under names of their own, by senders that put these beside theirs."""
    theirs = BARE_METADATA.get(source)
    if theirs is None:
        return {}
    return {name: value for name, value in attributes.items() if name not in FIELD_OF and not name.startswith(theirs)}


_NOT_METADATA = frozenset({"session_id", "user_id", "sessionId", "userId", "tags", "usage_object"})
_NO_VALUES = frozenset({"None", "[]", "{}"})


def _step_input(found: Found) -> Any:
    return _value(found.attributes, STEP_INPUTS)


def _step_output(found: Found) -> Any:
    if "retrieval.documents." in found.groups:
        return indexed.documents(found.groups["retrieval.documents."])
    return _value(found.attributes, STEP_OUTPUTS)


def _value(attributes: Attributes, names: tuple[str, ...]) -> Any:
    for name in names:
        value = attributes.get(name)
        if value is not None and value != "":
            return decoded(value)
    return None


def _conversation(found: Found) -> tuple[Message, ...]:
    """What an agent was told; the whole talk where the sender keeps only that."""
    attributes = found.attributes
    for name in ("gen_ai.input.messages", *STEP_CONVERSATIONS):
        value = attributes.get(name)
        if value:
            return conversation_from(value, "user")
    events = decoded(attributes.get(STEP_EVENTS))
    given, gave = conversation_of_events(events) if is_list(events) else ((), ())
    return given + gave


def _failure(raw: RawSpan, found: Found) -> Failure | None:
    """What went wrong: a status, a type, a level, and the exception that a span's events keep."""
    fields = found.fields
    is_error = raw.status_code == 2 or "error_type" in fields
    if not is_error and ("level" not in fields or text_of(fields["level"]).upper() != "ERROR"):
        return None
    exception = _exception(raw.events) or _error_object(fields.get("error_json"))
    kind = text_of(fields.get("error_type")) or text_of(exception.get("exception.type"))
    http_status = count_of(kind) if kind.isdecimal() else count_of(fields.get("http_status"))
    message = text_of(exception.get("exception.message")) or raw.status_message
    return Failure(
        type=kind or "error",
        message=message or text_of(unquoted(fields.get("level_message"))),
        http_status=http_status if http_status is not None and 400 <= http_status < 600 else None,
        stacktrace=text_of(exception.get("exception.stacktrace")) or None,
    )


def _error_object(told_error: Any) -> Attributes:
    """An error that is told as an object, or as a text, under the names of an exception's event."""
    error = decoded(told_error)
    if not is_object(error):
        return {"exception.message": error} if error else {}
    return {"exception.type": error.get("name"), "exception.message": error.get("message")}


def _exception(events: tuple[SpanEvent, ...]) -> Attributes:
    """The last exception that the events tell; the one with a stack trace where they tell it twice."""
    found: Attributes = {}
    for event in events:
        if event.name == "exception":
            found = {**found, **event.attributes}
    return found
