"""Conversation: what a span was given and what it gave, as messages of parts that a template can put on a page.

Media is shown only where its type cannot carry a program (never SVG or HTML) and its bytes are in the trace; an address
is at most a link that a person may follow, and only over http and https.
"""

import base64
import binascii
from collections.abc import Mapping
from typing import Any, cast

import msgspec

from headwater.web.shown.addresses import safe_link
from headwater.web.shown.markdown import Block, blocks
from headwater.web.shown.numbers import size

LONGEST_TEXT = 20_000
LONGEST_SIDE = 400_000
SHORTENED_TEXT = 300
LARGEST_MEDIA = 6 * 1024 * 1024
LARGEST_SIDE = 12 * 1024 * 1024
_SAFE_MEDIA = {
    "image/png": "image",
    "image/jpeg": "image",
    "image/jpg": "image",
    "image/gif": "image",
    "image/webp": "image",
    "audio/mpeg": "audio",
    "audio/mp3": "audio",
    "audio/wav": "audio",
    "audio/x-wav": "audio",
    "audio/ogg": "audio",
    "audio/flac": "audio",
    "audio/webm": "audio",
}
# OpenAI names the format of an audio part, not its type.
_BARE_FORMATS = {"wav": "audio/wav", "mp3": "audio/mpeg", "flac": "audio/flac", "ogg": "audio/ogg", "opus": "audio/ogg"}
_SIGNATURES = ((b"\x89PNG", "image/png"), (b"\xff\xd8", "image/jpeg"), (b"GIF8", "image/gif"), (b"RIFF", "image/webp"))


class ShownPart(msgspec.Struct, frozen=True, kw_only=True):
    """A part of a message. `form` chooses how it is drawn.

    text, json, reasoning   `text`
    tool_call, tool_answer  `title` (the tool, where known), `id`, `text` with `is_json`; a call with its `answer`
    image, audio            `media`, a data: address
    link                    `media`, an http(s) address, and `text`
    note                    `text`, of something that is not shown
    """

    form: str
    title: str = ""
    text: str = ""
    id: str = ""
    media: str = ""
    is_json: bool = False
    full_size: int = 0
    place: str = ""
    answer: "ShownPart | None" = None

    @property
    def blocks(self) -> tuple[Block, ...]:
        """The text read as Markdown."""
        return blocks(self.text)

    @property
    def is_cut(self) -> bool:
        """Whether only the beginning of the text is shown."""
        return self.full_size > 0


class ShownMessage(msgspec.Struct, frozen=True, kw_only=True):
    """A message, or a plain value that a step was given (role "")."""

    role: str
    parts: tuple[ShownPart, ...]
    name: str = ""
    finish_reason: str = ""
    size: int = 0

    @property
    def is_long(self) -> bool:
        """Whether it would push the others out of sight."""
        return self.size > 1500 or any(part.text.count("\n") > 24 for part in self.parts)


def conversation(values: tuple[Any, ...], side: str) -> tuple[ShownMessage, ...]:
    """Shape a span's `input` or `output`; `side` says which, so that a part can be addressed.

    Past `LONGEST_SIDE` characters, counted from the last message back, texts are cut to their beginning; past
    `LARGEST_SIDE` bytes of media, pictures and sounds are only named.
    """
    left, media_left = LONGEST_SIDE, LARGEST_SIDE
    shaped: list[ShownMessage] = []
    for at in reversed(range(len(values))):
        message = _message(values[at], f"{side}.{at}")
        left -= sum(len(part.text) for part in message.parts)
        media_left -= sum(len(part.media) for part in message.parts)
        shown = message if media_left >= 0 else _without_media(message)
        shaped.append(shown if left >= 0 else _shortened(shown))
    return tuple(reversed(shaped))


def part_text(values: tuple[Any, ...], message: int, part: int) -> str | None:
    """Return the whole text of one part, None where there is no such part."""
    if not 0 <= message < len(values):
        return None
    parts = _raw_parts(values[message])
    return plain(_content(parts[part])) if 0 <= part < len(parts) else None


def named_results(*sides: tuple[ShownMessage, ...]) -> tuple[tuple[ShownMessage, ...], ...]:
    """Put the name of the tool that was called on each of its results, which carry only the call's id."""
    names = {
        part.id: part.title for side in sides for message in side for part in message.parts if part.form == "tool_call"
    }
    return tuple(tuple(_named(message, names) for message in side) for side in sides)


def plain(value: Any) -> str:
    """Return text as it is and everything else as indented JSON."""
    if isinstance(value, str):
        return value
    return msgspec.json.format(msgspec.json.encode(value), indent=2).decode()


