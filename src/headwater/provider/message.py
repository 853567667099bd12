"""Messages, whoever wrote them down.

A message is told as an object with `parts` (OpenTelemetry, Gemini) or `content` (OpenAI, Anthropic, Vercel AI,
LangChain, Bedrock), as an item that is a message by itself (Responses), as a bare part, or as a text. Items and bare
parts that stand beside each other and have one speaker make one message: an answer is one message however it was cut.
"""

from typing import Any, NamedTuple

from headwater.event import Message, Part, Reasoning, Text, ToolCall, ToolCallResponse, Unknown
from headwater.provider.narrow import is_list, is_object, list_of, object_of, objects_of, text_of, text_or_none, word_of
from headwater.provider.part import part_from, parts_from, reasoning_from, tool_call_from

_MAX_DEPTH = 6
_ROLES = {"human": "user", "ai": "assistant", "model": "assistant", "AIMessageChunk": "assistant"}
_LANGCHAIN = {
    "HumanMessage": "user",
    "AIMessage": "assistant",
    "AIMessageChunk": "assistant",
    "SystemMessage": "system",
    "ToolMessage": "tool",
    "human": "user",
    "ai": "assistant",
    "system": "system",
    "tool": "tool",
}
# Who speaks where an item names no role.
_SPEAKERS = {
    "reasoning": "assistant",
    "function_call": "assistant",
    "custom_tool_call": "assistant",
    "mcp_call": "assistant",
    "tool_use": "assistant",
    "server_tool_use": "assistant",
    "tool_call": "assistant",
    "tool-call": "assistant",
    "thinking": "assistant",
    "function_call_output": "tool",
    "custom_tool_call_output": "tool",
    "tool_call_response": "tool",
    "tool-result": "tool",
}
_TOOL_ROLES = frozenset({"tool", "function"})


class _Said(NamedTuple):
    """A message, and whether it is a piece that may join its neighbour."""

    message: Message
    is_piece: bool = False


def message_from(value: Any, default_role: str = "user") -> Message:
    """Read one message of any known shape; `default_role` speaks where the value does not say who does."""
    if value.__class__ is dict:
        role, parts = value.get("role"), value.get("parts")
        if parts.__class__ is list and role.__class__ is str:
            return Message(
                role=_speaker(role),
                parts=tuple([part_from(item) for item in parts]),
                name=text_or_none(value.get("name")),
                finish_reason=text_or_none(value.get("finish_reason")),
            )
        if len(value) == 2 and role.__class__ is str and role not in _TOOL_ROLES:
            content = value.get("content")
            if content.__class__ is str:
                return Message(role=_speaker(role), parts=(Text(content=content),) if content else ())
    return _said(value, default_role, 0).message


def messages_from(value: Any, default_role: str = "user") -> tuple[Message, ...]:
    """Read one message, a list of them, or an object that holds such a list (a request's, a response's)."""
    if value.__class__ is list:
        simple = [message_from(item, default_role) for item in value if _is_whole(item)]
        if len(simple) == len(value):
            return tuple(simple)
    return tuple(_joined(_all_said(value, default_role, 0)))


def _speaker(role: str) -> str:
    return _ROLES.get(role, role)


def _is_whole(item: Any) -> bool:
    return item.__class__ is dict and item.get("role").__class__ is str and "type" not in item


def _all_said(value: Any, role: str, depth: int) -> list[_Said]:
    if value is None or depth > _MAX_DEPTH:
        return []
    if is_list(value):
        if value and isinstance(value[0], int | float):
            return [_Said(_unknown("tokens", value, role))]
        return [said for item in value for said in _all_said(item, role, depth + 1)]
    held = _held(value) if is_object(value) else None
    if held is None:
        return [_said(value, role, depth)]
    return [said for inner, speaker in held for said in _all_said(inner, speaker or role, depth + 1)]


