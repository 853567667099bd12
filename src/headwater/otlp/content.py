"""What was asked of a model and what it said, from whichever attributes tell it.

`names.INPUTS` and `names.OUTPUTS` say where to look, in which order and with which reader; the first that finds a
message wins. The shapes of messages themselves are the provider room's knowledge.
"""

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

import msgspec

from headwater.event import (
    Message,
    Part,
    Reasoning,
    SpanEvent,
    Text,
    ToolCall,
    ToolCallResponse,
    ToolDefinition,
    Unknown,
)
from headwater.otlp import indexed
from headwater.otlp.find import Found
from headwater.otlp.names import DETAIL_EVENTS, EVENT_BODIES, INPUTS, MESSAGE_EVENTS, OUTPUTS
from headwater.otlp.values import decoded, is_deep, is_list, is_object, may_be_deep
from headwater.provider import (
    Exchange,
    exchange_from,
    message_from,
    messages_from,
    tool_call_from,
    tool_definitions_from,
)

_Messages = tuple[Message, ...]
_CONVENTIONAL = msgspec.json.Decoder(tuple[Message, ...])
# Answers of other operations are results for machines, not messages.
_SPEAKING = frozenset({"chat", "text_completion", "generate_content"})


class Content(msgspec.Struct, frozen=True, kw_only=True):
    """The two sides of a call; `exchange` is the raw request and answer, where the sender kept them as JSON."""

    input: _Messages = ()
    output: _Messages = ()
    tools: tuple[ToolDefinition, ...] = ()
    exchange: Exchange | None = None


def content_of(found: Found, events: tuple[SpanEvent, ...]) -> Content:
    """Return what a call's attributes tell of it and, where these are silent, its events."""
    exchange = _exchange(found)
    given = _first(found, exchange, INPUTS, "user")
    gave = _first(found, exchange, OUTPUTS, "assistant")
    if not given or not gave:
        told = [side for event in events if (side := sides_of_event(event.name, event.attributes)) is not None]
        given = given or tuple([message for side in told for message in side[0]])
        gave = gave or tuple([message for side in told for message in side[1]])
    return Content(
        input=_with_system(found.fields.get("system"), given),
        output=gave,
        tools=_tools(found, exchange),
        exchange=exchange,
    )


def conversation_from(value: Any, role: str) -> _Messages:
    """Return messages in the conventions' form (JSON in a text, or structured) or in any other.

    What the conventions' form reads without parts may have told them in another: `content`, for one.
    """
    if value.__class__ is str:
        try:
            read = _CONVENTIONAL.decode(value)
        except (msgspec.MsgspecError, RecursionError, UnicodeError):
            return messages_from(decoded(value), role) if value else ()
        if all([message.parts for message in read]):
            return messages_from(value, role) if _holds_depth(value, read) else _plainer(read)
        value = decoded(value)
    return messages_from(value, role)


def sides_of_event(name: str, attributes: Mapping[str, Any], body: Any = None) -> tuple[_Messages, _Messages] | None:
    """Return the input and output messages that an event tells, or None for an event that tells none.

    The older conventions (<= 1.36) have an event a message, with the content in the body or, on a span's events, in
    one attribute as JSON or in several; the newer ones have all of it in the attributes of one.
    """
    if name in DETAIL_EVENTS:
        given = conversation_from(attributes.get("gen_ai.input.messages"), "user")
        gave = conversation_from(attributes.get("gen_ai.output.messages"), "assistant")
        return _with_system(attributes.get("gen_ai.system_instructions"), given), gave
    if name not in MESSAGE_EVENTS:
        return None
    role, is_output = MESSAGE_EVENTS[name]
    body = decoded(body)
    if body is None:
        held = next((attributes[key] for key in EVENT_BODIES if key in attributes), None)
        body = _told_by(attributes) if held is None else decoded(held)
    said = _said(body, role)
    return ((), said) if is_output else (said, ())


def conversation_of_events(events: list[Any]) -> tuple[_Messages, _Messages]:
    """Return the input and output messages of events that are told as objects with an `event.name`."""
    told = [event for event in events if is_object(event)]
    sides = [sides_of_event(str(event.get("event.name")), {}, event) for event in told]
    given = [message for side in sides if side is not None for message in side[0]]
    gave = [message for side in sides if side is not None for message in side[1]]
    return tuple(given), tuple(gave)


