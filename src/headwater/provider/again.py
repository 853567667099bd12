"""Again: a call that was told in nouns, as the request that its provider would take for it.

The other way round than all else in this room: messages, tools and parameters in, a provider's body out.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, cast

import msgspec

_LARGEST_MEDIA = 1_000_000
# The settings' names are OpenTelemetry's; these are not also the providers'.
_NAMES = {"choice.count": "n", "stop_sequences": "stop"}
_CHAT = frozenset({"", "chat", "invoke_agent", "generate_content", "text_completion"})


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """A call as it is shown: `input` are messages as mappings (role, parts), or the texts of embeddings; `tools` and
    `parameters` as they were recorded."""

    provider: str
    operation: str
    model: str
    input: Sequence[Any]
    tools: Sequence[Any] = ()
    parameters: Mapping[str, Any] = {}


class Again(msgspec.Struct, frozen=True, kw_only=True):
    """A request. `base_url` is "" where only the reader knows it; `credential` is the header that carries the key, with
    its scheme before the space, if any; `headers` are those needed besides."""

    base_url: str
    path: str
    credential: str
    headers: Mapping[str, str] = {}
    body: Mapping[str, Any]


def request_again(told: Told) -> Again | None:
    """Make the request; None for a call of a kind that cannot be put together again."""
    if not told.input:
        return None
    names = {} if told.provider == "anthropic" else _NAMES
    parameters = {names.get(name, name): value for name, value in told.parameters.items()}
    if told.operation == "embeddings":
        return _openai_at("/embeddings", told, lambda asked: {"input": list(asked.input)}, parameters)
    if told.operation not in _CHAT or not any(_said(message) for message in told.input):
        return None
    if told.provider == "anthropic":
        return Again(
            base_url="https://api.anthropic.com/v1",
            path="/messages",
            credential="x-api-key:",
            headers={"anthropic-version": "2023-06-01"},
            body={"model": told.model, **_anthropic(told), **parameters},
        )
    return _openai_at("/chat/completions", told, _openai, parameters)


def _openai_at(path: str, told: Told, body: Callable[[Told], dict[str, Any]], parameters: Mapping[str, Any]) -> Again:
    return Again(
        base_url="https://api.openai.com/v1" if told.provider == "openai" else "",
        path=path,
        credential="authorization: Bearer",
        body={"model": told.model, **body(told), **parameters},
    )


def _said(message: Any) -> Mapping[str, Any] | None:
    whole = _mapping(message)
    return whole if isinstance(whole.get("role"), str) and isinstance(whole.get("parts"), list | tuple) else None


def _parts(message: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [_mapping(part) for part in cast("Sequence[Any]", message["parts"])]


def _mapping(value: Any) -> Mapping[str, Any]:
    return cast("Mapping[str, Any]", value) if isinstance(value, Mapping) else {}


def _text(value: Any) -> str:
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


def _media(part: Mapping[str, Any]) -> str:
    """The bytes of a part as base64, "" where they are not here or are too many for a command."""
    content = part.get("content")
    return content if isinstance(content, str) and len(content) <= _LARGEST_MEDIA else ""


def _openai(told: Told) -> dict[str, Any]:
    said = [whole for message in told.input if (whole := _said(message))]
    body: dict[str, Any] = {"messages": [each for whole in said for each in _openai_message(whole)]}
    if told.tools:
        body["tools"] = [{"type": "function", "function": _tool(tool)} for tool in told.tools]
    return body


def _openai_message(whole: Mapping[str, Any]) -> Iterable[dict[str, Any]]:
    parts = _parts(whole)
    answers = [part for part in parts if part.get("type") == "tool_call_response"]
    for part in answers:
        yield {"role": "tool", "tool_call_id": part.get("id"), "content": _text(part.get("response"))}
    content = [each for part in parts if (each := _openai_part(part))]
    calls = [_openai_call(part) for part in parts if part.get("type") == "tool_call"]
    if answers and not content and not calls:
        return
    texts = [each["text"] for each in content if each["type"] == "text"]
    is_plain = len(texts) == len(content)
    message: dict[str, Any] = {"role": whole["role"], "content": "\n".join(texts) if is_plain else content}
    yield message | ({"tool_calls": calls} if calls else {})


def _openai_part(part: Mapping[str, Any]) -> dict[str, Any] | None:
    match part.get("type"):
        case "text":
            return {"type": "text", "text": _text(part.get("content"))}
        case "blob" if content := _media(part):
            return {"type": "image_url", "image_url": {"url": f"data:{part.get('mime_type')};base64,{content}"}}
        case "uri":
            return {"type": "image_url", "image_url": {"url": _text(part.get("uri"))}}
        case "blob" | "file":
            return {"type": "text", "text": "[media left out]"}
        case _:
            return None


def _openai_call(part: Mapping[str, Any]) -> dict[str, Any]:
    function = {"name": part.get("name"), "arguments": _text(part.get("arguments"))}
    return {"id": part.get("id"), "type": "function", "function": function}


def _tool(tool: Any) -> Any:
    whole = _mapping(tool)
    return {name: whole[name] for name in ("name", "description", "parameters") if name in whole} or tool


def _anthropic(told: Told) -> dict[str, Any]:
    said = [whole for message in told.input if (whole := _said(message))]
    system = [part for whole in said if whole["role"] in _SYSTEM for part in _parts(whole)]
    messages = [_anthropic_message(whole) for whole in said if whole["role"] not in _SYSTEM]
    body: dict[str, Any] = {"max_tokens": 1024, "messages": messages}
    if system:
        body["system"] = "\n".join(_text(part.get("content")) for part in system if part.get("type") == "text")
    if told.tools:
        body["tools"] = [_anthropic_tool(tool) for tool in told.tools]
    return body


_SYSTEM = ("system", "developer")


def _anthropic_message(whole: Mapping[str, Any]) -> dict[str, Any]:
    role = "assistant" if whole["role"] == "assistant" else "user"
    return {"role": role, "content": [each for part in _parts(whole) if (each := _anthropic_part(part))]}


def _anthropic_part(part: Mapping[str, Any]) -> dict[str, Any] | None:
    match part.get("type"):
        case "text":
            return {"type": "text", "text": _text(part.get("content"))}
        case "tool_call":
            given = part.get("arguments")
            return {"type": "tool_use", "id": part.get("id"), "name": part.get("name"), "input": given or {}}
        case "tool_call_response":
            return {"type": "tool_result", "tool_use_id": part.get("id"), "content": _text(part.get("response"))}
        case "blob" if content := _media(part):
            source = {"type": "base64", "media_type": part.get("mime_type"), "data": content}
            return {"type": "image", "source": source}
        case "uri":
            return {"type": "image", "source": {"type": "url", "url": _text(part.get("uri"))}}
        case "blob" | "file":
            return {"type": "text", "text": "[media left out]"}
        case _:
            return None


def _anthropic_tool(tool: Any) -> Any:
    whole = dict(_mapping(_tool(tool)))
    if "parameters" in whole:
        whole["input_schema"] = whole.pop("parameters")
    return whole or tool
