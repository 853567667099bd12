"""Traced: an object of `/api/traces` as a span. Ids are UUIDs, which are a trace's own id and are hashed for a span.

Steps without a parent of their own are sent with the trace's id, or a random one, as the parent's; the first stands
for no parent. What ran is in `logs`: `functionResponse`, or `error` with `errorType`. A step that tells of a model,
in `llm.*` attributes or by what its function returned, is a call.
"""

from collections.abc import Mapping
from typing import Any

import msgspec

from headwater.compat.huggingplace_sdk.stored import PRODUCT, call_of, score_of
from headwater.compat.reading import (
    count_in,
    duration_in,
    list_in,
    merged,
    metadata_in,
    moment_in,
    number_in,
    object_in,
    span_id_from,
    text_in,
    trace_id_from,
)
from headwater.event import Call, Failure, LogEvent, Span

_NAMES = ("traceId", "spanId", "operation")
_PARAMETERS = {
    "llm.temperature": "temperature",
    "llm.max_tokens": "max_tokens",
    "llm.top_p": "top_p",
    "llm.frequency_penalty": "frequency_penalty",
    "llm.presence_penalty": "presence_penalty",
}
_CALL_MARKS = ("llm.model", "llm.provider", "prompt.text")
_PROMPTS = ("llm.messages", "llm.prompt", "prompt")
_COUNTS = {"input": "input_tokens", "output": "output_tokens", "total": "total_tokens"}
_RESULT = frozenset({"functionResponse", "error", "errorType", "success"})
_OWN_METADATA = frozenset({"tags", "stepName", "traceId", "spanId", "parentSpanId", "mode", "userMetadata"})
_NESTED = ("orgData", "customMetadata", "llmData")
_LIFTED = frozenset({"session_id", "sessionId", "user_id", "userId", "user_uuid"})


def is_trace(item: Any) -> bool:
    """Whether something can be made of an item: an object that names its trace, itself or what it did."""
    return isinstance(item, dict) and any(text_in(object_in(item).get(name)) for name in _NAMES)


def told_of_trace(item: Mapping[str, Any], arrival_ns: int) -> tuple[Span, list[LogEvent]]:
    """The span of an item that `is_trace`, and the evaluations that its function returned."""
    start_ns, end_ns = _times(item, arrival_ns)
    trace_id, span_id, parent_id = _ids(item)
    logs, attributes, metadata = (object_in(item.get(name)) for name in ("logs", "attributes", "metadata"))
    about = merged(object_in(metadata.get("userMetadata")), *(object_in(metadata.get(name)) for name in _NESTED))
    call = _call(logs, attributes, object_in(metadata.get("llmData")))
    span = Span(
        trace_id=trace_id,
        span_id=span_id,
        parent_span_id=parent_id,
        name=text_in(item.get("operation")) or text_in(metadata.get("stepName")) or "step",
        kind="span" if call is None else "call",
        start_ns=start_ns,
        end_ns=end_ns,
        source=PRODUCT,
        scope=PRODUCT,
        service_name=text_in(item.get("service")),
        environment=text_in(metadata.get("mode")),
        session_id=_text(about, "session_id", "sessionId"),
        user_id=_text(about, "user_id", "userId", "user_uuid", "id", "email"),
        tags=tuple(filter(None, map(text_in, list_in(metadata.get("tags"))))),
        metadata=_metadata(metadata),
        output=None if call is not None else logs.get("functionResponse"),
        call=call,
        attributes=_attributes(attributes, logs),
        **_ending(item, logs),
    )
    return span, _evaluations(logs, span)


def _ids(item: Mapping[str, Any]) -> tuple[str, str, str]:
    """Trace, span and parent, the same for every delivery of an item."""
    content = msgspec.json.encode(item).decode()
    trace, own, parent = (text_in(item.get(name)) for name in ("traceId", "spanId", "parentSpanId"))
    trace_id = trace_id_from(PRODUCT, trace or content)
    has_parent = parent not in ("", trace, own)
    return trace_id, span_id_from(trace_id, own or content), span_id_from(trace_id, parent) if has_parent else ""


