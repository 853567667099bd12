"""Content addressing: what was said is stored once per project, under a hash of what it says.

The hash is BLAKE2b (128 bits) of the canonical JSON (keys sorted), so an attribute's element that is JSON-equal to the
message read from it has the message's hash and costs nothing. A hash counts as seen only after its content is durable.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from hashlib import blake2b
from typing import Any, cast

import msgspec

from headwater.event import Message, Text, ToolDefinition, searchable_text
from headwater.store import ARRAY_MARK, MERGE_MARK, MessageRow

INLINE_CHARACTERS = 512
PREVIEW_CHARACTERS = 200

_DAY_NS = 24 * 3600 * 1_000_000_000
ContentKey = tuple[str, int, bytes]
"""Project, week of arrival, hash."""


_canonical = msgspec.json.Encoder(order="sorted", enc_hook=str)
_plain = msgspec.json.Encoder(enc_hook=str)


class Seen:
    """Hashes known to be durable, bounded; the oldest half is forgotten when it is full.

    The store keeps content by the week it was first seen in, so what is said again in a later week is stored again.
    """

    def __init__(self, bound: int) -> None:
        self._bound = bound
        self._keys: dict[ContentKey, None] = {}

    def __contains__(self, key: ContentKey) -> bool:
        return key in self._keys

    def add(self, rows: Sequence[MessageRow]) -> None:
        """Remember rows that are durable now."""
        self._keys.update(dict.fromkeys((row.project, week_of(row.first_seen_ns), row.hash) for row in rows))
        if len(self._keys) > self._bound:
            kept = list(self._keys)[len(self._keys) // 2 :]
            self._keys = dict.fromkeys(kept)


class Content:
    """The content of one block: gives hashes, gathers the rows that are not known to be durable."""

    def __init__(self, seen: Seen) -> None:
        self._seen = seen
        self._rows: dict[ContentKey, MessageRow] = {}
        self._attributes: dict[tuple[str, str], tuple[bytes, ...]] = {}
        self._tools: dict[tuple[str, int], tuple[Sequence[ToolDefinition], tuple[bytes, ...]]] = {}

    @property
    def rows(self) -> list[MessageRow]:
        """What must be stored before any row that points to it."""
        return list(self._rows.values())

    def messages(self, project: str, messages: Sequence[Message], seen_ns: int) -> tuple[bytes, ...]:
        """Address messages, in order."""
        return tuple([self._message(project, message, seen_ns) for message in messages])

    def tools(self, project: str, tools: Sequence[ToolDefinition], seen_ns: int) -> tuple[bytes, ...]:
        """Address tool definitions, in order."""
        known = self._tools.get((project, id(tools)))
        if known is not None:
            return known[1]
        hashes = self._tool_hashes(project, tools, seen_ns)
        # The definitions are held as well, so that their id stays theirs.
        self._tools[(project, id(tools))] = (tools, hashes)
        return hashes

    def _tool_hashes(self, project: str, tools: Sequence[ToolDefinition], seen_ns: int) -> tuple[bytes, ...]:
        return tuple([self._keep(project, "tool", tool.name, _canonical.encode(tool), "", seen_ns) for tool in tools])

    def value(self, project: str, value: Any, seen_ns: int) -> tuple[bytes, ...]:
        """Address what a step was given or gave; nothing for None."""
        if value is None:
            return ()
        encoded = _canonical.encode(value)
        text = value if isinstance(value, str) else encoded.decode()
        return (self._keep(project, "value", "", encoded, text, seen_ns),)

    def attribute(self, project: str, text: str, seen_ns: int) -> tuple[bytes, ...]:
        """Address a long attribute: `ARRAY_MARK` and each element where it is a JSON array; else one JSON value, a
        string where the text is no JSON object."""
        known = self._attributes.get((project, text))
        if known is None:
            known = self._attributes[(project, text)] = self._pieces(project, text, seen_ns)
        return known

    def _pieces(self, project: str, text: str, seen_ns: int) -> tuple[bytes, ...]:
        decoded = _structure(text)
        if isinstance(decoded, list):
            chunks = [chunk for each in decoded for chunk in self._element(project, each, seen_ns)]
            return (ARRAY_MARK, *chunks)
        encoded = _canonical.encode(text if decoded is None else decoded)
        return (self._keep(project, "raw", "", encoded, "", seen_ns),)

    def _element(self, project: str, element: Any, seen_ns: int) -> tuple[bytes, ...]:
        """Address an element of an array; one that ends a turn without how it ended, so that it is the message that the
        next turn's history repeats."""
        fields = cast("dict[str, Any]", element) if isinstance(element, dict) else {}
        if "finish_reason" not in fields or "parts" not in fields:
            return (self._keep(project, "raw", "", _canonical.encode(element), "", seen_ns),)
        ending = {"finish_reason": fields["finish_reason"]}
        message = {key: value for key, value in fields.items() if key != "finish_reason"}
        return (
            self._keep(project, "raw", "", _canonical.encode(message), "", seen_ns),
            MERGE_MARK,
            self._keep(project, "raw", "", _canonical.encode(ending), "", seen_ns),
        )

    def _message(self, project: str, message: Message, seen_ns: int) -> bytes:
        encoded = _canonical.encode(message)
        digest = blake2b(encoded, digest_size=16).digest()
        key = (project, week_of(seen_ns), digest)
        if key not in self._seen:
            known = self._rows.get(key)
            if known is None or known.kind == "raw":
                self._rows[key] = MessageRow(
                    project=project,
                    hash=digest,
                    kind="message",
                    role=message.role,
                    content="" if _is_plain(message) else encoded.decode(),
                    text=searchable_text(message),
                    first_seen_ns=seen_ns,
                )
        return digest

    def _keep(self, project: str, kind: str, role: str, encoded: bytes, text: str, seen_ns: int) -> bytes:
        digest = blake2b(encoded, digest_size=16).digest()
        key = (project, week_of(seen_ns), digest)
        if key not in self._seen and key not in self._rows:
            self._rows[key] = MessageRow(
                project=project,
                hash=digest,
                kind=kind,
                role=role,
                content=encoded.decode(),
                text=text,
                first_seen_ns=seen_ns,
            )
        return digest


