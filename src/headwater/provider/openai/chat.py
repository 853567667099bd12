"""Chat completions and the older completions: choices, whole or in deltas.

A stream is put back together into the body that an unstreamed answer would have had, and then read as one, so the two
cannot differ. Providers that speak this way differ in where they put usage: it may come in any chunk, at its top or
under `x_groq`. The last one that says anything counts, since some count on as they go.
"""

from collections.abc import Mapping
from typing import Any

from headwater.event import Failure
from headwater.provider.asking import asked_from
from headwater.provider.dialect import Answered, Asked, StreamReader
from headwater.provider.failure import error_in, failure_from
from headwater.provider.message import message_from, messages_from
from headwater.provider.narrow import count_of, is_object, object_of, objects_of, text_of, text_or_none
from headwater.provider.usage import usage_from


class Completions:
    """Endpoints whose answer is a list of choices."""

    def __init__(self, name: str, operation: str) -> None:
        self.name = name
        self.provider = "openai"
        self.operation = operation

    def request(self, body: Any) -> Asked:
        """Read a request's decoded body."""
        told = object_of(body)
        said = told.get("messages") if self.operation == "chat" else told.get("prompt")
        return asked_from(told, self.operation, messages_from(said))

    def response(self, body: Any) -> Answered:
        """Read a whole answer's decoded body."""
        return _answered(object_of(body))

    def failure(self, status: int | None, body: Any) -> Failure:
        """Read an error's body."""
        return failure_from(status, body)

    def reader(self) -> StreamReader:
        """A reader for one stream of chunks."""
        return _ChunkReader()


dialect = Completions("openai.chat", "chat")
legacy_dialect = Completions("openai.completions", "text_completion")


def _answered(body: Mapping[str, Any]) -> Answered:
    choices = objects_of(body.get("choices"))
    reasons = [text_of(choice.get("finish_reason")) for choice in choices]
    failure = error_in(body) or next((error_in(choice) for choice in choices if choice.get("error")), None)
    usage = reported_usage(body)
    return Answered(
        model=text_of(body.get("model")),
        id=text_of(body.get("id")),
        messages=tuple([message_from(choice, "assistant") for choice in choices]),
        finish_reasons=tuple([reason for reason in reasons if reason]),
        usage=usage_from(usage) if usage else None,
        service_tier=text_of(body.get("service_tier")),
        is_complete=bool(reasons) and all(reasons) and failure is None,
        failure=failure,
        reported_cost_usd=cost_of(usage) if "cost" in usage else cost_of(body),
    )


def reported_usage(body: Mapping[str, Any]) -> dict[str, Any]:
    """The usage object of a body or chunk, wherever the provider put it; empty where there is none."""
    usage = body.get("usage")
    if is_object(usage) and usage:
        return usage
    groq = body.get("x_groq")
    usage = groq.get("usage") if is_object(groq) else body.get("usageMetadata")
    return object_of(usage)


def cost_of(told: Mapping[str, Any]) -> float | None:
    """What the provider says that the call cost, as OpenRouter does: in its usage, or beside it."""
    cost = told.get("cost")
    return float(cost) if isinstance(cost, int | float) and not isinstance(cost, bool) and cost >= 0 else None


class _ChunkReader:
    def __init__(self) -> None:
        self._head: dict[str, Any] = {}
        self._usage: dict[str, Any] = {}
        self._choices: dict[int, _Choice] = {}

    def feed(self, event: Mapping[str, Any]) -> bool:
        for key in ("id", "model", "service_tier", "error", "cost"):
            if event.get(key):
                self._head[key] = event[key]
        self._usage = reported_usage(event) or self._usage
        has_content = False
        for position, chunk in enumerate(objects_of(event.get("choices"))):
            index = count_of(chunk.get("index"))
            choice = self._choices.setdefault(position if index is None else index, _Choice())
            has_content |= choice.feed(chunk)
        return has_content

    def answered(self) -> Answered:
        choices = [choice.whole(index) for index, choice in sorted(self._choices.items())]
        return _answered({**self._head, "choices": choices, "usage": self._usage})


# Fields of a delta that are text in pieces, and the field of a whole message that they make up.
_TEXTS = {
    "content": "content",
    "reasoning_content": "reasoning_content",
    "reasoning": "reasoning_content",
    "refusal": "refusal",
}