def _times(item: Mapping[str, Any], arrival_ns: int) -> tuple[int, int]:
    start_ns, end_ns = moment_in(item.get("startTime")), moment_in(item.get("endTime"))
    length_ns = duration_in(item.get("durationMs"), "ms") or 0
    if start_ns is None:
        end_ns = end_ns or arrival_ns
        return end_ns - length_ns, end_ns
    return start_ns, start_ns + length_ns if end_ns is None else end_ns


def _ending(item: Mapping[str, Any], logs: Mapping[str, Any]) -> dict[str, Any]:
    status = text_in(item.get("status")).upper()
    if status == "ERROR" or logs.get("success") is False:
        failure = Failure(type=text_in(logs.get("errorType")) or "error", message=text_in(logs.get("error")))
        return {"status": "error", "failure": failure}
    return {"status": "ok" if status == "OK" else "unset"}


def _call(logs: Mapping[str, Any], attributes: Mapping[str, Any], llm: Mapping[str, Any]) -> Call | None:
    result = object_in(logs.get("functionResponse"))
    raw = result.get("rawResponse") if isinstance(result.get("rawResponse"), dict) else logs.get("functionResponse")
    is_named = any(name in attributes for name in _CALL_MARKS) or bool(llm)
    asked = next((logs[name] for name in _PROMPTS if logs.get(name) is not None), attributes.get("prompt.text"))
    model = text_in(attributes.get("llm.model")) or _text(llm, "model") or _text(result, "model")
    call = call_of(model, asked, raw, _usage(result))
    # What a function returned is an answer where somebody says so, or a vendor's own form does.
    if not is_named and not (call.response_model or call.response_id or "rawResponse" in result):
        return None
    if not call.output and result.get("responseText") is not None:
        call = msgspec.structs.replace(call, output=call_of(model, None, result["responseText"], {}).output)
    named = text_in(attributes.get("llm.provider")) or _text(llm, "provider") or _text(result, "provider")
    reason = _text(result, "finishReason")
    return msgspec.structs.replace(
        call,
        provider=named or call.provider,
        parameters={
            name: value for key, name in _PARAMETERS.items() if (value := number_in(attributes.get(key))) is not None
        },
        finish_reasons=call.finish_reasons or ((reason,) if reason else ()),
    )


def _usage(result: Mapping[str, Any]) -> dict[str, int]:
    tokens = object_in(result.get("tokens"))
    counts = {name: count_in(tokens.get(key)) for key, name in _COUNTS.items()}
    return {name: count for name, count in counts.items() if count is not None}


def _metadata(metadata: Mapping[str, Any]) -> dict[str, str]:
    own = {name: value for name, value in metadata.items() if name not in _OWN_METADATA and name not in _NESTED}
    nested = (object_in(metadata.get(name)) for name in ("customMetadata", "orgData"))
    user = {f"user.{name}": value for name, value in object_in(metadata.get("userMetadata")).items()}
    found = merged(own, *nested, user)
    return metadata_in({name: value for name, value in found.items() if name.removeprefix("user.") not in _LIFTED})


def _attributes(attributes: Mapping[str, Any], logs: Mapping[str, Any]) -> dict[str, Any]:
    more = {name: value for name, value in logs.items() if name not in _RESULT and name not in _PROMPTS}
    return {name: value for name, value in merged(attributes, more).items() if value is not None}


def _evaluations(logs: Mapping[str, Any], span: Span) -> list[LogEvent]:
    told = object_in(object_in(logs.get("functionResponse")).get("evaluation"))
    numbers = ((name, number_in(value)) for name, value in told.items())
    target = (span.trace_id, span.span_id)
    return [score_of(name, value, target, span.end_ns, span.session_id) for name, value in numbers if value is not None]


def _text(told: Mapping[str, Any], *names: str) -> str:
    return next((text for name in names if (text := text_in(told.get(name)))), "")
