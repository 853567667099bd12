"""Anthropic's messages."""

from collections.abc import Mapping
from typing import Any

from headwater.simulator.ask import Ask, Reply, Tool, Turn, images_in, items, mapping, text_of, whole_number
from headwater.simulator.mind import reply, thought
from headwater.simulator.wire import (
    Header,
    Received,
    Refused,
    Stream,
    Whole,
    World,
    dated,
    event,
    json_bytes,
    model_of,
    prompt_of,
    prompt_tokens_of,
)
from headwater.simulator.words import argument_pieces, number_of, pieces, tokens_of

_LEAST_CACHED_TOKENS = 1024
_MODELS = ("claude-opus-5", "claude-sonnet-5", "claude-opus-4-8", "claude-sonnet-4-6", "claude-haiku-4-5")
_ERROR_TYPES = {
    400: "invalid_request_error",
    401: "authentication_error",
    403: "permission_error",
    404: "not_found_error",
    413: "request_too_large",
    429: "rate_limit_error",
    529: "overloaded_error",
}


def messages(world: World, received: Received) -> Whole | Stream:
    """Answer `POST /v1/messages`. Raises Refused."""
    ask = _ask(received)
    if ask.max_tokens is None:
        raise Refused(400, "max_tokens: field required")
    answer = reply(ask)
    thinking = thought(ask) if mapping(received.body.get("thinking")).get("type") in ("enabled", "adaptive") else ""
    content = _content(world, received, answer, thinking)
    message = {
        "id": world.name("msg_", received),
        "type": "message",
        "role": "assistant",
        "model": dated(ask.model),
        "content": content,
        "stop_reason": "tool_use" if answer.calls else "max_tokens" if answer.is_cut else "end_turn",
        "stop_sequence": None,
        "usage": _usage(world, received, ask, content, thinking),
    }
    if received.body.get("stream"):
        return Stream(events=_events(message), broken=_broken(), headers=headers(world, received))
    return Whole(body=json_bytes(message), headers=headers(world, received))


def count_tokens(world: World, received: Received) -> Whole:
    """Answer `POST /v1/messages/count_tokens`. Raises Refused."""
    ask = _ask(received)
    count = prompt_tokens_of(ask, prompt_of(ask))
    return Whole(body=json_bytes({"input_tokens": count}), headers=headers(world, received))


def models(world: World, received: Received) -> Whole:
    """Answer `GET /v1/models` and `GET /v1/models/{name}`."""
    name = received.path.partition("/models/")[2]
    told = [
        {"type": "model", "id": each, "display_name": each, "created_at": "2025-10-01T00:00:00Z"} for each in _MODELS
    ]
    if not name:
        page = {"data": told, "has_more": False, "first_id": _MODELS[0], "last_id": _MODELS[-1]}
        return Whole(body=json_bytes(page), headers=headers(world, received))
    if name not in _MODELS:
        raise Refused(404, f"model: {name}")
    return Whole(body=json_bytes(told[_MODELS.index(name)]), headers=headers(world, received))


def headers(world: World, received: Received) -> tuple[Header, ...]:
    """The headers that Anthropic adds."""
    return (
        (b"request-id", world.name("req_", received).encode()),
        (b"anthropic-organization-id", b"simulated"),
        (b"anthropic-ratelimit-requests-remaining", b"999"),
        (b"anthropic-ratelimit-tokens-remaining", b"399000"),
    )


def error_body(status: int, message: str, param: str | None = None) -> bytes:
    """The body of an error."""
    return json_bytes({"type": "error", "error": {"type": _ERROR_TYPES.get(status, "api_error"), "message": message}})