class _Choice:
    """One choice in the making."""

    def __init__(self) -> None:
        self._role = "assistant"
        self._texts: dict[str, list[str]] = {}
        self._audio: dict[str, list[str]] = {}
        self._calls: list[_Call] = []
        self._slots: dict[int, _Call] = {}
        self._finish_reason: str | None = None
        self._is_legacy = False

    def feed(self, chunk: dict[str, Any]) -> bool:
        """Take one entry of a chunk's choices; True if it brought content."""
        self._finish_reason = text_or_none(chunk.get("finish_reason")) or self._finish_reason
        delta = chunk.get("delta")
        if not is_object(delta):
            # A last chunk of some servers carries the whole message; the legacy endpoint carries bare text.
            delta = {"content": chunk["text"]} if isinstance(chunk.get("text"), str) else {}
            self._is_legacy |= bool(delta)
        self._role = text_or_none(delta.get("role")) or self._role
        has_content = self._feed_texts(delta)
        if has_content and len(delta) == 1:
            return True
        has_content |= self._feed_audio(object_of(delta.get("audio")))
        calls = objects_of(delta.get("tool_calls"))
        if is_object(delta.get("function_call")):
            calls = [*calls, {"index": 0, "function": delta["function_call"]}]
        for call in calls:
            self._feed_call(call)
        return has_content or bool(calls)

    def _feed_texts(self, delta: dict[str, Any]) -> bool:
        # One piece a target: some servers say the same thought under both names.
        found = {target: delta[source] for source, target in _TEXTS.items() if delta.get(source)}
        for target, said in found.items():
            self._append(target, said)
        return bool(found)

    def _append(self, target: str, said: Any) -> None:
        """Add a piece: a text, or Mistral's list of pieces, in which a thought is a list again."""
        if isinstance(said, str):
            self._texts.setdefault(target, []).append(said)
            return
        for item in objects_of(said):
            thoughts = [text_of(thought.get("text")) for thought in objects_of(item.get("thinking"))]
            for place, text in (("content", text_of(item.get("text"))), ("reasoning_content", "".join(thoughts))):
                if text:
                    self._texts.setdefault(place, []).append(text)

    def _feed_audio(self, audio: dict[str, Any]) -> bool:
        found = {key: value for key, value in audio.items() if isinstance(value, str) and value}
        for key, value in found.items():
            self._audio.setdefault(key, []).append(value)
        return "data" in found or "transcript" in found

    def _feed_call(self, call: dict[str, Any]) -> None:
        """Add to the call at this index. Another id there starts another call: some servers count every one as 0."""
        index = count_of(call.get("index"))
        call_id = text_of(call.get("id"))
        slot = self._slots.get(0 if index is None else index)
        if slot is None or (call_id and slot.id and call_id != slot.id):
            slot = _Call()
            self._slots[0 if index is None else index] = slot
            self._calls.append(slot)
        slot.feed(call, call_id)

    def whole(self, index: int) -> dict[str, Any]:
        """The choice as an unstreamed answer would tell it."""
        content = "".join(self._texts.get("content", ())) if "content" in self._texts else None
        if self._is_legacy:
            return {"index": index, "text": content, "finish_reason": self._finish_reason}
        message: dict[str, Any] = {target: "".join(pieces) for target, pieces in self._texts.items()}
        message.update(role=self._role, content=content)
        if self._calls:
            message["tool_calls"] = [call.whole() for call in self._calls]
        if self._audio:
            message["audio"] = {key: "".join(pieces) for key, pieces in self._audio.items()}
        return {"index": index, "message": message, "finish_reason": self._finish_reason}


class _Call:
    """A tool call in the making."""

    def __init__(self) -> None:
        self.id = ""
        self._kind = "function"
        self._name = ""
        self._arguments: list[str] = []

    def feed(self, call: dict[str, Any], call_id: str) -> None:
        self.id = self.id or call_id
        if is_object(call.get("custom")):
            self._kind = "custom"
        told = object_of(call.get(self._kind))
        # The name comes whole; servers that send it with every piece must not have it repeated.
        self._name = self._name or text_of(told.get("name"))
        piece = told.get("input" if self._kind == "custom" else "arguments")
        if isinstance(piece, str):
            self._arguments.append(piece)

    def whole(self) -> dict[str, Any]:
        arguments = "input" if self._kind == "custom" else "arguments"
        told = {"name": self._name, arguments: "".join(self._arguments)}
        return {"id": self.id, "type": self._kind, self._kind: told}
