"""What comes in and what goes out, before it is bytes of HTTP, and what surfaces share."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from headwater.clock import now_ns
from headwater.ids import short_id
from headwater.simulator.ask import Ask
from headwater.simulator.prefixes import Prefixes
from headwater.simulator.words import number_of, tokens_of

_IMAGE_TOKENS = 765
_DATED = {
    "gpt-4o": "gpt-4o-2024-08-06",
    "gpt-4o-mini": "gpt-4o-mini-2024-07-18",
    "gpt-4.1": "gpt-4.1-2025-04-14",
    "gpt-4.1-mini": "gpt-4.1-mini-2025-04-14",
    "gpt-4.1-nano": "gpt-4.1-nano-2025-04-14",
    "gpt-5": "gpt-5-2025-08-07",
    "gpt-5-mini": "gpt-5-mini-2025-08-07",
    "gpt-5.4": "gpt-5.4-2026-03-05",
    "gpt-5.4-mini": "gpt-5.4-mini-2026-03-17",
    "o3-mini": "o3-mini-2025-01-31",
    "o4-mini": "o4-mini-2025-04-16",
    "claude-opus-4-5": "claude-opus-4-5-20251101",
    "claude-haiku-4-5": "claude-haiku-4-5-20251001",
}

Header = tuple[bytes, bytes]


class Received(msgspec.Struct, frozen=True, kw_only=True):
    """A request. Header names are lower case; `body` is its JSON, empty where it has none; `number` counts from 1."""

    number: int
    method: str
    path: str
    headers: Mapping[str, str]
    body: Mapping[str, Any]
    raw: bytes


class Whole(msgspec.Struct, frozen=True, kw_only=True):
    """An answer in one piece."""

    body: bytes
    status: int = 200
    content_type: str = "application/json"
    headers: tuple[Header, ...] = ()


class Stream(msgspec.Struct, frozen=True, kw_only=True):
    """A streamed answer: its server-sent events, and the one that says that it failed on the way."""

    events: Sequence[bytes]
    broken: bytes
    headers: tuple[Header, ...] = ()


class Refused(Exception):
    """The request cannot be answered. `status` is HTTP's; the message is for the caller."""

    def __init__(self, status: int, message: str, param: str | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.param = param


class World:
    """What one simulator remembers between requests: prompts that it has seen, and how it names its answers."""

    def __init__(self) -> None:
        self.prefixes = Prefixes()
        self._salt = short_id()

    def name(self, kind: str, received: Received, part: int = 0) -> str:
        """An id as vendors make them, such as `chatcmpl-…`; no two processes make the same."""
        return f"{kind}{self._salt}{received.number:08x}{part:02x}"


def now_s() -> int:
    """Unix time in whole seconds."""
    return now_ns() // 1_000_000_000


def dated(model: str) -> str:
    """The model that answers where an alias is asked for."""
    return _DATED.get(model, model)


def json_bytes(value: Any) -> bytes:
    """JSON without spaces."""
    return msgspec.json.encode(value)


def event(value: Any, name: str = "") -> bytes:
    """One server-sent event."""
    head = f"event: {name}\n".encode() if name else b""
    return head + b"data: " + msgspec.json.encode(value) + b"\n\n"


def model_of(received: Received) -> str:
    """The model that is asked for. Raises Refused."""
    model = received.body.get("model")
    if not isinstance(model, str) or not model:
        raise Refused(400, "you must provide a model parameter", "model")
    return model


def prompt_of(ask: Ask) -> str:
    """All the text that a model reads of a request, tools first."""
    tools = [f"{tool.name}: {tool.description} {msgspec.json.encode(tool.schema).decode()}" for tool in ask.tools]
    turns = [f"{turn.role}: {turn.text}{' '.join(turn.results)}{' '.join(turn.called)}" for turn in ask.turns]
    return "\n".join(tools + turns)


def prompt_tokens_of(ask: Ask, prompt: str) -> int:
    """About how many tokens a request makes."""
    return tokens_of(prompt) + 4 * len(ask.turns) + _IMAGE_TOKENS * sum(turn.images for turn in ask.turns)


def thinking_tokens(ask: Ask, effort: str) -> int:
    """How many tokens a model thinks for, by how hard it is told to."""
    most = {"none": 0, "minimal": 0, "low": 2, "medium": 6, "high": 16, "xhigh": 32, "max": 64}.get(effort, 6)
    return 64 * (most and 1 + number_of(ask.turns[-1].text if ask.turns else "") % most)
