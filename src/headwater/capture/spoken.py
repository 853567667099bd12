"""Spoken: what the frames of a WebSocket connection say, as the request and the answer of a call."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast
from urllib.parse import parse_qs

import msgspec

from headwater.capture.answer import Heard
from headwater.capture.request import asked_of
from headwater.provider import Asked, Place

Data = str | bytes
# The status with which a WebSocket connection begins.
SWITCHED = 101
_IN_SESSION = "openai.realtime"


def asked_in(place: Place, path: str, request: Data | None, session: Data | None, items: Sequence[Data]) -> Asked:
    """The request of a response: its own frame if it has one, and for Realtime the session and the new items."""
    asked = asked_of(place, _request_of(place, request, session, items), "")
    return asked if asked.model else msgspec.structs.replace(asked, model=_model_in(path))


def _request_of(place: Place, request: Data | None, session: Data | None, items: Sequence[Data]) -> Mapping[str, Any]:
    """The request as its dialect reads it; the settings stand in an object of their own, or in the frame."""
    frame = _object(request)
    settings = _inner(frame, "response")
    if place.dialect.name != _IN_SESSION:
        settings = settings or {name: frame[name] for name in frame if name not in ("type", "event_id")}
        return {**settings, "stream": True}
    told = _inner(_object(session), "session")
    return {"session": told, "items": _items_of(items), "response": settings}


def heard_in(place: Place, frames: Iterable[tuple[int, Data]], has_last: bool) -> Heard:
    """The answer that frames make, each with its nanoseconds since the request. `has_last`: the last one ends it."""
    reader = place.dialect.reader()
    ttft_ns = None
    for time_ns, data in frames:
        if reader.feed(_object(data)) and ttft_ns is None:
            ttft_ns = time_ns
    answered = reader.answered()
    return Heard(answered, answered.failure, is_stream=True, is_whole=has_last, ttft_ns=ttft_ns)


def _model_in(path: str) -> str:
    return parse_qs(path.partition("?")[2]).get("model", [""])[0]


def _items_of(frames: Sequence[Data]) -> list[dict[str, Any]]:
    """The items that came into a conversation, each as last told, without those that the model made itself."""
    found: dict[str, dict[str, Any]] = {}
    for number, frame in enumerate(map(_object, frames)):
        item = _inner(frame, "item") or _spoken(frame)
        if item.get("role") == "assistant" or item.get("type") == "function_call":
            continue
        found[str(frame.get("item_id") or item.get("id") or number)] = item
    return list(found.values())


def _spoken(frame: dict[str, Any]) -> dict[str, Any]:
    content = [{"type": "input_audio", "transcript": frame.get("transcript")}]
    return {"type": "message", "role": "user", "content": content}


def _inner(value: dict[str, Any], name: str) -> dict[str, Any]:
    inner: Any = value.get(name)
    return cast(dict[str, Any], inner) if isinstance(inner, dict) else {}


def _object(data: Data | None) -> dict[str, Any]:
    """A frame decoded; an empty object where it is none."""
    try:
        return msgspec.json.decode(data or "{}", type=dict[str, Any])
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return {}
