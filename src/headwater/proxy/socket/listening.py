"""Listening: what is said on a relayed WebSocket connection, taken down response by response.

It reads copies, and nothing in it can reach what passes: whatever goes wrong ends the listening, is counted, and the
connection goes on without it. What is held is claimed from the allowance of all calls.
"""

from collections.abc import Callable
from functools import partial

from msgspec.structs import replace
from wsproto.frame_protocol import ParseFailed

from headwater import ids
from headwater.capture import End, Frames, Recorded, RecordedTurn, Scope, Turn, is_wanted
from headwater.provider import place_of
from headwater.proxy.socket.messages import Closing, Messages, Unreadable
from headwater.proxy.taking import Allowance

_DIALECTS = frozenset({"openai.realtime", "openai.responses"})
# Whose a response is stands in what was taken down of its connection.
_NOWHERE = Scope()


def is_understood(host: str, path: str) -> bool:
    """Whether responses are made on WebSocket connections to there."""
    place = place_of(host, path)
    return place is not None and place.dialect.name in _DIALECTS


class Listening:
    """One connection. Its methods raise nothing.

    `opened` is the connection as a call: each response is recorded as a child of it, with its own id and times, and
    handed to `record` when it has ended. `count` is told by name what was missed.
    """

    def __init__(
        self,
        opened: Recorded,
        *,
        record: Callable[[RecordedTurn], object],
        count: Callable[[str], object],
        allowance: Allowance,
        limit_bytes: int,
    ) -> None:
        self.turns = 0
        self._opened = replace(opened, parent_span_id=opened.span_id)
        self._record = record
        self._count = count
        self._allowance = allowance
        self._claimed = 0
        self._is_short = False
        self._closing: End | None = None
        self._sent = Messages(is_masked=True, limit_bytes=limit_bytes, is_wanted=partial(is_wanted, is_sent=True))
        self._received = Messages(is_masked=False, limit_bytes=limit_bytes, is_wanted=partial(is_wanted, is_sent=False))
        frames = Frames(_begun, self._take, opened.path, opened.host, opened.port, limit_bytes)
        self._frames: Frames | None = frames

    def sent(self, data: bytes) -> None:
        """The client sent bytes."""
        frames = self._frames
        if frames is not None:
            self._hear(frames, self._sent, data, frames.sent, "closed")

    def received(self, data: bytes) -> None:
        """The upstream sent bytes."""
        frames = self._frames
        if frames is not None:
            self._hear(frames, self._received, data, frames.received, "cut")

    def ended(self, how: End) -> None:
        """The connection is over, and with it what is being made. Who said so first ended it, whoever hung up."""
        frames, self._frames = self._frames, None
        if frames is None:
            return
        try:
            frames.ended(self._closing or how)
        except Exception:  # noqa: BLE001 - the relay goes on
            self._count("websocket response lost: error")
        self._allowance.release(self._claimed)
        self._claimed = 0

    def _hear(
        self, frames: Frames, messages: Messages, data: bytes, tell: Callable[[bytes], None], closing: End
    ) -> None:
        try:
            for message in messages.feed(data):
                if isinstance(message, Closing):
                    self._close(closing, message)
                else:
                    tell(message)
            self._claim(frames)
        except (ParseFailed, Unreadable):
            self._stop("unreadable")
        except Exception:  # noqa: BLE001 - the relay goes on
            self._stop("error")

    def _close(self, how: End, said: Closing) -> None:
        if self._closing is not None:
            return
        self._closing = how
        if how == "cut":
            words = f"the upstream closed the WebSocket with {said.code} {said.reason}".rstrip()
            self._opened = replace(self._opened, failure_type="upstream_closed", failure_message=words)

    def _claim(self, frames: Frames) -> None:
        """Hold no more than is allowed: where there is no room, responses are told by their last frames alone."""
        if self._has_room(frames):
            self._is_short = False
            return
        if not self._is_short:
            self._is_short = True
            self._count("websocket response shortened: no room")
        frames.shed()
        self._sent.shed()
        self._received.shed()
        self._has_room(frames)

    def _has_room(self, frames: Frames) -> bool:
        held = frames.held_bytes + self._sent.held_bytes + self._received.held_bytes
        if held <= self._claimed:
            self._allowance.release(self._claimed - held)
        elif not self._allowance.claim(held - self._claimed):
            return False
        self._claimed = held
        return True

    def _stop(self, why: str) -> None:
        self._count(f"websocket no longer read: {why}")
        self.ended("abandoned")

    def _take(self, turn: Turn) -> None:
        self.turns += 1
        self._record(turn.recorded(self._opened))


def _begun() -> tuple[Scope, int, int]:
    return _NOWHERE, 0, int.from_bytes(ids.id_bytes(8), "big")