# Objects that hold messages: the key, and who speaks in them where they do not say.
_HOLDERS = (
    ("messages", ""),
    ("contents", ""),
    ("prompt", "user"),
    ("input", "user"),
    ("choices", "assistant"),
    ("candidates", "assistant"),
    ("output", "assistant"),
    ("generations", "assistant"),
)
_SYSTEM_HOLDERS = ("system", "instructions", "systemInstruction", "system_instruction")
_OWN_WORDS = ("role", "parts", "content", "type", "message", "tool_calls", "toolName")


def _held(value: dict[str, Any]) -> list[tuple[Any, str]] | None:
    """What messages an object holds, and their speakers; None where it is a message or an unknown thing itself."""
    if any(word in value for word in _OWN_WORDS):
        return None
    for key, speaker in _HOLDERS:
        inner = value.get(key)
        if inner is not None and (is_list(inner) or isinstance(inner, str) or key in ("messages", "output")):
            systems = [(_system(value[name]), "system") for name in _SYSTEM_HOLDERS if value.get(name)]
            return [*systems, (inner, speaker)]
    return None


def _system(value: Any) -> Any:
    """System instructions are one message, also where they come as a list of parts."""
    return {"role": "system", "content": value} if is_list(value) else value


def _joined(all_said: list[_Said]) -> list[Message]:
    found: list[Message] = []
    was_piece = False
    for message, is_piece in all_said:
        last = found[-1] if found else None
        if last is not None and (is_piece or was_piece) and last.role == message.role and message.role != "tool":
            found[-1] = Message(
                role=last.role,
                parts=last.parts + message.parts,
                name=last.name or message.name,
                finish_reason=message.finish_reason or last.finish_reason,
            )
        else:
            found.append(message)
        was_piece = is_piece
    return found


def _said(value: Any, default_role: str, depth: int) -> _Said:
    if isinstance(value, str):
        return _Said(Message(role=default_role, parts=parts_from(value)))
    if not is_object(value):
        return _Said(_unknown(type(value).__name__, value, default_role))
    inner = value.get("message")
    if is_object(inner) and depth <= _MAX_DEPTH:
        return _choice(value, inner, default_role, depth)
    role = value.get("role")
    kind = value.get("type")
    if isinstance(role, str) and ("content" in value or "parts" in value or "tool_calls" in value):
        return _Said(_told(value, _speaker(role)), kind == "message" and role == "assistant")
    if _is_langchain(value):
        return _Said(_langchain(value, default_role))
    if isinstance(kind, str) and kind != "message":
        return _Said(_piece(value, kind, default_role), is_piece=True)
    return _Said(_roleless(value, _speaker(role) if isinstance(role, str) else default_role))


def _choice(value: dict[str, Any], inner: dict[str, Any], default_role: str, depth: int) -> _Said:
    """A choice of an answer: the message, and why it ended."""
    message = _said(inner, "assistant" if default_role == "user" else default_role, depth + 1).message
    reason = text_or_none(value.get("finish_reason")) or message.finish_reason
    return _Said(Message(role=message.role, parts=message.parts, name=message.name, finish_reason=reason))


def _told(value: dict[str, Any], role: str) -> Message:
    """A message with a role."""
    content = value.get("content")
    name, reason = text_or_none(value.get("name")), text_or_none(value.get("finish_reason"))
    if role in _TOOL_ROLES and (answer := _tool_answer(value, content)) is not None:
        return Message(role=role, parts=(answer,), name=name)
    parts = [*_thought(value), *parts_from(content), *_listed_parts(value)]
    return Message(role=role, parts=tuple(parts), name=name, finish_reason=reason)


def _tool_answer(value: dict[str, Any], content: Any) -> Part | None:
    """What a tool answered, where the content itself does not say so part by part."""
    if any(isinstance(part, ToolCallResponse) for part in (parts_from(content) if is_list(content) else ())):
        return None
    if "parts" in value:
        return None
    return ToolCallResponse(response=content, id=text_or_none(value.get("tool_call_id") or value.get("id")))


