"""LangChain's objects, read by the names of their fields."""

from collections.abc import Mapping
from typing import Any, cast

from headwater.compat.prysmai.client.integrations.telemetry import cut, shown
from headwater.compat.prysmai.client.shapes import fields, items

_ROLES = {"human": "user", "ai": "assistant", "AIMessageChunk": "assistant", "function": "tool"}
_MODEL_NAMES = ("model_name", "model", "model_id", "deployment_name")
# The many names of the three counts: LangChain's own, then those that vendors have.
_COUNTS = {
    "prompt_tokens": ("input_tokens", "prompt_tokens"),
    "completion_tokens": ("output_tokens", "completion_tokens"),
    "total_tokens": ("total_tokens",),
}


def name_of(serialized: Any) -> str:
    """What a serialized component is called; "" where it does not say."""
    found = fields(serialized)
    return str(found.get("name") or (items(found.get("id")) or [""])[-1] or "")


def model_of(serialized: Any, metadata: Mapping[str, Any] | None, more: Mapping[str, Any]) -> str:
    """Which model is asked."""
    kwargs, params = fields(fields(serialized).get("kwargs")), fields(more.get("invocation_params"))
    told = (source.get(name) for source in (params, kwargs) for name in _MODEL_NAMES)
    named = (metadata or {}).get("ls_model_name")
    return str(next((name for name in told if name), None) or named or name_of(serialized) or "unknown")


def message_of(message: Any) -> dict[str, Any]:
    """A message as role, content, and the calls of tools."""
    if isinstance(message, tuple | list):
        role, content = cast("tuple[Any, Any]", message)
        return {"role": _ROLES.get(str(role), str(role)), "content": shown(content)}
    kind = str(getattr(message, "type", "") or "unknown")
    found = {"role": _ROLES.get(kind, getattr(message, "role", None) or kind)}
    found["content"] = shown(getattr(message, "content", message))
    more = {name: shown(getattr(message, name, None)) for name in ("tool_calls", "tool_call_id", "name")}
    return {**found, **{name: value for name, value in more.items() if value}}


def completions_of(response: Any) -> list[Any]:
    """What a model has answered."""
    return [_completion_of(one) for one in _generations_of(response)]


def _completion_of(generation: Any) -> Any:
    message = getattr(generation, "message", None)
    if message is None:
        return cut(getattr(generation, "text", ""))
    calls = getattr(message, "tool_calls", None)
    content = shown(getattr(message, "content", ""))
    # A text stays a text; only an answer that calls tools is an object.
    return {"content": content, "tool_calls": shown(calls)} if calls else content


def usage_of(response: Any) -> dict[str, int]:
    """The counts of tokens, 0 where nobody counted."""
    output = fields(getattr(response, "llm_output", None))
    found = [output.get("token_usage"), output.get("usage")]
    found += [getattr(message, "usage_metadata", None) for message in _messages_of(response)]
    told = fields(next((usage for usage in found if usage), None))
    counts = {name: next((told[key] for key in keys if told.get(key)), 0) for name, keys in _COUNTS.items()}
    counts["total_tokens"] = counts["total_tokens"] or counts["prompt_tokens"] + counts["completion_tokens"]
    return counts


def answered_model_of(response: Any) -> str | None:
    """Which model has answered, where the answer says."""
    told = [fields(getattr(response, "llm_output", None))]
    told += [fields(getattr(message, "response_metadata", None)) for message in _messages_of(response)]
    return next((str(one[name]) for one in told for name in _MODEL_NAMES if one.get(name)), None)


def output_of(output: Any) -> Any:
    """What a tool has returned: of a message its content."""
    return getattr(output, "content", output)


def _generations_of(response: Any) -> list[Any]:
    return [one for batch in items(getattr(response, "generations", None)) for one in items(batch)]


def _messages_of(response: Any) -> list[Any]:
    found = (getattr(one, "message", None) for one in _generations_of(response))
    return [message for message in found if message is not None]
