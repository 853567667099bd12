"""A span's facts under their OpenTelemetry names (semantic-conventions v1.41.1, gen_ai), and ours where it has none."""

import math
from collections.abc import Mapping
from typing import Any, cast

import msgspec

from headwater.event import Call, Message, Span, SpanKind, ToolDefinition, Usage
from headwater.outbox.values import json_text, text_of

# What the conventions call a step, and where they keep its name.
_OPERATIONS: dict[SpanKind, tuple[str, str]] = {
    "agent": ("invoke_agent", "gen_ai.agent.name"),
    "tool": ("execute_tool", "gen_ai.tool.name"),
    "chain": ("invoke_workflow", "gen_ai.workflow.name"),
}
_CALL_TEXTS = (
    ("gen_ai.operation.name", "operation"),
    ("gen_ai.provider.name", "provider"),
    ("gen_ai.request.model", "request_model"),
    ("gen_ai.response.model", "response_model"),
    ("gen_ai.response.id", "response_id"),
)
_COUNTS = (
    ("gen_ai.usage.cache_read.input_tokens", "cache_read"),
    ("gen_ai.usage.cache_creation.input_tokens", "cache_write"),
    ("gen_ai.usage.reasoning.output_tokens", "reasoning"),
    ("gen_ai.usage.audio.input_tokens", "input_audio"),
    ("gen_ai.usage.audio.output_tokens", "output_audio"),
)
# The conventions keep these settings elsewhere; under their own name they would be no setting to a reader of settings.
_ELSEWHERE = {
    "output.type": "gen_ai.output.type",
    "embeddings.dimension.count": "gen_ai.embeddings.dimension.count",
}


def attributes_of(span: Span) -> dict[str, Any]:
    """Return a span's attributes by name, values as Python values; the span's own come first and are overruled."""
    found: dict[str, Any] = dict(span.attributes)
    if span.session_id:
        found["session.id"] = span.session_id
    if span.user_id:
        found["user.id"] = span.user_id
    if span.tags:
        found["headwater.tags"] = span.tags
    for key, value in span.metadata.items():
        found[f"headwater.metadata.{key}"] = value
    if span.call is not None:
        _add_call(found, span.call)
    else:
        _add_step(found, span)
    if span.failure is not None:
        found["error.type"] = span.failure.type
        if span.failure.http_status is not None:
            found["http.response.status_code"] = span.failure.http_status
    return found


def name_of(span: Span) -> str:
    """Return a span's name, made as the conventions make it where it has none."""
    if span.name:
        return span.name
    if span.call is not None:
        return f"{span.call.operation} {span.call.request_model}".rstrip()
    operation = _OPERATIONS.get(span.kind, (span.kind, ""))[0]
    return f"{operation} {span.tool_name or span.agent_name}".rstrip()


def _add_call(found: dict[str, Any], call: Call) -> None:
    for name, field in _CALL_TEXTS:
        if value := getattr(call, field):
            found[name] = value
    for key, value in call.parameters.items():
        found[f"gen_ai.request.{key}"] = value
        if key in _ELSEWHERE:
            found[_ELSEWHERE[key]] = value
    if call.finish_reasons:
        found["gen_ai.response.finish_reasons"] = call.finish_reasons
    if call.is_stream is not None:
        found["gen_ai.request.stream"] = call.is_stream
    if call.ttft_ns is not None:
        found["gen_ai.response.time_to_first_chunk"] = _seconds(call.ttft_ns)
    if call.attempts > 1:
        found["headwater.attempts"] = call.attempts
    if call.usage is not None:
        _add_usage(found, call.usage)
    _add_talk(found, call.input, call.output)
    _add_rest(found, call)


def _add_rest(found: dict[str, Any], call: Call) -> None:
    """What few calls have."""
    if call.tools:
        found["gen_ai.tool.definitions"] = json_text([_definition(tool) for tool in call.tools])
    if call.reported_cost_usd is not None:
        found["gen_ai.usage.cost"] = call.reported_cost_usd
    if call.service_tier:
        vendor = "openai" if "openai" in call.provider else "anthropic" if call.provider == "anthropic" else "gen_ai"
        found[f"{vendor}.response.service_tier"] = call.service_tier