def _thought(value: dict[str, Any]) -> list[Part]:
    """Reasoning beside the content, as DeepSeek, xAI, vLLM (reasoning_content) and OpenRouter (reasoning) tell it."""
    for name in ("reasoning_content", "reasoning"):
        told = value.get(name)
        thought = reasoning_from(told) if told else None
        if thought is not None:
            return [thought]
    if "reasoning_details" not in value:
        return []
    details = [text_of(item.get("text") or item.get("summary")) for item in objects_of(value.get("reasoning_details"))]
    return [Reasoning(content="".join(details))] if any(details) else []


def _listed_parts(value: dict[str, Any]) -> list[Part]:
    """The parts that stand beside the content: `parts`, a refusal, spoken audio and tool calls."""
    found: list[Part] = [part_from(item) for item in list_of(value.get("parts"))]
    if isinstance(value.get("refusal"), str) and value["refusal"]:
        found.append(refusal_part(value["refusal"]))
    if is_object(value.get("audio")):
        found.append(part_from({"type": "audio", "audio": value["audio"]}))
    calls = value.get("tool_calls") or object_of(value.get("additional_kwargs")).get("tool_calls")
    found.extend(_calls(calls))
    if not calls and is_object(value.get("function_call")):
        found.extend(_calls([{"function": value["function_call"]}]))
    return found


def _calls(value: Any) -> list[Part]:
    return [tool_call_from(item) or part_from(item) for item in list_of(value) if item is not None]


def refusal_part(text: str) -> Unknown:
    """A refusal, which the conventions have no part for."""
    return Unknown(generic_type="refusal", raw={"type": "refusal", "refusal": text})


def _is_langchain(value: dict[str, Any]) -> bool:
    return value.get("lc") == 1 or (
        text_of(value.get("type")) in _LANGCHAIN and ("content" in value or "data" in value)
    )


def _langchain(value: dict[str, Any], default_role: str) -> Message:
    kind, told = word_of(value.get("type")), value
    if value.get("lc") == 1:
        path = list_of(value.get("id"))
        kind, told = word_of(path[-1]) if path else "", object_of(value.get("kwargs"))
    elif is_object(value.get("data")):
        told = value["data"]
    return _told(told, _LANGCHAIN.get(kind, default_role))


def _piece(value: dict[str, Any], kind: str, default_role: str) -> Message:
    role = _SPEAKERS.get(kind, default_role)
    if kind == "reasoning" and "summary" in value:
        thought = reasoning_from(value)
        hidden = Unknown(generic_type=kind, raw=value)
        return Message(role=role, parts=(hidden if thought is None else thought,))
    if kind == "mcp_call" and value.get("output") is not None:
        answer = ToolCallResponse(response=value["output"], id=text_or_none(value.get("id")))
        return Message(role=role, parts=(part_from(value), answer))
    return Message(role=role, parts=(part_from(value),))


def _roleless(value: dict[str, Any], role: str) -> Message:
    """A message or the body of a message event that leaves its role to the caller."""
    content = value.get("content")
    if is_object(content) and "parts" in content:
        reason = text_or_none(value.get("finishReason"))
        told = _told(content, _speaker(word_of(content.get("role"))) or role)
        return Message(role=told.role, parts=told.parts, name=told.name, finish_reason=reason)
    if "content" in value or "parts" in value or "tool_calls" in value:
        return _told(value, role)
    text = value.get("text")
    if isinstance(text, str):
        reason = text_or_none(value.get("finish_reason"))
        return Message(role=role, parts=parts_from(text), finish_reason=reason)
    part = part_from(value)
    return Message(role="assistant" if isinstance(part, ToolCall) else role, parts=(part,))


def _unknown(kind: str, value: Any, role: str) -> Message:
    return Message(role=role, parts=(Unknown(generic_type=kind, raw=value),))
