"""Messages: one direction of a WebSocket connection, read frame by frame (RFC 6455) by wsproto.

It reads a copy: nothing here can change or hold up what passes. A message is kept whole up to a bound; of a longer one
the two ends, and of one that nobody reads its beginning, however many fragments it comes in.
"""

from collections.abc import Callable
from typing import NamedTuple

from wsproto.frame_protocol import Frame, FrameDecoder, Opcode

from headwater.capture import shortened
from headwater.errors import HeadwaterError

_END_BYTES = 64 * 1024
# Where the type of a message stands, if it stands at the beginning.
_HEAD_BYTES = 512
# A read brings at most 256 KiB. Frames of real talks are longer than this makes them; smaller ones only cost time.
_MAX_FRAMES = 4_096
_SPACES = b" \t\r\n"


class Unreadable(HeadwaterError):
    """These bytes are no frames, or more of them than anybody has a use for."""


class Closing(NamedTuple):
    """One side said that it closes: 1005 where it gave no code (RFC 6455, 7.1.5)."""

    code: int
    reason: str


class Messages:
    """A reader of one direction. `is_masked` says that it is the client's (RFC 6455, 5.3); `is_wanted` is asked once,
    of the beginning of a message that is getting long.
    """

    def __init__(self, *, is_masked: bool, limit_bytes: int, is_wanted: Callable[[bytes], bool]) -> None:
        self._decoder = FrameDecoder(client=not is_masked)
        self._limit = limit_bytes
        self._is_wanted = is_wanted
        self._is_open = False
        self._begin()

    @property
    def held_bytes(self) -> int:
        """What is held of a message that is not whole."""
        return len(self._kept) + len(self._tail)

    def feed(self, data: bytes) -> list[bytes | Closing]:
        """The JSON messages that these bytes complete, in order; others are passed over. Raises Unreadable, or whatever
        wsproto raises for bytes that are no frames.
        """
        found: list[bytes | Closing] = []
        self._decoder.receive_bytes(data)
        for _ in range(_MAX_FRAMES):
            frame = self._decoder.process_buffer()
            if frame is None:
                return found
            told = self._take(frame)
            if told is not None:
                found.append(told)
        raise Unreadable(f"more than {_MAX_FRAMES} frames in {len(data)} bytes")

    def shed(self) -> None:
        """Keep only the ends of the message that is coming."""
        if not self._is_long and len(self._kept) > _END_BYTES:
            self._lengthen()

    def _begin(self) -> None:
        self._kept = bytearray()
        self._tail = bytearray()
        self._size = 0
        self._is_long = False
        self._is_asked = False
        self._is_passed_over = False

    def _take(self, frame: Frame) -> bytes | Closing | None:
        opcode, payload = frame.opcode, frame.payload
        if not isinstance(payload, bytes):
            raise Unreadable("a frame is not bytes")
        if opcode.iscontrol():
            return _closing(payload) if opcode is Opcode.CLOSE else None
        if self._is_open is not (opcode is Opcode.CONTINUATION):
            raise Unreadable("fragments of two messages are mixed")
        self._is_open = True
        self._add(payload)
        if not (frame.frame_finished and frame.message_finished):
            return None
        self._is_open = False
        return self._end()

    def _add(self, payload: bytes) -> None:
        self._size += len(payload)
        if self._is_passed_over:
            return
        if not self._is_long and len(self._kept) + len(payload) > self._limit:
            self._lengthen()
        if self._is_long:
            self._add_to_ends(payload)
            return
        self._kept += payload
        if not self._is_asked and len(self._kept) >= _HEAD_BYTES:
            self._ask()

    def _ask(self) -> None:
        self._is_asked = True
        head = bytes(self._kept[:_HEAD_BYTES])
        if not (_is_object(head) and self._is_wanted(head)):
            self._is_passed_over = True
            del self._kept[_HEAD_BYTES:]

    def _lengthen(self) -> None:
        self._is_long = True
        self._tail += self._kept[_END_BYTES:][-_END_BYTES:]
        del self._kept[_END_BYTES:]

    def _add_to_ends(self, payload: bytes) -> None:
        room = _END_BYTES - len(self._kept)
        self._kept += payload[:room]
        self._tail += payload[room:]
        if len(self._tail) > 2 * _END_BYTES:
            del self._tail[:-_END_BYTES]

    def _end(self) -> bytes | None:
        kept, tail, size, is_long = bytes(self._kept), bytes(self._tail), self._size, self._is_long
        self._begin()
        if not _is_object(kept):
            return None
        return shortened(kept, tail[-_END_BYTES:], size) if is_long else kept


def _is_object(data: bytes) -> bool:
    return data[:_HEAD_BYTES].lstrip(_SPACES)[:1] == b"{"


def _closing(payload: bytes) -> Closing:
    if len(payload) < 2:
        return Closing(1005, "")
    return Closing(int.from_bytes(payload[:2], "big"), payload[2:].decode("utf-8", "replace"))