def _broken() -> bytes:
    return event({"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}, "error")


def _ask(received: Received) -> Ask:
    body = received.body
    if not items(body.get("messages")):
        raise Refused(400, "messages: field required")
    system = [Turn(role="system", text=text)] if (text := text_of(body.get("system"))) else []
    form = mapping(mapping(body.get("output_config")).get("format") or body.get("output_format"))
    choice = mapping(body.get("tool_choice"))
    return Ask(
        model=model_of(received),
        turns=(*system, *(_turn(mapping(each)) for each in items(body.get("messages")))),
        tools=_tools(body),
        choice={"any": "required", "none": "none", "tool": str(choice.get("name"))}.get(
            str(choice.get("type")), "auto"
        ),
        is_parallel=not choice.get("disable_parallel_tool_use"),
        schema=mapping(form.get("schema")) if form.get("type") == "json_schema" else None,
        max_tokens=whole_number(body.get("max_tokens")),
    )


def _turn(message: Mapping[str, Any]) -> Turn:
    content = message.get("content")
    blocks = [mapping(each) for each in items(content)]
    return Turn(
        role=str(message.get("role")),
        text=text_of(content),
        called=tuple(str(each.get("name")) for each in blocks if each.get("type") == "tool_use"),
        results=tuple(text_of(each.get("content")) for each in blocks if each.get("type") == "tool_result"),
        images=images_in(content),
    )


def _tools(body: Mapping[str, Any]) -> tuple[Tool, ...]:
    """The user's own tools; the vendor's (web search and the like) are not called."""
    told = [mapping(each) for each in items(body.get("tools"))]
    return tuple(
        Tool(
            name=str(each.get("name", "")),
            description=str(each.get("description") or ""),
            schema=mapping(each.get("input_schema")),
        )
        for each in told
        if "input_schema" in each
    )


def _content(world: World, received: Received, answer: Reply, thinking: str) -> list[dict[str, Any]]:
    content: list[dict[str, Any]] = []
    if thinking:
        content.append({"type": "thinking", "thinking": thinking, "signature": f"c2lt{number_of(thinking):08x}=="})
    for place, call in enumerate(answer.calls):
        name = world.name("toolu_", received, place)
        content.append({"type": "tool_use", "id": name, "name": call.name, "input": dict(call.arguments)})
    if not answer.calls:
        content.append({"type": "text", "text": answer.text, "citations": None})
    return content


def _usage(world: World, received: Received, ask: Ask, content: list[dict[str, Any]], thinking: str) -> dict[str, Any]:
    """The three input counts share no token."""
    total = prompt_tokens_of(ask, prompt_of(ask))
    marked, ttl = _marked_prefix(received.body)
    marked_tokens = min(tokens_of(marked), total)
    is_cached = marked_tokens >= _LEAST_CACHED_TOKENS
    read = marked_tokens if is_cached and world.prefixes.has_seen(f"{ask.model}\n{marked}") else 0
    written = marked_tokens - read if is_cached else 0
    thought_tokens = tokens_of(thinking)
    made = thought_tokens + sum(tokens_of(each.get("text") or "") for each in content)
    made += sum(tokens_of(each["name"] + str(each["input"])) + 8 for each in content if each["type"] == "tool_use")
    usage: dict[str, Any] = {
        "input_tokens": total - read - written,
        "cache_creation_input_tokens": written,
        "cache_read_input_tokens": read,
        "cache_creation": {
            "ephemeral_5m_input_tokens": written if ttl == "5m" else 0,
            "ephemeral_1h_input_tokens": written if ttl == "1h" else 0,
        },
        "output_tokens": max(1, made),
        "service_tier": "standard",
    }
    return usage | {"output_tokens_details": {"thinking_tokens": thought_tokens}} if thinking else usage


def _marked_prefix(body: Mapping[str, Any]) -> tuple[str, str]:
    """What is before the last mark that asks for caching (tools, then system, then messages), and for how long."""
    blocks = [*items(body.get("tools")), *items(body.get("system"))]
    for message in items(body.get("messages")):
        content = mapping(message).get("content")
        blocks += items(content) or [content]
    last, ttl = 0, "5m"
    for place, block in enumerate(blocks, 1):
        if mark := mapping(mapping(block).get("cache_control")):
            last, ttl = place, str(mark.get("ttl", "5m"))
    told = [
        text_of([block]) or json_bytes({k: v for k, v in mapping(block).items() if k != "cache_control"}).decode()
        for block in blocks[:last]
    ]
    return "\n".join(told), ttl


def _events(message: dict[str, Any]) -> list[bytes]:
    usage = message["usage"]
    begun: dict[str, Any] = message | {"content": [], "stop_reason": None, "usage": usage | {"output_tokens": 1}}
    events = [_event("message_start", message=begun), _event("ping")]
    for index, block in enumerate(message["content"]):
        emptied, deltas = _in_deltas(block)
        events.append(_event("content_block_start", index=index, content_block=emptied))
        events += [_event("content_block_delta", index=index, delta=delta) for delta in deltas]
        events.append(_event("content_block_stop", index=index))
    end = {"stop_reason": message["stop_reason"], "stop_sequence": None}
    told = {name: value for name, value in usage.items() if name not in ("cache_creation", "service_tier")}
    return [*events, _event("message_delta", delta=end, usage=told), _event("message_stop")]


def _event(kind: str, **fields: Any) -> bytes:
    return event({"type": kind, **fields}, kind)


def _in_deltas(block: dict[str, Any]) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """A block of content as it begins, and what is added to it."""
    if block["type"] == "text":
        return block | {"text": ""}, [{"type": "text_delta", "text": piece} for piece in pieces(block["text"])]
    if block["type"] == "thinking":
        thinking = [{"type": "thinking_delta", "thinking": piece} for piece in pieces(block["thinking"])]
        return block | {"thinking": "", "signature": ""}, [
            *thinking,
            {"type": "signature_delta", "signature": block["signature"]},
        ]
    text = json_bytes(block["input"]).decode()
    deltas = [{"type": "input_json_delta", "partial_json": piece} for piece in argument_pieces(text)]
    return block | {"input": {}}, deltas
