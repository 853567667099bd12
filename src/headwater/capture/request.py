"""Requests: the bytes that were sent, or the mapping that never became bytes, as an `Asked`."""

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from headwater.capture.body import form_of, mime_of, text_of
from headwater.event import Message, Unknown
from headwater.provider import Asked, Place

# Of a request past the bound, its two ends are kept: the model's name stands there, as the long fields are inner ones.
_END_BYTES = 4_096
_FORM = "multipart/form-data"
_MODEL = re.compile(rb'"model"\s*:\s*"([^"\\]{1,200})"')
_SCALAR = re.compile(r"-?\d+(?:\.\d+)?|true|false")
_WORDS = frozenset({"prompt", "model", "user", "language", "instructions", "input"})


class Cut:
    """A request that was too long to be kept: made of all of it, or of its beginning, its end and its size."""

    __slots__ = ("ends", "size_bytes")

    def __init__(self, body: bytes, tail: bytes = b"", size_bytes: int = 0) -> None:
        self.size_bytes = size_bytes or len(body)
        self.ends = body[:_END_BYTES] + b"\n" + (tail or body)[-_END_BYTES:]


def asked_of(place: Place, body: bytes | Mapping[str, Any] | Cut | None, content_type: str) -> Asked:
    """Read a request; one that cannot be read is told as it is, its model by the path where that names one."""
    asked = _asked(place, body, content_type)
    if place.model and not asked.model:
        asked = msgspec.structs.replace(asked, model=place.model)
    if place.is_stream is not None and asked.is_stream is None:
        asked = msgspec.structs.replace(asked, is_stream=place.is_stream)
    return asked


def _asked(place: Place, body: bytes | Mapping[str, Any] | Cut | None, content_type: str) -> Asked:
    operation = place.dialect.operation
    if body is None or body == b"":
        return Asked(operation=operation)
    if isinstance(body, Cut):
        return _cut(place, body, content_type)
    if not isinstance(body, bytes):
        return place.dialect.request(body)
    if mime_of(content_type) == _FORM:
        return _form(place, body, content_type)
    try:
        told = msgspec.json.decode(body)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        described = {"mime_type": mime_of(content_type), "text": text_of(body, content_type)}
        return _described(Asked(operation=operation), "unreadable", described)
    return place.dialect.request(told)


def _cut(place: Place, cut: Cut, content_type: str) -> Asked:
    """What the ends of a long request tell: a form's fields, an object's model."""
    if mime_of(content_type) == _FORM:
        asked = place.dialect.request(form_of(cut.ends, content_type).fields)
    else:
        model = _MODEL.search(cut.ends)
        name = model[1].decode("utf-8", "replace") if model is not None else ""
        asked = Asked(operation=place.dialect.operation, model=name)
    return _described(asked, "cut", {"mime_type": mime_of(content_type), "size_bytes": cut.size_bytes})


def _form(place: Place, body: bytes, content_type: str) -> Asked:
    form = form_of(body, content_type)
    asked = place.dialect.request({name: _value(name, value) for name, value in form.fields.items()})
    return _described(asked, "file", *form.files) if form.files else asked


def _value(name: str, value: Any) -> Any:
    """A form has only texts; numbers and truths are told as such."""
    if isinstance(value, str) and name not in _WORDS and _SCALAR.fullmatch(value):
        return msgspec.json.decode(value) if not re.match(r"-?0\d", value) else value
    return value


def _described(asked: Asked, kind: str, *descriptions: dict[str, Any]) -> Asked:
    parts = tuple([Unknown(generic_type=kind, raw=described) for described in descriptions])
    return msgspec.structs.replace(asked, messages=(*asked.messages, Message(role="user", parts=parts)))