def _add_usage(found: dict[str, Any], usage: Usage) -> None:
    if (input_tokens := usage.input_tokens) is not None:
        found["gen_ai.usage.input_tokens"] = input_tokens
    if (output_tokens := usage.output_tokens) is not None:
        found["gen_ai.usage.output_tokens"] = output_tokens
    for name, field in _COUNTS:
        if count := getattr(usage, field):
            found[name] = count
    if usage.cache_write_1h:
        found["anthropic.usage.cache_creation.ephemeral_5m_input_tokens"] = usage.cache_write_5m
        found["anthropic.usage.cache_creation.ephemeral_1h_input_tokens"] = usage.cache_write_1h
    if usage.reported:
        found["gen_ai.usage.raw"] = json_text(usage.reported)


def _add_talk(found: dict[str, Any], given: tuple[Message, ...], gave: tuple[Message, ...]) -> None:
    if given:
        found["gen_ai.input.messages"] = messages_text(given)
    if gave:
        found["gen_ai.output.messages"] = messages_text(gave)


def messages_text(messages: tuple[Message, ...]) -> str:
    """Encode a conversation by the conventions' schema, which wants `parts` even of a message without any."""
    if all([message.parts for message in messages]):
        return json_text(messages)
    return json_text([message if message.parts else {**_fields(message), "parts": []} for message in messages])


def _fields(message: Message) -> dict[str, Any]:
    return {name: value for name, value in msgspec.structs.asdict(message).items() if value is not None}


def _definition(tool: ToolDefinition) -> dict[str, Any]:
    """A tool by the conventions' schema, which wants a type and a name; the vendor's own form where no field fits."""
    raw: Any = tool.raw
    if isinstance(raw, Mapping):
        return {"type": tool.type, "name": tool.name, **cast("Mapping[str, Any]", raw)}
    found = {"type": tool.type, "name": tool.name, "description": tool.description, "parameters": tool.parameters}
    return {name: value for name, value in found.items() if value is not None}


def _seconds(duration_ns: int) -> float:
    """Nanoseconds as seconds that, cut to nanoseconds again, are the same."""
    seconds = duration_ns / 1e9
    return seconds if int(seconds * 1e9) == duration_ns else math.nextafter(seconds, math.inf)


def _add_step(found: dict[str, Any], span: Span) -> None:
    found["headwater.span.kind"] = span.kind
    if span.kind in _OPERATIONS:
        operation, name = _OPERATIONS[span.kind]
        found["gen_ai.operation.name"] = operation
        found[name] = span.name
    elif span.kind == "retrieval":
        found["gen_ai.operation.name"] = "retrieval"
    if span.tool_name:
        found["gen_ai.tool.name"] = span.tool_name
    if span.agent_name:
        found["gen_ai.agent.name"] = span.agent_name
    if span.input is not None:
        found[_input_name(span)] = text_of(span.input)
    if span.output is not None:
        found[_output_name(span)] = text_of(span.output)
    _add_talk(found, span.input_messages, span.output_messages)


def _input_name(span: Span) -> str:
    if span.kind == "tool":
        return "gen_ai.tool.call.arguments"
    if span.kind == "retrieval" and isinstance(span.input, str):
        return "gen_ai.retrieval.query.text"
    return "input.value"


def _output_name(span: Span) -> str:
    if span.kind == "tool":
        return "gen_ai.tool.call.result"
    return "gen_ai.retrieval.documents" if span.kind == "retrieval" and _are_documents(span.output) else "output.value"


def _are_documents(value: Any) -> bool:
    """Whether the conventions' schema of documents fits: each has an id and a score."""
    if not isinstance(value, list | tuple):
        return False
    items = cast("list[Any]", value)
    return bool(items) and all(isinstance(item, Mapping) and "id" in item and "score" in item for item in items)
