"""What both pretended vendors speak: JSON answers, and streams of events that may pause or break off."""

import json
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

Body = dict[str, Any]

TEXT = "The capital of France is Paris."
PAUSE = b"\0pause"
"""In a stream: wait a moment, so that a first token has a time of its own."""
CUT = b"\0cut"
"""In a stream: drop the connection."""


class Answer(NamedTuple):
    """A whole answer, told as JSON."""

    status: int
    body: Body
    headers: Mapping[str, str] = MappingProxyType({})


class Stream(NamedTuple):
    """An answer of events, each in the bytes that go on the wire."""

    events: Iterator[bytes]


def event(data: Body, name: str = "") -> bytes:
    """One server-sent event."""
    head = f"event: {name}\n" if name else ""
    return f"{head}data: {json.dumps(data, separators=(',', ':'))}\n\n".encode()


def inner(body: Body, name: str) -> Body:
    """The object under a name, or an empty one."""
    found: Body | None = body.get(name)
    return found or {}


def pieces(text: str) -> list[str]:
    """A text as a model lets it out."""
    return [text[at : at + 5] for at in range(0, len(text), 5)]


def wants_tool(body: Body) -> bool:
    """Whether the answer is to be a tool call: tools are offered, and none has answered yet."""
    if not body.get("tools"):
        return False
    asked: Any = body.get("messages") or body.get("input")
    last: Any = {"role": "user"} if isinstance(asked, str) else asked[-1]
    return bool(last.get("role") == "user" and not isinstance(last.get("content"), list))
