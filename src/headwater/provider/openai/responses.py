"""Responses: items instead of choices.

The last event carries the whole response; until it comes, the items are put together from their deltas. An answer's
items (reasoning, calls, messages) are one message. There is no finish reason on this wire: "stop", "tool_calls" and
"error" are ours for an answer that is complete, has calls, or failed; an incomplete one tells its own.
"""

from collections.abc import Mapping
from typing import Any

from headwater.event import Failure, Message, ToolCall, Unknown
from headwater.provider.asking import asked_from
from headwater.provider.dialect import Answered, Asked, StreamReader
from headwater.provider.failure import failure_from
from headwater.provider.message import messages_from
from headwater.provider.narrow import count_of, is_list, is_object, object_of, objects_of, text_of
from headwater.provider.openai.chat import cost_of
from headwater.provider.usage import usage_from


class Responses:
    """The responses endpoint, and the one that counts a request's tokens."""

    def __init__(self, name: str, operation: str) -> None:
        self.name = name
        self.provider = "openai"
        self.operation = operation

    def request(self, body: Any) -> Asked:
        """Read a request's decoded body."""
        told = object_of(body)
        system = messages_from(told.get("instructions"), "system")
        keep = frozenset({"prompt"}) if is_object(told.get("prompt")) else frozenset[str]()
        return asked_from(told, self.operation, system + messages_from(told.get("input")), keep)

    def response(self, body: Any) -> Answered:
        """Read a whole answer's decoded body."""
        told = object_of(body)
        return _answered(told) if self.operation == "chat" else counted(told)

    def failure(self, status: int | None, body: Any) -> Failure:
        """Read an error's body."""
        return failure_from(status, body)

    def reader(self) -> StreamReader:
        """A reader for one stream of events."""
        return _EventReader()


dialect = Responses("openai.responses", "chat")
count_dialect = Responses("openai.input_tokens", "count_tokens")


def counted(body: Mapping[str, Any]) -> Answered:
    """The answer of an endpoint that counts tokens. It is no usage: nothing was billed."""
    count = count_of(body.get("input_tokens"))
    if count is None:
        return Answered()
    part = Unknown(generic_type="token_count", raw=body)
    return Answered(messages=(Message(role="assistant", parts=(part,)),), is_complete=True)


_ENDED = {"completed": "stop", "failed": "error", "cancelled": "cancelled"}


def _answered(body: Mapping[str, Any]) -> Answered:
    messages = messages_from(body.get("output"), "assistant")
    status = text_of(body.get("status"))
    reason = _ENDED.get(status, "")
    if status == "incomplete":
        reason = text_of(object_of(body.get("incomplete_details")).get("reason")) or status
    elif status == "completed" and messages and any(isinstance(part, ToolCall) for part in messages[-1].parts):
        reason = "tool_calls"
    failure = failure_from(None, body) if body.get("error") or status == "failed" else None
    usage = object_of(body.get("usage"))
    return Answered(
        model=text_of(body.get("model")),
        id=text_of(body.get("id")),
        messages=messages,
        finish_reasons=(reason,) if reason else (),
        usage=usage_from(usage) if usage else None,
        service_tier=text_of(body.get("service_tier")),
        is_complete=status in ("completed", "incomplete") and failure is None,
        failure=failure,
        reported_cost_usd=cost_of(usage),
    )


# Deltas of an entry within an item: (the item's list, the entry's type, the entry's text field, the entry's index).
_ENTRY_DELTAS = {
    "response.output_text.delta": ("content", "output_text", "text", "content_index"),
    "response.refusal.delta": ("content", "refusal", "refusal", "content_index"),
    "response.reasoning_text.delta": ("content", "reasoning_text", "text", "content_index"),
    "response.reasoning_summary_text.delta": ("summary", "summary_text", "text", "summary_index"),
}
# Deltas of a field of an item: (the field, the item's type).
_FIELD_DELTAS = {
    "response.function_call_arguments.delta": ("arguments", "function_call"),
    "response.custom_tool_call_input.delta": ("input", "custom_tool_call"),
    "response.mcp_call_arguments.delta": ("arguments", "mcp_call"),
    "response.mcp_call.arguments_delta": ("arguments", "mcp_call"),
    "response.code_interpreter_call_code.delta": ("code", "code_interpreter_call"),
}
_ITEM_TYPE_OF_LIST = {"content": "message", "summary": "reasoning"}


class _EventReader:
    def __init__(self) -> None:
        self._response: dict[str, Any] = {}
        self._error: Any = None
        self._items: dict[int, _Item] = {}

    def feed(self, event: Mapping[str, Any]) -> bool:
        kind = text_of(event.get("type"))
        response = event.get("response")
        if is_object(response):
            self._response = {**self._response, **response}
        if kind == "error" or (event.get("error") and not kind.startswith("response.")):
            self._error = event
        if kind.startswith("response.output_item."):
            item = object_of(event.get("item"))
            self._item(event).take(item)
            return kind.endswith(".added") and text_of(item.get("type")).endswith("_call")
        if kind in _ENTRY_DELTAS:
            return self._item(event).add_entry(event, *_ENTRY_DELTAS[kind])
        if kind in _FIELD_DELTAS:
            return self._item(event).add_field(event, *_FIELD_DELTAS[kind])
        return False

    def _item(self, event: Mapping[str, Any]) -> "_Item":
        return self._items.setdefault(count_of(event.get("output_index")) or 0, _Item())

    def answered(self) -> Answered:
        body = dict(self._response)
        if not (is_list(body.get("output")) and body["output"]):
            body["output"] = [item.whole() for _, item in sorted(self._items.items())]
        if self._error is not None:
            body["error"] = object_of(object_of(self._error).get("error")) or self._error
        return _answered(body)


class _Item:
    """One output item in the making."""

    def __init__(self) -> None:
        self._told: dict[str, Any] = {}
        self._entries: dict[tuple[str, int], tuple[dict[str, str], str, list[str]]] = {}
        self._fields: dict[str, list[str]] = {}

    def take(self, item: dict[str, Any]) -> None:
        """The item as its first or last event tells it; the last has everything in it."""
        if self._told or item.get("status") == "completed":
            self._entries.clear()
            self._fields.clear()
        self._told = item or self._told

    def add_entry(self, event: Mapping[str, Any], place: str, kind: str, field: str, index_name: str) -> bool:
        delta = event.get("delta")
        if not isinstance(delta, str) or not delta:
            return False
        if not self._told:
            self._told = {"type": "reasoning" if kind == "reasoning_text" else _ITEM_TYPE_OF_LIST[place]}
        key = (place, count_of(event.get(index_name)) or 0)
        self._entries.setdefault(key, ({"type": kind}, field, []))[2].append(delta)
        return True

    def add_field(self, event: Mapping[str, Any], field: str, kind: str) -> bool:
        delta = event.get("delta")
        if not isinstance(delta, str) or not delta:
            return False
        self._told = self._told or {"type": kind}
        self._fields.setdefault(field, []).append(delta)
        return True

    def whole(self) -> dict[str, Any]:
        """The item as far as it came."""
        item = {**self._told, **{field: "".join(pieces) for field, pieces in self._fields.items()}}
        for (place, _), (entry, field, pieces) in sorted(self._entries.items(), key=lambda pair: pair[0]):
            item[place] = [*objects_of(item.get(place)), {**entry, field: "".join(pieces)}]
        if item.get("type") == "message":
            item.setdefault("role", "assistant")
        return item