def _told_by(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """The body of an event whose fields are attributes, which cannot be objects in older libraries."""
    return {name: decoded(value) if name in ("message", "tool_calls") else value for name, value in attributes.items()}


def _said(body: Any, role: str) -> _Messages:
    if is_list(body):
        return messages_from(body, role)
    if is_object(body) and role == "tool" and "role" not in body:
        body = {"role": "tool", **body}
    return () if body is None or body == {} else (message_from(body, role),)


def _exchange(found: Found) -> Exchange | None:
    request = _body(found, _INPUT_BODIES)
    response = _body(found, _OUTPUT_BODIES)
    if request.__class__ not in _BODIES and response.__class__ not in _BODIES:
        return None
    return exchange_from(request, response)


def _body(found: Found, names: tuple[str, ...]) -> Any:
    attributes = found.attributes
    for name in names:
        if name in attributes:
            return decoded(attributes[name])
    return None


def _first(found: Found, exchange: Exchange | None, table: tuple[tuple[str, str], ...], role: str) -> _Messages:
    attributes, groups = found.attributes, found.groups
    for name, reader in table:
        value = attributes.get(name)
        if value is None:
            value = groups.get(name)
        if value == "null":
            continue
        if value is None and (reader != "vercel" or "ai.operationId" not in attributes):
            continue
        messages = _READERS[reader](value, role, found, exchange)
        if messages:
            return messages
    return ()


_Reader = Callable[[Any, str, Found, Exchange | None], _Messages]


def _read_messages(value: Any, role: str, _found: Found, _exchange: Exchange | None) -> _Messages:
    return conversation_from(value, role)


def _read_body(value: Any, role: str, _found: Found, exchange: Exchange | None) -> _Messages:
    if exchange is not None:
        side = exchange.asked if role == "user" else exchange.answered
        if side is not None and side.messages:
            return side.messages
        if role == "assistant" and exchange.operation not in _SPEAKING:
            return ()
    return messages_from(decoded(value), role)


def _read_indexed(value: Any, role: str, _found: Found, _exchange: Exchange | None) -> _Messages:
    return messages_from(indexed.messages(value), role)


def _read_inner_texts(value: Any, role: str, _found: Found, _exchange: Exchange | None) -> _Messages:
    return tuple([Message(role=role, parts=(Text(content=text),)) for text in indexed.inner_texts(value)])


def _read_texts(value: Any, role: str, _found: Found, _exchange: Exchange | None) -> _Messages:
    texts = [decoded(item) for item in (value if is_list(value) else [value])]
    return tuple([Message(role=role, parts=(Text(content=text),)) for text in texts if isinstance(text, str)])


def _read_text(value: Any, role: str, _found: Found, _exchange: Exchange | None) -> _Messages:
    """A text that is never JSON for us, whatever it looks like: it is what was said."""
    return (Message(role=role, parts=(Text(content=value),)),) if isinstance(value, str) and value else ()


def _read_events(value: Any, role: str, _found: Found, _exchange: Exchange | None) -> _Messages:
    """The older conventions' events, kept together in one attribute (pydantic-ai)."""
    listed = decoded(value)
    side = int(role == "assistant")
    return conversation_of_events(listed if is_list(listed) else [])[side]


def _read_vercel(_value: Any, role: str, found: Found, _exchange: Exchange | None) -> _Messages:
    attributes = found.attributes
    parts: list[Part] = []
    thought, text = attributes.get("ai.response.reasoning"), attributes.get("ai.response.text")
    if isinstance(thought, str) and thought:
        parts.append(Reasoning(content=thought))
    if not text:
        text = attributes.get("ai.response.object")
    if isinstance(text, str) and text:
        parts.append(Text(content=text))
    calls = decoded(attributes.get("ai.response.toolCalls"))
    for item in calls if is_list(calls) else ():
        call = tool_call_from(item)
        if call is not None:
            parts.append(call)
    return (Message(role=role, parts=tuple(parts)),) if parts else ()


_READERS: dict[str, _Reader] = {
    "messages": _read_messages,
    "body": _read_body,
    "indexed": _read_indexed,
    "prompts": _read_inner_texts,
    "choices": _read_inner_texts,
    "embedded": _read_inner_texts,
    "texts": _read_texts,
    "text": _read_text,
    "vercel": _read_vercel,
    "events": _read_events,
}


def _holds_depth(text: str, messages: _Messages) -> bool:
    """Whether a part's free JSON is nested too deeply to be carried on."""
    if not may_be_deep(text):
        return False
    parts = [part for message in messages for part in message.parts]
    return any(
        is_deep(getattr(part, field)) for part in parts if (field := _FREE_FIELDS.get(part.__class__)) is not None
    )


def _plainer(messages: _Messages) -> _Messages:
    """Decode what was sent as JSON within JSON: arguments, and a provider's list of thoughts."""
    if _MAY_BE_JSON.isdisjoint([part.__class__ for message in messages for part in message.parts]):
        return messages
    return tuple(
        [
            msgspec.structs.replace(message, parts=tuple([_plain_part(part) for part in message.parts]))
            for message in messages
        ]
    )


def _plain_part(part: Part) -> Part:
    if isinstance(part, ToolCall) and part.arguments.__class__ is str:
        return ToolCall(name=part.name, id=part.id, arguments=decoded(part.arguments))
    if isinstance(part, Reasoning) and part.content[:2] == "[{":
        thoughts = decoded(part.content)
        texts = [thought.get("text") for thought in thoughts if is_object(thought)] if is_list(thoughts) else []
        shown = [text for text in texts if isinstance(text, str)]
        return Reasoning(content="\n".join(shown)) if shown else part
    return part


def _with_system(instructions: Any, given: _Messages) -> _Messages:
    """Put the system instructions first, unless the messages open with some already."""
    told = decoded(instructions)
    if not told or (given and given[0].role in ("system", "developer")):
        return given
    parts = told if is_list(told) else [told]
    return (message_from({"role": "system", "parts": parts}, "system"), *given)


def _tools(found: Found, exchange: Exchange | None) -> tuple[ToolDefinition, ...]:
    told = found.fields.get("tools")
    if isinstance(told, str) and len(told) <= _REMEMBERED_CHARACTERS:
        definitions = _tools_of_text(told)
    else:
        definitions = _tools_of(decoded(told))
    if definitions is not None:
        return definitions
    for prefix in ("llm.tools.", "llm.request.functions."):
        if prefix in found.groups:
            return tool_definitions_from(indexed.tools(found.groups[prefix]))
    return exchange.asked.tools if exchange is not None and exchange.asked is not None else ()


@lru_cache(maxsize=512)
def _tools_of_text(text: str) -> tuple[ToolDefinition, ...] | None:
    """An agent offers the same tools in every call, and tells them each time."""
    return _tools_of(decoded(text))


def _tools_of(listed: Any) -> tuple[ToolDefinition, ...] | None:
    if is_list(listed):
        return tool_definitions_from([decoded(item) for item in listed])
    if is_object(listed):
        return tool_definitions_from(_function_tools(listed) if "function_tools" in listed else listed)
    return None


def _function_tools(parameters: dict[str, Any]) -> list[Any]:
    """Return the tools of pydantic-ai's request parameters, their schemas under the usual name."""
    tools = parameters["function_tools"]
    return [
        {**tool, "parameters": tool.get("parameters_json_schema")}
        for tool in (tools if is_list(tools) else [])
        if is_object(tool)
    ]


_REMEMBERED_CHARACTERS = 64 * 1024
_BODIES = (dict, list)
_INPUT_BODIES = tuple([name for name, reader in INPUTS if reader == "body"])
_OUTPUT_BODIES = tuple([name for name, reader in OUTPUTS if reader == "body"])
_MAY_BE_JSON: frozenset[type] = frozenset({ToolCall, Reasoning})
_FREE_FIELDS: dict[type, str] = {ToolCall: "arguments", ToolCallResponse: "response", Unknown: "raw"}
