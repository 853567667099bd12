"""Frames: a WebSocket connection on which responses are made (Realtime, Responses), one call each.

On the caller's thread only a frame's type is looked at; the rest is decoded off it. Sound is not kept: it is large,
and told in words beside.
"""

import re
from collections.abc import Callable

import msgspec

from headwater.capture.exchange import LIMIT_BYTES
from headwater.capture.raised import raised_from
from headwater.capture.scope import Scope
from headwater.capture.span import End
from headwater.capture.turn import Connection, Turn

Data = str | bytes

_CREATE = "response.create"
_CREATED = "response.created"
_ERROR = "error"
_SOUND_SENT = "input_audio_buffer.append"
_SOUNDS = frozenset({"response.output_audio.delta", "response.audio.delta"})
_LAST = frozenset({"response.done", "response.completed", "response.failed", "response.incomplete"})
_SESSION = frozenset({"session.created", "session.updated"})
_TRANSCRIBED = "conversation.item.input_audio_transcription.completed"
_ITEMS = frozenset({"conversation.item.created", "conversation.item.added", "conversation.item.done", _TRANSCRIBED})
_MAX_ITEMS = 256


class Frames:
    """One connection. `begin` gives the scope and the ids of a call that begins now, None where none is to be told;
    `record` takes each call when it has ended (an item of the outbox). The methods raise nothing of their own.
    """

    def __init__(
        self,
        begin: Callable[[], tuple[Scope, int, int] | None],
        record: Callable[[Turn], object],
        path: str,
        host: str,
        port: int | None,
        limit_bytes: int = LIMIT_BYTES,
    ) -> None:
        self._begin = begin
        self._record = record
        self._connection = Connection(path, host, port)
        self._limit = limit_bytes
        self._session: Data | None = None
        self._items: list[Data] = []
        self._turn: Turn | None = None
        self._is_untold = False

    def sent(self, data: Data) -> None:
        """The program sent a frame."""
        if _type_of(data) == _CREATE:
            self._open(data)

    def received(self, data: Data) -> None:
        """A frame came."""
        kind = _type_of(data)
        if kind in _SESSION:
            self._session = data
        elif kind in _ITEMS:
            self._keep_item(kind, data)
        else:
            self._take(kind, data)

    def failed(self, error: BaseException) -> None:
        """The connection is lost to the program with this exception."""
        if self._turn is not None:
            self._turn.raised = raised_from(error)

    def ended(self, how: End) -> None:
        """The connection is over, and with it the response that is being made."""
        self._close(how)

    def _keep_item(self, kind: str, data: Data) -> None:
        """What was said is the next response's input; its transcript may come when that is being made already."""
        if kind == _TRANSCRIBED and self._turn is not None:
            self._turn.take_item(data)
        elif len(self._items) < _MAX_ITEMS and len(data) <= self._limit:
            self._items.append(data)

    def _take(self, kind: str, data: Data) -> None:
        if kind == _CREATED and self._turn is None and not self._is_untold:
            # The server began it by itself, as when the user stops speaking.
            self._open(None)
        is_last = kind in _LAST
        turn = self._turn
        if turn is not None:
            # An error that comes before anything else is the answer; later ones may be about other frames.
            is_last = is_last or (kind == _ERROR and not turn.is_begun)
            if kind in _SOUNDS:
                turn.take_sound()
            else:
                turn.take(data, is_last)
        if is_last:
            self._close("complete")

    def _open(self, request: Data | None) -> None:
        self._close("closed")
        begun = self._begin()
        self._is_untold = begun is None
        items, self._items = self._items, []
        if begun is not None:
            self._turn = Turn(begun, self._connection, request, self._session, items, self._limit)

    def _close(self, how: End) -> None:
        turn, self._turn = self._turn, None
        self._is_untold = False
        if turn is not None:
            turn.end(how)
            self._record(turn)


class _Typed(msgspec.Struct):
    type: str = ""


_typed = msgspec.json.Decoder(_Typed)
# Providers write the type first; wherever else it stands, the frame is read for it.
_FIRST = re.compile(r'\s*\{\s*"type"\s*:\s*"([^"\\]+)"')
_FIRST_IN_BYTES = re.compile(_FIRST.pattern.encode())


def _type_of(data: Data) -> str:
    if isinstance(data, str):
        first = _FIRST.match(data)
        if first is not None:
            return first[1]
    else:
        first_in_bytes = _FIRST_IN_BYTES.match(data)
        if first_in_bytes is not None:
            return first_in_bytes[1].decode("utf-8", "replace")
    try:
        return _typed.decode(data).type
    except (msgspec.MsgspecError, ValueError, TypeError, RecursionError):
        return ""
