"""What a request asks, and what is replied, whichever surface it came through."""

from collections.abc import Mapping, Sequence
from typing import Any, cast

import msgspec


class Turn(msgspec.Struct, frozen=True, kw_only=True):
    """One message: its text, the tools that it calls, and the results that it brings."""

    role: str
    text: str = ""
    called: tuple[str, ...] = ()
    results: tuple[str, ...] = ()
    images: int = 0


class Tool(msgspec.Struct, frozen=True, kw_only=True):
    """A tool on offer. `schema` is the JSON schema of its arguments."""

    name: str
    description: str = ""
    schema: Mapping[str, Any] = {}


class Ask(msgspec.Struct, frozen=True, kw_only=True):
    """A request for an answer.

    `choice` is "auto", "none", "required" or the name of the one tool that must be called. `schema` is the JSON schema
    that the answer must have; `{}` is any JSON object. `max_tokens` bounds the answer's text.
    """

    model: str
    turns: tuple[Turn, ...]
    tools: tuple[Tool, ...] = ()
    choice: str = "auto"
    is_parallel: bool = True
    schema: Mapping[str, Any] | None = None
    max_tokens: int | None = None


class Called(msgspec.Struct, frozen=True, kw_only=True):
    """A tool that the reply calls."""

    name: str
    arguments: Mapping[str, Any]

    def arguments_json(self) -> str:
        """The arguments as the wire has them."""
        return msgspec.json.encode(self.arguments).decode()


class Reply(msgspec.Struct, frozen=True, kw_only=True):
    """An answer: text, or calls of tools. `is_cut`: the text was longer than `max_tokens` allows."""

    text: str = ""
    calls: tuple[Called, ...] = ()
    is_cut: bool = False


def mapping(value: Any) -> Mapping[str, Any]:
    """The value if it is a JSON object, else an empty one."""
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def items(value: Any) -> Sequence[Any]:
    """The value if it is a JSON array, else an empty one."""
    return cast("list[Any]", value) if isinstance(value, list) else ()


def text_of(content: Any) -> str:
    """The text of a message's content, which is text or a list of parts."""
    if isinstance(content, str):
        return content
    found = (mapping(part).get("text") for part in items(content))
    return "\n".join(text for text in found if isinstance(text, str))


def images_in(content: Any) -> int:
    """How many pictures a message's content holds."""
    return sum(1 for part in items(content) if "image" in str(mapping(part).get("type")))


def whole_number(value: Any) -> int | None:
    """The value if it is a whole number above zero."""
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else None
