"""Messages, and the endpoint that counts a request's tokens.

A stream is put back together into the body that an unstreamed answer would have had, and then read as one. Its first
event tells the input's usage with a placeholder for the output's; the closing `message_delta` overlays what it names,
and all of that is cumulative. A stream cut before it has usage that is marked as estimated.
"""

from collections.abc import Mapping
from typing import Any

import msgspec

from headwater.event import Failure, Message, Unknown
from headwater.provider.asking import asked_from
from headwater.provider.dialect import Answered, Asked, StreamReader
from headwater.provider.failure import error_in, failure_from
from headwater.provider.message import message_from, messages_from
from headwater.provider.narrow import count_of, decoded, list_of, object_of, objects_of, text_of
from headwater.provider.usage import usage_from


class Messages:
    """The messages endpoint (beta included), and the counting one."""

    def __init__(self, name: str, operation: str) -> None:
        self.name = name
        self.provider = "anthropic"
        self.operation = operation

    def request(self, body: Any) -> Asked:
        """Read a request's decoded body."""
        told = object_of(body)
        system = told.get("system")
        opening = (message_from({"role": "system", "content": system}),) if system else ()
        return asked_from(told, self.operation, opening + messages_from(told.get("messages")))

    def response(self, body: Any) -> Answered:
        """Read a whole answer's decoded body."""
        told = object_of(body)
        return _answered(told) if self.operation == "chat" else _counted(told)

    def failure(self, status: int | None, body: Any) -> Failure:
        """Read an error's body."""
        return failure_from(status, body)

    def reader(self) -> StreamReader:
        """A reader for one stream of events."""
        return _EventReader()


dialect = Messages("anthropic.messages", "chat")
count_dialect = Messages("anthropic.count_tokens", "count_tokens")


def _counted(body: Mapping[str, Any]) -> Answered:
    """A count is no usage: nothing was billed."""
    if count_of(body.get("input_tokens")) is None:
        return Answered(failure=error_in(body))
    part = Unknown(generic_type="token_count", raw=body)
    return Answered(messages=(Message(role="assistant", parts=(part,)),), is_complete=True)


def _answered(body: Mapping[str, Any]) -> Answered:
    reason = text_of(body.get("stop_reason"))
    usage = object_of(body.get("usage"))
    failure = error_in(body)
    messages: tuple[Message, ...] = ()
    if "content" in body:
        told = {"role": text_of(body.get("role")) or "assistant", "content": body["content"], "finish_reason": reason}
        messages = (message_from(told),)
    return Answered(
        model=_model(body),
        id=text_of(body.get("id")),
        messages=messages,
        finish_reasons=(reason,) if reason else (),
        usage=usage_from(usage, "anthropic") if usage else None,
        # A faster service is told as a speed, and billed as a tier.
        service_tier="fast" if usage.get("speed") == "fast" else text_of(usage.get("service_tier")),
        is_complete=bool(reason) and failure is None,
        failure=failure,
    )


def _model(body: Mapping[str, Any]) -> str:
    """The model that wrote the answer: a fallback block names the one that took over."""
    blocks = [block for block in objects_of(body.get("content")) if block.get("type") == "fallback"]
    taken_over = [text_of(object_of(block.get("to")).get("model")) for block in blocks]
    return next((model for model in reversed(taken_over) if model), text_of(body.get("model")))


# Deltas whose text is added to a field of their block.
_TEXT_DELTAS = {
    "text_delta": "text",
    "thinking_delta": "thinking",
    "signature_delta": "signature",
    "compaction_delta": "content",
    "input_json_delta": "partial_json",
}
_CONTENT_FIELDS = frozenset({"text", "thinking", "partial_json", "content"})
# Blocks that a stream gives whole in their first event, and which are content by themselves.
_TOOL_BLOCKS = frozenset({"tool_use", "server_tool_use", "mcp_tool_use"})


class _EventReader:
    def __init__(self) -> None:
        self._message: dict[str, Any] = {}
        self._usage: dict[str, Any] = {}
        self._blocks: dict[int, _Block] = {}
        self._error: Any = None
        self._is_usage_final = False

    def feed(self, event: Mapping[str, Any]) -> bool:
        kind = text_of(event.get("type"))
        if kind == "message_start":
            self._message = {**object_of(event.get("message"))}
            self._overlay(self._message.get("usage"))
        elif kind == "message_delta":
            delta = object_of(event.get("delta"))
            self._message.update({key: value for key, value in delta.items() if value is not None})
            self._is_usage_final |= self._overlay(event.get("usage"))
        elif kind == "error":
            self._error = event.get("error") or event
        elif kind == "content_block_start":
            block = object_of(event.get("content_block"))
            self._blocks[count_of(event.get("index")) or 0] = _Block(block)
            return text_of(block.get("type")) in _TOOL_BLOCKS or bool(block.get("text"))
        elif kind == "content_block_delta":
            index = count_of(event.get("index")) or 0
            return self._blocks.setdefault(index, _Block({})).feed(object_of(event.get("delta")))
        return False

    def _overlay(self, usage: Any) -> bool:
        told = {key: value for key, value in object_of(usage).items() if value is not None}
        self._usage.update(told)
        return "output_tokens" in told

    def answered(self) -> Answered:
        if not self._message and not self._blocks:
            return _answered({"error": self._error} if self._error else {})
        whole = [block.whole() for _, block in sorted(self._blocks.items())]
        body = {**self._message, "content": [*list_of(self._message.get("content")), *whole], "usage": self._usage}
        answered = _answered({**body, "error": self._error} if self._error else body)
        if answered.usage is None or self._is_usage_final:
            return answered
        return msgspec.structs.replace(answered, usage=msgspec.structs.replace(answered.usage, estimated=True))


class _Block:
    """One content block in the making."""

    def __init__(self, told: dict[str, Any]) -> None:
        self._told = told
        self._pieces: dict[str, list[str]] = {}
        self._citations: list[Any] = []

    def feed(self, delta: dict[str, Any]) -> bool:
        """Take a delta; True if it brought content."""
        kind = text_of(delta.get("type"))
        if kind == "citations_delta":
            self._citations.append(delta.get("citation"))
        field = _TEXT_DELTAS.get(kind)
        piece = delta.get(field) if field is not None else None
        if field is None or not isinstance(piece, str) or not piece:
            return False
        self._pieces.setdefault(field, []).append(piece)
        return field in _CONTENT_FIELDS

    def whole(self) -> dict[str, Any]:
        """The block as far as it came; arguments that are no JSON yet stay text."""
        block = dict(self._told)
        texts = {field: "".join(pieces) for field, pieces in self._pieces.items()}
        if "partial_json" in texts:
            block["input"] = decoded(texts.pop("partial_json"))
            block.setdefault("type", "tool_use")
        for field, text in texts.items():
            block[field] = text_of(block.get(field)) + text
            block.setdefault("type", "thinking" if field in ("thinking", "signature") else "text")
        if self._citations:
            block["citations"] = [*list_of(block.get("citations")), *self._citations]
        return block
