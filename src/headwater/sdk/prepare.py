"""What happens to a span or a log before it is sent: content off, masks, text limit, the user's hook, in this order.

All of it runs in the outbox's thread. Masks come before the limit, so that no secret is cut in two and told by half;
what raises is not sent at all.
"""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar, cast

import msgspec
from msgspec.structs import replace

from headwater.errors import HeadwaterError
from headwater.event import (
    Blob,
    Call,
    Failure,
    File,
    LogEvent,
    Message,
    Reasoning,
    Span,
    SpanEvent,
    SpanLink,
    Text,
    Told,
    ToolCall,
    ToolCallResponse,
    ToolDefinition,
    Unknown,
    Uri,
)
from headwater.redact import Masks, each_text, without_content
from headwater.sdk.settings import Content, Redact

_Struct = TypeVar("_Struct", bound=msgspec.Struct)


def prepare_with(
    content: Content, masks: Masks | None, hook: Redact | None, text_limit: int
) -> Callable[[Told], Told | None]:
    """Make the function that every span and log goes through before it is sent.

    `content` "off" takes away messages, tool definitions, inputs, outputs, arguments, results and documents; names,
    models, usage, times, failures, and what the program itself attached stay. `masks` are put on every text. A text of
    more than `text_limit` characters is cut, with a mark that says how many are missing; base64 of more is replaced
    by a text that says what it was. `hook` sees the outcome; it returns what to send, or None to send nothing.

    The function returns the very same object where nothing changed. It raises what the hook raises, and
    HeadwaterError where the hook returns anything but a span, a log or None.
    """
    texts = _Texts(masks, text_limit)

    def prepare(told: Told) -> Told | None:
        bare = without_content(told) if content == "off" else told
        prepared = texts.of(bare)
        return prepared if hook is None else _hooked(hook, prepared)

    return prepare


def _hooked(hook: Redact, told: Told) -> Told | None:
    # What a user's function returns is known only when it has.
    returned = cast(object, hook(told))
    if returned is None or isinstance(returned, Span | LogEvent):
        return returned
    kind = type(returned).__name__
    raise HeadwaterError(f"the redact hook returned {kind!r}: it must return a Span, a LogEvent or None")


class _Texts:
    """Puts every text of a struct through the masks and the limit; builds anew only what holds a text that changed."""

    def __init__(self, masks: Masks | None, limit: int) -> None:
        self._text = _text_change(masks, limit)
        self._limit = limit
        text, value, structs, struct = self._text, self._value, self._structs, self.of
        # Each struct's fields that may hold text, and who changes them. Ids, models and units are not text.
        self._fields: dict[type, tuple[tuple[str, Callable[[Any], Any]], ...]] = {
            Span: (
                ("call", struct),
                ("attributes", value),
                ("metadata", value),
                ("input", value),
                ("output", value),
                ("input_messages", structs),
                ("output_messages", structs),
                ("failure", struct),
                ("events", structs),
                ("links", structs),
                ("name", text),
                ("session_id", text),
                ("user_id", text),
                ("tags", value),
                ("tool_name", text),
                ("agent_name", text),
            ),
            LogEvent: (
                ("body", value),
                ("attributes", value),
                ("input", structs),
                ("output", structs),
                ("name", text),
            ),
            Call: (("input", structs), ("output", structs), ("tools", structs), ("parameters", value)),
            ToolDefinition: (("description", text), ("parameters", value), ("raw", value)),
            Failure: (("message", text), ("stacktrace", text)),
            SpanEvent: (("name", text), ("attributes", value)),
            SpanLink: (("attributes", value),),
            Message: (("parts", structs), ("name", text)),
            Text: (("content", text),),
            Reasoning: (("content", text),),
            ToolCall: (("arguments", value),),
            ToolCallResponse: (("response", value),),
            Uri: (("uri", text),),
            File: (),
            Unknown: (("raw", value),),
        }

    def of(self, told: _Struct) -> _Struct:
        """The struct with its texts changed; the very same where none did."""
        changed: dict[str, Any] | None = None
        for field, change in self._fields[told.__class__]:
            old = getattr(told, field)
            if old:
                new = change(old)
                if new is not old:
                    changed = changed or {}
                    changed[field] = new
        return told if changed is None else replace(told, **changed)

    def _structs(self, old: Sequence[Any]) -> Sequence[Any]:
        changed: list[Any] | None = None
        for at, struct in enumerate(old):
            new = self._blob(struct) if struct.__class__ is Blob else self.of(struct)
            if new is not struct:
                changed = changed or [*old]
                changed[at] = new
        return old if changed is None else tuple(changed)

    def _blob(self, blob: Blob) -> Blob | Text:
        """Half of base64 is no picture: all of it goes, and a text stands in its place."""
        if len(blob.content) <= self._limit:
            return blob
        what = blob.mime_type or blob.modality
        return Text(content=f"[cut by headwater: {what}, {len(blob.content):,} characters of base64]")

    def _value(self, value: Any) -> Any:
        return each_text(value, self._text)


def _text_change(masks: Masks | None, limit: int) -> Callable[[str], str]:
    def cut(text: str) -> str:
        if len(text) <= limit:
            return text
        return f"{text[:limit]}… [cut by headwater: {len(text) - limit:,} characters]"

    if masks is None or not masks.names:
        return cut
    mask = masks.text

    def masked_and_cut(text: str) -> str:
        masked = mask(text)
        return masked if len(masked) <= limit else cut(masked)

    return masked_and_cut
