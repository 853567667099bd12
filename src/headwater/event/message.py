"""Messages: what was said to a model and what it said.

The shapes are those of the OpenTelemetry GenAI message schemas (`gen-ai-input-messages.json`, v1.41.1): encoding a
`Message` to JSON gives an item of `gen_ai.input.messages`. A part that no shape fits is kept whole as `Unknown`.
"""

from typing import Any

import msgspec


class Text(msgspec.Struct, frozen=True, kw_only=True, tag="text", tag_field="type", gc=False):
    """Plain text."""

    content: str


class Reasoning(msgspec.Struct, frozen=True, kw_only=True, tag="reasoning", tag_field="type", gc=False):
    """What a model thought before it answered, as far as its provider shows it."""

    content: str


class ToolCall(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag="tool_call", tag_field="type", gc=False
):
    """A model's wish to have a tool run. `arguments` is the decoded JSON, or the text as sent where it is not JSON."""

    name: str
    id: str | None = None
    arguments: Any = None


class ToolCallResponse(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag="tool_call_response", tag_field="type"
):
    """What a tool answered, as told to the model; `id` is that of the `ToolCall`."""

    response: Any
    id: str | None = None


class Blob(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag="blob", tag_field="type", gc=False):
    """Media sent inline; `content` is base64, `modality` one of image, audio, video, or the sender's own word."""

    modality: str
    content: str
    mime_type: str | None = None


class Uri(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag="uri", tag_field="type", gc=False):
    """Media named by address."""

    modality: str
    uri: str
    mime_type: str | None = None


class File(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag="file", tag_field="type", gc=False):
    """Media named by a provider's file id."""

    modality: str
    file_id: str
    mime_type: str | None = None


class Unknown(msgspec.Struct, frozen=True, kw_only=True, tag="generic", tag_field="type", gc=False):
    """A part of a kind we do not know, kept as it was sent; `generic_type` is its own type word."""

    generic_type: str
    raw: Any


Part = Text | Reasoning | ToolCall | ToolCallResponse | Blob | Uri | File | Unknown


class Message(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """One message. `role` is system, user, assistant, tool, or the sender's own word."""

    role: str
    parts: tuple[Part, ...] = ()
    name: str | None = None
    finish_reason: str | None = None


def searchable_text(message: Message) -> str:
    """Return the text of a message that a person would search for: text, reasoning, tool names, arguments, results."""
    parts = message.parts
    if len(parts) == 1 and isinstance(only := parts[0], Text):
        return only.content
    found: list[str] = []
    for part in parts:
        match part:
            case Text(content=content) | Reasoning(content=content):
                found.append(content)
            case ToolCall(name=name, arguments=arguments):
                found.append(f"{name} {_plain(arguments)}")
            case ToolCallResponse(response=response):
                found.append(_plain(response))
            case Uri(uri=uri):
                found.append(uri)
            case File(file_id=file_id):
                found.append(file_id)
            case Unknown(raw=raw):
                found.append(_plain(raw))
            case Blob():
                pass
    return "\n".join(found)


def _plain(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    return msgspec.json.encode(value).decode()
