"""What requests have in common: settings under their conventional names, whom they are for, what tools they offer."""

from collections.abc import Mapping
from typing import Any

import msgspec

from headwater.event import Message
from headwater.provider.dialect import Asked
from headwater.provider.narrow import decoded, is_list, is_object, object_of, text_of, word_of
from headwater.provider.tool import tool_definitions_from

# https://opentelemetry.io/docs/specs/semconv/registry/attributes/gen-ai/ and, for reasoning.level and
# previous_response.id, the conventions' own repository.
_PARAMETER_NAMES = {
    "max_completion_tokens": "max_tokens",
    "max_output_tokens": "max_tokens",
    "stop": "stop_sequences",
    "n": "choice.count",
    "reasoning_effort": "reasoning.level",
    "previous_response_id": "previous_response.id",
    "encoding_format": "encoding_formats",
    "dimensions": "embeddings.dimension.count",
}
_LISTS = frozenset({"stop", "encoding_format"})
_OUTPUT_TYPES = {"json_schema": "json", "json_object": "json", "text": "text"}
# What a request says outside its settings.
_MESSAGES = {"messages", "input", "prompt", "instructions", "system"}
_IDENTITY = {"user", "safety_identifier", "metadata", "conversation"}
_NO_PARAMETERS = frozenset(
    {"model", "tools", "functions", "stream", "stream_options", "service_tier"} | _MESSAGES | _IDENTITY
)


def asked_from(
    body: Mapping[str, Any], operation: str, messages: tuple[Message, ...], keep: frozenset[str] = frozenset()
) -> Asked:
    """Make an `Asked` of a body whose messages are read; names in `keep` are settings though they are not elsewhere."""
    metadata = object_of(body.get("metadata"))
    user, session_id = _identity(body, metadata)
    stream = body.get("stream")
    return Asked(
        model=text_of(body.get("model")),
        operation=operation,
        messages=messages,
        tools=tool_definitions_from(body.get("tools") or body.get("functions") or []),
        parameters=_parameters(body, _NO_PARAMETERS - keep),
        is_stream=stream if isinstance(stream, bool) else None,
        user=user,
        session_id=session_id,
        metadata={key: _as_text(value) for key, value in metadata.items() if value is not None},
        service_tier=text_of(body.get("service_tier")),
    )


def _parameters(body: Mapping[str, Any], left_out: frozenset[str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in body.items():
        if value is None or key in left_out:
            continue
        found[_PARAMETER_NAMES.get(key, key)] = [value] if key in _LISTS and not is_list(value) else value
    effort = object_of(body.get("reasoning")).get("effort")
    if isinstance(effort, str):
        found["reasoning.level"] = effort
    output_type = _output_type(body)
    if output_type:
        found["output.type"] = output_type
    return found


def _output_type(body: Mapping[str, Any]) -> str:
    told = body.get("response_format") or object_of(body.get("text")).get("format")
    told = told or object_of(body.get("output_config")).get("format") or body.get("output_format")
    return _OUTPUT_TYPES.get(text_of(object_of(told).get("type")), "")


def _identity(body: Mapping[str, Any], metadata: dict[str, Any]) -> tuple[str, str]:
    """User and session. Anthropic has the user in the metadata, and its own tools put a session in there as well."""
    user = text_of(body.get("user")) or text_of(body.get("safety_identifier")) or word_of(metadata.get("user_id"))
    conversation = body.get("conversation")
    session = word_of(conversation.get("id") if is_object(conversation) else conversation)
    session = session or word_of(metadata.get("session_id")) or _session_of(user)
    return user, session


def _session_of(user: str) -> str:
    if user.startswith("{"):
        return word_of(object_of(decoded(user)).get("session_id"))
    return user.partition("_session_")[2]


def _as_text(value: Any) -> str:
    if isinstance(value, str):
        return value
    try:
        return msgspec.json.encode(value).decode()
    except (msgspec.MsgspecError, ValueError, TypeError, RecursionError):
        return ""
