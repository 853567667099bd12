"""Turn: one response on a WebSocket connection."""

from typing import NamedTuple

import msgspec

from headwater import clock
from headwater.capture.raised import Raised
from headwater.capture.recorded import Recorded
from headwater.capture.recorded_turn import RecordedTurn
from headwater.capture.scope import Scope
from headwater.capture.span import End, Taken, span_of
from headwater.capture.spoken import SWITCHED, Data, asked_in, heard_in
from headwater.event import Span
from headwater.provider import place_of

_OWN_BYTES = 1_024
_FRAME_BYTES = 128
_SOUND = '{"type":"response.output_audio.delta"}'
_BROWSERS_KEY = "client_secret"


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
        "_lost",
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
        self._lost = 0
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
        else:
            self._lost += len(data)

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

    def shed(self) -> None:
        """Let go of the answer so far and of the items: of what comes only the last frame is kept."""
        self._lost += sum(len(data) for _, data in self._frames)
        self._frames, self._items = [], []
        self._limit = 0
        self.size_bytes = _OWN_BYTES + len(self._request or "")

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
        taken = Taken(
            scope=self._scope,
            trace_id=self._trace_id,
            span_id=self._span_id,
            host=host,
            port=port,
            start_ns=self._start_ns,
            end_ns=self._end_ns,
            status=SWITCHED,
            end=self._end,
            raised=self.raised,
        )
        asked = asked_in(place, path, self._request, self._session, self._items)
        timed = ((time - self._began, data) for time, data in self._frames)
        return span_of(taken, place, asked, heard_in(place, timed, self._has_last))

    def recorded(self, opened: Recorded) -> RecordedTurn:
        """The same as bytes, to be told later and elsewhere. `opened` is the connection as a call: who opened it, where
        it leads, and what became of it if that is not well. After the end.
        """
        frames = [_bytes(data) for _, data in self._frames]
        call = msgspec.structs.replace(
            opened,
            span_id=self._span_id.to_bytes(8, "big"),
            start_ns=self._start_ns,
            duration_ns=self._end_ns - self._start_ns,
            request=_bytes(self._request or b""),
            request_bytes=len(self._request or b""),
            status=SWITCHED,
            response=b"".join(frames),
            chunk_bytes=tuple(map(len, frames)),
            chunk_ns=tuple([time - self._began for time, _ in self._frames]),
            lost_bytes=self._lost,
            end=self._end,
        )
        return RecordedTurn(
            call=call,
            session=_without_secret(_bytes(self._session or b"")),
            items=tuple(map(_bytes, self._items)),
            is_whole=self._has_last,
        )


def _bytes(data: Data) -> bytes:
    return data.encode() if isinstance(data, str) else data


def _without_secret(session: bytes) -> bytes:
    """A session's frame without the key that it may hand to a browser."""
    if _BROWSERS_KEY.encode() not in session:
        return session
    try:
        frame = msgspec.json.decode(session, type=dict[str, msgspec.Raw])
        told = msgspec.json.decode(frame["session"], type=dict[str, msgspec.Raw])
    except (msgspec.MsgspecError, ValueError, KeyError, RecursionError):
        return b""
    told.pop(_BROWSERS_KEY, None)
    return msgspec.json.encode({**frame, "session": told})
