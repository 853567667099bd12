"""Frames: a WebSocket connection on which responses are made (Realtime, Responses), one call each.

As a frame passes, only its type is looked at, and only where several responses are made at a time whose it is; the
rest is decoded later and elsewhere. Sound is not kept: it is large, and told in words beside.
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
_SOUNDS = frozenset({"response.output_audio.delta", "response.audio.delta"})
_LAST = frozenset({"response.done", "response.completed", "response.failed", "response.incomplete"})
_SESSION = frozenset({"session.created", "session.updated"})
_TRANSCRIBED = "conversation.item.input_audio_transcription.completed"
_ITEMS = frozenset({"conversation.item.created", "conversation.item.added", "conversation.item.done", _TRANSCRIBED})
_MAX_ITEMS = 256
# Responses outside of the conversation may be made beside each other; of more than these the oldest is given up.
_MAX_OPEN = 8


class _Open:
    """A response that is asked for or being made: `id` is the provider's, once told; `turn` None if it is not told."""

    __slots__ = ("id", "turn")

    def __init__(self, turn: Turn | None) -> None:
        self.turn = turn
        self.id = ""

    @property
    def is_begun(self) -> bool:
        """Whether the provider has accepted the request."""
        return bool(self.id) or (self.turn is not None and self.turn.is_begun)


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
        self._item_bytes = 0
        self._open: list[_Open] = []

    @property
    def held_bytes(self) -> int:
        """About how much is held: the session, the items to come, and all that is being made."""
        held = self._item_bytes + len(self._session or "")
        for made in self._open:
            if made.turn is not None:
                held += made.turn.size_bytes
        return held

    def sent(self, data: Data) -> None:
        """The program sent a frame."""
        if _type_of(data) == _CREATE:
            self._begin_one(data)

    def received(self, data: Data) -> None:
        """A frame came."""
        kind = _type_of(data)
        if kind in _SESSION:
            self._session = data if len(data) <= self._limit else None
        elif kind in _ITEMS:
            self._keep_item(kind, data)
        else:
            self._take(kind, data)

    def failed(self, error: BaseException) -> None:
        """The connection is lost to the program with this exception."""
        for made in self._open:
            if made.turn is not None:
                made.turn.raised = raised_from(error)

    def ended(self, how: End) -> None:
        """The connection is over, and with it every response that is being made."""
        while self._open:
            self._end(self._open[0], how)

    def shed(self) -> None:
        """Let go of what is held; of responses that are being made the last frame will still be kept."""
        self._items, self._item_bytes = [], 0
        for made in self._open:
            if made.turn is not None:
                made.turn.shed()

    def _keep_item(self, kind: str, data: Data) -> None:
        """What was said is the next response's input; its transcript may come when that is being made already."""
        latest = self._open[-1].turn if self._open else None
        if kind == _TRANSCRIBED and latest is not None:
            latest.take_item(data)
        elif len(self._items) < _MAX_ITEMS and self._item_bytes + len(data) <= self._limit:
            self._items.append(data)
            self._item_bytes += len(data)

    def _take(self, kind: str, data: Data) -> None:
        if kind == _CREATED:
            made = self._created(data)
        elif len(self._open) > 1:
            made = self._whose(kind, data)
        else:
            made = self._open[0] if self._open else None
        if made is None:
            return
        turn = made.turn
        # An error that comes before anything else is the answer; later ones may be about other frames.
        is_last = kind in _LAST or (kind == _ERROR and not made.is_begun)
        if turn is not None and kind in _SOUNDS:
            turn.take_sound()
        elif turn is not None:
            turn.take(data, is_last)
        if is_last:
            self._end(made, "complete")

    def _created(self, data: Data) -> _Open:
        """The response that the provider begins: the one that waits longest, or one of the server's own, as when the
        user stops speaking.
        """
        made = next((each for each in self._open if not each.id), None)
        made = made if made is not None else self._begin_one(None)
        made.id = _id_of(data) or "?"
        return made

    def _whose(self, kind: str, data: Data) -> _Open | None:
        """Whose a frame is where several are open: that whose id it names, else the one that was begun first."""
        if kind == _ERROR:
            return next((each for each in self._open if not each.id), None)
        named = _id_of(data)
        if not named:
            return self._open[0]
        found = next((each for each in self._open if each.id == named), None)
        return found if found is not None else next((each for each in self._open if not each.id), None)

    def _begin_one(self, request: Data | None) -> _Open:
        if len(self._open) >= _MAX_OPEN:
            self._end(self._open[0], "closed")
        begun = self._begin()
        items, self._items, self._item_bytes = self._items, [], 0
        turn = None
        if begun is not None:
            turn = Turn(begun, self._connection, request, self._session, items, self._limit)
        made = _Open(turn)
        self._open.append(made)
        return made

    def _end(self, made: _Open, how: End) -> None:
        self._open.remove(made)
        if made.turn is not None:
            made.turn.end(how)
            self._record(made.turn)


def is_wanted(head: bytes, is_sent: bool) -> bool:
    """Whether a frame with this beginning is read by more than its type: most of a long talk is sound."""
    first = _FIRST_IN_BYTES.match(head)
    if first is None:
        return True
    kind = first[1].decode("utf-8", "replace")
    return kind == _CREATE if is_sent else kind not in _SOUNDS


class _Named(msgspec.Struct):
    id: str = ""


class _Typed(msgspec.Struct):
    type: str = ""


class _Identified(msgspec.Struct):
    response_id: str = ""
    response: _Named | None = None


_typed = msgspec.json.Decoder(_Typed)
_identified = msgspec.json.Decoder(_Identified)
# Providers write the type first; wherever else it stands, the frame is read for it.
_FIRST = re.compile(r'\s*\{\s*"type"\s*:\s*"([^"\\]+)"')
_FIRST_IN_BYTES = re.compile(_FIRST.pattern.encode())


def _id_of(data: Data) -> str:
    """The id of the response that a frame belongs to, "" where it names none."""
    try:
        found = _identified.decode(data)
    except (msgspec.MsgspecError, ValueError, TypeError, RecursionError):
        return ""
    return found.response_id or (found.response.id if found.response is not None else "")


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
