"""Turn: one response on a WebSocket connection."""

from collections.abc import Mapping
from typing import Any, NamedTuple, cast
from urllib.parse import parse_qs

import msgspec

from headwater import clock
from headwater.capture.answer import Heard
from headwater.capture.raised import Raised
from headwater.capture.request import asked_of
from headwater.capture.scope import Scope
from headwater.capture.span import End, Taken, span_of
from headwater.event import Span
from headwater.provider import Place, place_of

Data = str | bytes
_OWN_BYTES = 1_024
_FRAME_BYTES = 128
_SOUND = '{"type":"response.output_audio.delta"}'
# The status with which a WebSocket connection begins.
_SWITCHED = 101
_IN_SESSION = "openai.realtime"


class Connection(NamedTuple):
    """Where a connection goes; `path` with its query, as the model may stand there."""

    path: str
    host: str
    port: int | None


class Turn:
    """One response, an item of the outbox once it has ended. Frames are kept as they came until `told`.

    `is_begun` says that the provider has accepted the request; `raised` is what the program was given instead.
    """

    __slots__ = (
        "_began",
        "_connection",
        "_end",
        "_end_ns",
        "_frames",
        "_has_last",
        "_has_sound",
        "_items",
        "_limit",
        "_request",
        "_scope",
        "_session",
        "_span_id",
        "_start_ns",
        "_trace_id",
        "is_begun",
        "raised",
        "size_bytes",
    )

    def __init__(
        self,
        begun: tuple[Scope, int, int],
        connection: Connection,
        request: Data | None,
        session: Data | None,
        items: list[Data],
        limit_bytes: int,
    ) -> None:
        self._start_ns = clock.now_ns()
        self._began = clock.ticks_ns()
        self._scope, self._trace_id, self._span_id = begun
        self._connection = connection
        self._request = request
        self._session = session
        self._items = items
        self._limit = limit_bytes
        self._frames: list[tuple[int, Data]] = []
        self._has_last = False
        self._has_sound = False
        self.raised: Raised | None = None
        self.is_begun = False
        self.size_bytes = _OWN_BYTES + sum(len(data) for data in (request, session, *items) if data is not None)

    def take(self, data: Data, is_last: bool) -> None:
        """A frame of this response came. Past the bound only its last is kept, which has everything in it."""
        self.is_begun = True
        self._has_last = is_last
        if self.size_bytes <= self._limit or is_last:
            self._frames.append((clock.ticks_ns(), data))
            self.size_bytes += len(data) + _FRAME_BYTES

    def take_sound(self) -> None:
        """A piece of sound came; only that it did is kept, once."""
        if not self._has_sound:
            self._has_sound = True
            self.take(_SOUND, False)

    def take_item(self, data: Data) -> None:
        """What the user had said came in words."""
        if self.size_bytes <= self._limit:
            self._items.append(data)
            self.size_bytes += len(data) + _FRAME_BYTES

    def end(self, how: End) -> None:
        """It is over."""
        self._end: End = how
        self._end_ns = self._start_ns + clock.ticks_ns() - self._began

    def told(self) -> Span | None:
        """The span, made of all that was kept; None where the path is no call's. Off the caller's thread."""
        path, host, port = self._connection
        place = place_of(host, path)
        if place is None:
            return None
        asked = asked_of(place, self._asked(place), "")
        if not asked.model:
            asked = msgspec.structs.replace(asked, model=_model_in(path))
        taken = Taken(
            scope=self._scope,
            trace_id=self._trace_id,
            span_id=self._span_id,
            host=host,
            port=port,
            start_ns=self._start_ns,
            end_ns=self._end_ns,
            status=_SWITCHED,
            end=self._end,
            raised=self.raised,
        )
        return span_of(taken, place, asked, self._heard(place))

    def _asked(self, place: Place) -> Mapping[str, Any]:
        """The request as its dialect reads it; the settings stand in an object of their own, or in the frame."""
        frame = _object(self._request)
        settings = _inner(frame, "response")
        if place.dialect.name != _IN_SESSION:
            settings = settings or {name: frame[name] for name in frame if name not in ("type", "event_id")}
            return {**settings, "stream": True}
        session = _inner(_object(self._session), "session")
        return {"session": session, "items": _items_of(self._items), "response": settings}

    def _heard(self, place: Place) -> Heard:
        reader = place.dialect.reader()
        ttft_ns = None
        for time, data in self._frames:
            if reader.feed(_object(data)) and ttft_ns is None:
                ttft_ns = time - self._began
        answered = reader.answered()
        return Heard(answered, answered.failure, is_stream=True, is_whole=self._has_last, ttft_ns=ttft_ns)


def _model_in(path: str) -> str:
    return parse_qs(path.partition("?")[2]).get("model", [""])[0]


def _items_of(frames: list[Data]) -> list[dict[str, Any]]:
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
