"""What OpenAI's requests ask, read leniently: what is strange is passed over."""

from collections.abc import Mapping
from typing import Any

from headwater.simulator.ask import Ask, Tool, Turn, images_in, items, mapping, text_of, whole_number
from headwater.simulator.wire import Received, Refused, model_of

_ROLES = {"developer": "system", "tool": "tool", "function": "tool"}
_THINKING_MODELS = ("o1", "o3", "o4", "gpt-5", "gpt-6")


def chat_ask(received: Received) -> Ask:
    """What a chat completion is asked. Raises Refused."""
    body = received.body
    messages = items(body.get("messages"))
    if not messages:
        raise Refused(400, "missing required parameter: 'messages'", "messages")
    return Ask(
        model=model_of(received),
        turns=tuple(_chat_turn(mapping(each)) for each in messages),
        tools=_tools(body),
        choice=_choice(body.get("tool_choice")),
        is_parallel=body.get("parallel_tool_calls") is not False,
        schema=_schema(mapping(body.get("response_format"))),
        max_tokens=whole_number(body.get("max_completion_tokens") or body.get("max_tokens")),
    )


def responses_ask(received: Received) -> Ask:
    """What the Responses API is asked. Raises Refused."""
    body = received.body
    given = body.get("input")
    if given is None and body.get("prompt") is None:
        raise Refused(400, "missing required parameter: 'input'", "input")
    turns = [Turn(role="system", text=text)] if isinstance(text := body.get("instructions"), str) else []
    if isinstance(given, str):
        turns.append(Turn(role="user", text=given))
    turns += [_item_turn(mapping(each)) for each in items(given)]
    return Ask(
        model=model_of(received),
        turns=tuple(turns),
        tools=_tools(body),
        choice=_choice(body.get("tool_choice")),
        is_parallel=body.get("parallel_tool_calls") is not False,
        schema=_schema(mapping(mapping(body.get("text")).get("format"))),
        max_tokens=whole_number(body.get("max_output_tokens")),
    )


def effort_of(model: str, given: Any) -> str:
    """How hard a model thinks: "none" for those that do not."""
    if not model.startswith(_THINKING_MODELS) or "chat" in model:
        return "none"
    return given if isinstance(given, str) else "medium"


def _chat_turn(message: Mapping[str, Any]) -> Turn:
    role = str(message.get("role"))
    content = message.get("content")
    text = text_of(content)
    if _ROLES.get(role) == "tool":
        return Turn(role="tool", results=(text,))
    called = tuple(
        str(mapping(mapping(call).get("function")).get("name", "")) for call in items(message.get("tool_calls"))
    )
    return Turn(role=_ROLES.get(role, role), text=text, called=called, images=images_in(content))


def _item_turn(item: Mapping[str, Any]) -> Turn:
    kind = str(item.get("type") or "message")
    if kind.endswith("_call"):
        return Turn(role="assistant", called=(str(item.get("name") or kind),))
    if kind.endswith("_output"):
        output = item.get("output")
        return Turn(role="tool", results=(text_of(output),))
    role = str(item.get("role") or "assistant")
    content = item.get("content") or item.get("summary")
    return Turn(role=_ROLES.get(role, role), text=text_of(content), images=images_in(content))


def _tools(body: Mapping[str, Any]) -> tuple[Tool, ...]:
    """Functions; the vendor's own tools (web search and the like) are not called."""
    told = [mapping(each) for each in items(body.get("tools"))]
    functions = [mapping(each.get("function")) or each for each in told if each.get("type", "function") == "function"]
    return tuple(
        Tool(
            name=str(each.get("name", "")),
            description=str(each.get("description") or ""),
            schema=mapping(each.get("parameters")),
        )
        for each in functions
    )


def _choice(given: Any) -> str:
    if isinstance(given, str):
        return given
    named = mapping(given)
    return str(mapping(named.get("function")).get("name") or named.get("name") or "auto")


def _schema(form: Mapping[str, Any]) -> Mapping[str, Any] | None:
    if form.get("type") == "json_object":
        return {}
    if form.get("type") != "json_schema":
        return None
    return mapping(form.get("schema") or mapping(form.get("json_schema")).get("schema"))
