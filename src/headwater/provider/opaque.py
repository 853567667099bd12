"""Opaque: an endpoint that no dialect reads. What was asked and answered is kept as it was said, not understood."""

from collections.abc import Mapping
from typing import Any

from headwater.event import Failure, Message, Unknown
from headwater.provider.dialect import Answered, Asked, Dialect, StreamReader
from headwater.provider.failure import failure_from
from headwater.provider.narrow import object_of, text_of
from headwater.provider.openai.chat import reported_usage
from headwater.provider.usage import usage_from


class _Opaque:
    """What APIs of this kind share: a request may name a model, an answer may count tokens, an error has a message."""

    name = "opaque"
    provider = ""

    def __init__(self, operation: str) -> None:
        self.operation = operation

    def request(self, body: Any) -> Asked:
        """Keep a request's decoded body."""
        told = object_of(body)
        return Asked(
            model=text_of(told.get("model")),
            operation=self.operation,
            messages=(_message("user", body),) if body else (),
            is_stream=True if told.get("stream") is True else None,
        )

    def response(self, body: Any) -> Answered:
        """Keep a whole answer's decoded body."""
        return _answered(object_of(body), body, is_complete=True)

    def failure(self, status: int | None, body: Any) -> Failure:
        """Read an error's body."""
        return failure_from(status, body)

    def reader(self) -> StreamReader:
        """A reader that keeps the events of one stream."""
        return _Events()


class _Events:
    def __init__(self) -> None:
        self._events: list[Mapping[str, Any]] = []

    def feed(self, event: Mapping[str, Any]) -> bool:
        """Keep an event. Each counts as content, as nobody knows better."""
        self._events.append(event)
        return True

    def answered(self) -> Answered:
        """All events so far, as one list; who answered and what it took, as the last of them tells."""
        return _answered(self._events[-1] if self._events else {}, self._events, is_complete=False)


def _answered(told: Mapping[str, Any], body: Any, is_complete: bool) -> Answered:
    usage = reported_usage(told)
    return Answered(
        model=text_of(told.get("model")),
        messages=(_message("assistant", body),) if body else (),
        usage=usage_from(usage) if usage else None,
        is_complete=is_complete,
    )


def _message(role: str, body: Any) -> Message:
    return Message(role=role, parts=(Unknown(generic_type="opaque", raw=body),))


def opaque_dialect(operation: str) -> Dialect:
    """The dialect of an endpoint that none speaks."""
    return _Opaque(operation)