def _is_plain(message: Message) -> bool:
    """One text and nothing more: what a table can make again from role and text."""
    parts = message.parts
    return len(parts) == 1 and type(parts[0]) is Text and message.name is None and message.finish_reason is None


@lru_cache(maxsize=64)
def week_of(time_ns: int) -> int:
    """The number of the week, Monday to Sunday in UTC, that a Unix time is in."""
    return (time_ns + 3 * _DAY_NS) // (7 * _DAY_NS)


def json_text(value: Any) -> str:
    """A value as an attribute's text: text as it is, anything else as JSON."""
    if value.__class__ is int:
        return str(value)
    return value if isinstance(value, str) else _plain.encode(value).decode()


def texts_of(values: Mapping[str, Any]) -> dict[str, str]:
    """Attributes as texts."""
    return {key: value if isinstance(value, str) else _plain.encode(value).decode() for key, value in values.items()}


def preview_of(messages: Sequence[Message], value: Any, is_last: bool) -> str:
    """The first characters of what was said: of the last message (`is_last`) or the first one with text, or a value."""
    for message in reversed(messages) if is_last else messages:
        text = searchable_text(message)
        if text:
            return text[:PREVIEW_CHARACTERS]
    return "" if value is None else json_text(value)[:PREVIEW_CHARACTERS]


def _structure(text: str) -> list[Any] | dict[str, Any] | None:
    if not text.startswith(("[", "{")):
        return None
    try:
        decoded = msgspec.json.decode(text)
    except (msgspec.MsgspecError, RecursionError):
        return None
    return decoded