def flat(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return an object with the fields of the objects in it beside its own, under names with dots between."""
    found: dict[str, Any] = {}
    for name, value in values.items():
        inner = cast("dict[str, Any]", value) if isinstance(value, dict) else None
        found |= {f"{name}.{each}": held for each, held in flat(inner).items()} if inner else {name: value}
    return found


def _shortened(message: ShownMessage) -> ShownMessage:
    return msgspec.structs.replace(message, parts=tuple(_cut(part, SHORTENED_TEXT) for part in message.parts))


def _without_media(message: ShownMessage) -> ShownMessage:
    parts = [
        msgspec.structs.replace(part, form="note", media="", text=f"{part.text}: not shown, there is much media here")
        if part.form in ("image", "audio")
        else part
        for part in message.parts
    ]
    return msgspec.structs.replace(message, parts=tuple(parts))


def _cut(part: ShownPart, length: int) -> ShownPart:
    if len(part.text) <= length:
        return part
    return msgspec.structs.replace(part, text=part.text[:length], full_size=part.full_size or len(part.text))


def _named(message: ShownMessage, names: Mapping[str, str]) -> ShownMessage:
    if not any(part.form == "tool_answer" for part in message.parts):
        return message
    parts = [
        msgspec.structs.replace(part, title=names.get(part.id, "")) if part.form == "tool_answer" and part.id else part
        for part in message.parts
    ]
    return msgspec.structs.replace(message, parts=tuple(parts))


def _message(value: Any, place: str) -> ShownMessage:
    whole = _mapping(value)
    parts = tuple(_part(part, f"{place}.{at}") for at, part in enumerate(_raw_parts(value)))
    written = sum(part.full_size or len(part.text) for part in parts)
    if not _is_message(whole):
        return ShownMessage(role="", parts=parts, size=written)
    return ShownMessage(
        role=str(whole["role"]),
        parts=parts,
        name=str(whole.get("name") or ""),
        finish_reason=str(whole.get("finish_reason") or ""),
        size=written,
    )


def _is_message(whole: Mapping[str, Any]) -> bool:
    return isinstance(whole.get("role"), str) and isinstance(whole.get("parts", []), (list, tuple))


def _raw_parts(value: Any) -> list[Any]:
    whole = _mapping(value)
    return list(cast("list[Any]", whole.get("parts", []))) if _is_message(whole) else [value]


def _mapping(value: Any) -> Mapping[str, Any]:
    return cast("Mapping[str, Any]", value) if isinstance(value, Mapping) else {}


def _content(part: Any) -> Any:
    """The text that a part is about: what `part_text` gives and what is cut on the page."""
    whole = _mapping(part)
    field = {"text": "content", "reasoning": "content", "tool_call": "arguments", "tool_call_response": "response"}
    name = field.get(str(whole.get("type")))
    return whole.get(name) if name else part


def _part(part: Any, place: str) -> ShownPart:
    whole = _mapping(part)
    match whole.get("type"):
        case "text":
            return _written("text", whole.get("content"), place)
        case "reasoning":
            return _written("reasoning", whole.get("content"), place)
        case "tool_call":
            return _written("tool_call", whole.get("arguments"), place, str(whole.get("name") or ""), _id(whole))
        case "tool_call_response":
            return _written("tool_answer", whole.get("response"), place, "", _id(whole))
        case "blob":
            return _blob(whole, place)
        case "uri":
            return _uri(whole, place)
        case "file":
            return ShownPart(
                form="note", text=f"{_modality(whole)}, the provider's file {whole.get('file_id')}", place=place
            )
        case _:
            return _written("json" if whole else "text", part, place)


def _id(whole: Mapping[str, Any]) -> str:
    return str(whole.get("id") or "")


def _modality(whole: Mapping[str, Any]) -> str:
    return str(whole.get("modality") or "media")


def _written(form: str, value: Any, place: str, title: str = "", id: str = "") -> ShownPart:
    if value is None:
        return ShownPart(form=form, title=title, id=id, place=place)
    decoded = _decoded(value) if form != "reasoning" else value
    is_json = not isinstance(decoded, str)
    # A NUL is no character of a page; browsers would put a sign of doubt in its place.
    text = plain(decoded).replace("\x00", "\u2400")
    whole = ShownPart(
        form="json" if is_json and form == "text" else form,
        title=title,
        text=text,
        id=id,
        is_json=is_json,
        place=place,
    )
    return _cut(whole, LONGEST_TEXT)


def _decoded(value: Any) -> Any:
    """JSON written as text becomes readable; numbers and words stay as they were written."""
    if not isinstance(value, str) or not value.lstrip().startswith(("{", "[")):
        return value
    try:
        return msgspec.json.decode(value)
    except (msgspec.DecodeError, RecursionError):
        return value


def _blob(whole: Mapping[str, Any], place: str) -> ShownPart:
    content = str(whole.get("content") or "")
    mime = _mime(str(whole.get("mime_type") or ""), content)
    described = f"{_modality(whole)} {mime or 'of unknown type'}, {size(len(content) * 3 // 4)}"
    form = _SAFE_MEDIA.get(mime)
    if form is None:
        return ShownPart(form="note", text=f"{described}: not shown, its type may carry a program", place=place)
    if len(content) > LARGEST_MEDIA * 4 // 3:
        return ShownPart(form="note", text=f"{described}: too large to show here", place=place)
    if not _is_base64(content):
        return ShownPart(form="note", text=f"{described}: its bytes are not base64", place=place)
    return ShownPart(form=form, text=described, media=f"data:{mime};base64,{content}", place=place)


def _mime(named: str, content: str) -> str:
    mime = named.lower().split(";")[0].strip()
    mime = _BARE_FORMATS.get(mime, mime)
    if mime:
        return mime
    try:
        head = base64.b64decode(content[:16])
    except (binascii.Error, ValueError):
        return ""
    return next((found for signature, found in _SIGNATURES if head.startswith(signature)), "")


def _is_base64(content: str) -> bool:
    try:
        base64.b64decode(content, validate=True)
    except (binascii.Error, ValueError):
        return False
    return True


def _uri(whole: Mapping[str, Any], place: str) -> ShownPart:
    address = str(whole.get("uri") or "")
    head, comma, content = address.partition(";base64,")
    if comma and head.startswith("data:"):
        return _blob({"modality": whole.get("modality"), "mime_type": head[5:], "content": content}, place)
    link = safe_link(address)
    form = "link" if link else "note"
    return ShownPart(form=form, title=_modality(whole), text=address[:2000], media=link, place=place)
