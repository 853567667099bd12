"""The framing in which Bedrock streams (`application/vnd.amazon.eventstream`): bytes in, events out, at any split.

A frame is: its length, the length of its headers and a CRC-32 of these eight bytes; the headers; the payload; a CRC-32
of all before it (https://docs.aws.amazon.com/transcribe/latest/dg/event-stream.html). All integers are big-endian. A
chunk's payload is `{"bytes": "<base64 of an event's JSON>"}`, an exception's `{"message": ...}`, its name in a header.
"""

import binascii
import struct
from zlib import crc32

import msgspec

from headwater.provider.narrow import decoded, object_of, text_of
from headwater.provider.sse import Event

_PRELUDE = struct.Struct(">III")
_CRC = struct.Struct(">I")
_MIN_BYTES = _PRELUDE.size + _CRC.size
_MAX_BYTES = 24 * 1024 * 1024
# How many bytes a header's value takes, by its type; texts and byte strings (6, 7) tell it themselves.
_SIZES = {0: 0, 1: 0, 2: 1, 3: 2, 4: 4, 5: 8, 8: 8, 9: 16}
_LENGTH_TOLD = (6, 7)
_EXCEPTIONS = ("exception", "error")


class FrameSplitter:
    """Cuts a byte stream into events. From a frame that is damaged on, nothing can be read, and nothing is."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._is_damaged = False

    def feed(self, chunk: bytes) -> list[Event]:
        """Take the next bytes; return the events that they complete."""
        if self._is_damaged:
            return []
        self._buffer += chunk
        found: list[Event] = []
        while (frame := self._frame()) is not None:
            found += _events(frame)
        return found

    def end(self) -> list[Event]:
        """The stream is over; half a frame is no event."""
        self._buffer.clear()
        return []

    def _frame(self) -> bytes | None:
        """The next whole frame, without its last checksum."""
        if len(self._buffer) < _MIN_BYTES:
            return None
        length, _, prelude_crc = _PRELUDE.unpack_from(self._buffer)
        if not _MIN_BYTES <= length <= _MAX_BYTES or crc32(self._buffer[:8]) != prelude_crc:
            return self._damaged()
        if len(self._buffer) < length:
            return None
        frame = bytes(self._buffer[: length - _CRC.size])
        (frame_crc,) = _CRC.unpack_from(self._buffer, length - _CRC.size)
        del self._buffer[:length]
        return frame if crc32(frame) == frame_crc else self._damaged()

    def _damaged(self) -> None:
        self._is_damaged = True
        self._buffer.clear()


def _events(frame: bytes) -> list[Event]:
    headers_end = _PRELUDE.size + _PRELUDE.unpack_from(frame)[1]
    headers = _headers(frame[_PRELUDE.size : headers_end])
    payload = object_of(decoded(frame[headers_end:].decode("utf-8", "replace")))
    if headers.get(":message-type") in _EXCEPTIONS:
        return [_exception(headers, payload)]
    try:
        data = binascii.a2b_base64(text_of(payload.get("bytes")))
    except (binascii.Error, ValueError):
        return []
    return [Event("", data.decode("utf-8", "replace"))] if data else []


def _exception(headers: dict[str, str], payload: dict[str, object]) -> Event:
    """An error, in the words of the provider's own streams."""
    kind = headers.get(":exception-type") or headers.get(":error-code") or "error"
    message = text_of(payload.get("message")) or headers.get(":error-message", "")
    return Event("error", msgspec.json.encode({"type": "error", "error": {"type": kind, "message": message}}).decode())


def _headers(data: bytes) -> dict[str, str]:
    """The headers whose values are texts; what does not fit the format ends them."""
    found: dict[str, str] = {}
    at = 0
    while at < len(data):
        name_end = at + 1 + data[at]
        kind = data[name_end] if name_end < len(data) else -1
        start = name_end + 1
        if kind in _LENGTH_TOLD:
            size, start = int.from_bytes(data[start : start + 2], "big"), start + 2
        elif kind in _SIZES:
            size = _SIZES[kind]
        else:
            break
        if kind == _LENGTH_TOLD[1]:
            name = data[at + 1 : name_end].decode("utf-8", "replace")
            found[name] = data[start : start + size].decode("utf-8", "replace")
        at = start + size
    return found
