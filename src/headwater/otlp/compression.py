"""Undoing `Content-Encoding`, bounded: a small body may hold a very large one.

Several gzip members or zstd frames one after another are one body (RFC 1952, section 2.2). "deflate" is zlib's format
(RFC 9110, section 8.4.1.2); senders that leave its header out are understood as well.
"""

import importlib
import zlib
from collections.abc import Iterable
from typing import Any, Protocol

from headwater.errors import BadRequest, TooLarge

_MEMBERS_MAX = 4096
_ZSTD_MODULES = ("compression.zstd", "backports.zstd")


class _Stream(Protocol):
    """One compressed stream: a gzip member, a zstd frame."""

    eof: bool

    def inflate(self, data: bytes, size_max: int) -> bytes:
        """Return at most `size_max` bytes; more may wait inside."""
        ...

    def is_waiting(self) -> bool:
        """Whether more output is there to be had without more input."""
        ...

    def rest(self) -> bytes:
        """What came after the end of the stream."""
        ...


class Inflater:
    """Bytes as they come in, bytes as they were meant out.

    Raises TooLarge as soon as the output passes `limit_bytes`, BadRequest for a broken, truncated or unknown encoding.
    """

    def __init__(self, encoding: str, limit_bytes: int) -> None:
        self._encoding = encoding.strip().lower() or "identity"
        if self._encoding not in _MAKERS:
            raise BadRequest(f"content-encoding {encoding!r} is not understood: send gzip, deflate, zstd or identity")
        self._limit_bytes = limit_bytes
        self._out_bytes = 0
        self._members = 0
        self._stream: _Stream | None = None
        self._head = b""

    def feed(self, chunk: bytes) -> bytes:
        """Return what can be told by now."""
        if self._encoding == "identity":
            return self._counted(chunk)
        pieces: list[bytes] = []
        while chunk:
            stream = self._stream or self._next_stream(chunk)
            if stream is None:
                break
            if self._head:
                chunk, self._head = self._head, b""
            chunk = self._drain(stream, chunk, pieces)
        return b"".join(pieces)

    def finish(self) -> bytes:
        """Return the rest; the body must have come whole."""
        if self._stream is not None or self._head:
            raise BadRequest(f"the body ends within its {self._encoding} stream: send it whole")
        return b""

    def _drain(self, stream: _Stream, chunk: bytes, pieces: list[bytes]) -> bytes:
        """Feed one stream all it can take and return what belongs to the next."""
        while True:
            # Each compression module has an error class of its own.
            try:
                piece = stream.inflate(chunk, self._limit_bytes - self._out_bytes + 1)
            except Exception as error:
                raise BadRequest(f"the body is not valid {self._encoding}: {error}") from error
            pieces.append(self._counted(piece))
            if stream.eof:
                self._stream = None
                return stream.rest()
            if not stream.is_waiting():
                return b""
            chunk = b""

    def _next_stream(self, chunk: bytes) -> _Stream | None:
        """Begin a stream once its first two bytes are there; padding after the last one is passed over."""
        self._head += chunk
        if self._members:
            self._head = self._head.lstrip(b"\0")
        if len(self._head) < 2:
            return None
        self._members += 1
        if self._members > _MEMBERS_MAX:
            raise BadRequest(f"the body has more than {_MEMBERS_MAX} {self._encoding} members: send it as one")
        self._stream = _MAKERS[self._encoding](self._head)
        return self._stream

    def _counted(self, piece: bytes) -> bytes:
        self._out_bytes += len(piece)
        if self._out_bytes > self._limit_bytes:
            raise TooLarge(
                f"the body is larger than {self._limit_bytes} bytes after decompression: send smaller batches"
            )
        return piece


def inflate(chunks: bytes | Iterable[bytes], encoding: str, limit_bytes: int) -> bytes:
    """Return a whole body, decoded. Raises as `Inflater` does."""
    inflater = Inflater(encoding, limit_bytes)
    pieces = [inflater.feed(chunk) for chunk in ((chunks,) if isinstance(chunks, bytes) else chunks)]
    return b"".join([*pieces, inflater.finish()])


class _Zlib:
    def __init__(self, wbits: int) -> None:
        self._stream = zlib.decompressobj(wbits)
        self.eof = False

    def inflate(self, data: bytes, size_max: int) -> bytes:
        piece = self._stream.decompress(self._stream.unconsumed_tail + data, size_max)
        self.eof = self._stream.eof
        return piece

    def is_waiting(self) -> bool:
        return bool(self._stream.unconsumed_tail)

    def rest(self) -> bytes:
        return self._stream.unused_data


class _Zstd:
    def __init__(self, module: Any) -> None:
        self._stream = module.ZstdDecompressor()
        self.eof = False

    def inflate(self, data: bytes, size_max: int) -> bytes:
        piece: bytes = self._stream.decompress(data, size_max)
        self.eof = self._stream.eof
        return piece

    def is_waiting(self) -> bool:
        return not self._stream.needs_input

    def rest(self) -> bytes:
        return self._stream.unused_data


def _gzip(_head: bytes) -> _Stream:
    return _Zlib(31)


def _deflate(head: bytes) -> _Stream:
    has_header = head[0] & 0x0F == 8 and int.from_bytes(head[:2]) % 31 == 0
    return _Zlib(15 if has_header else -15)


def _zstd(_head: bytes) -> _Stream:
    for name in _ZSTD_MODULES:
        try:
            return _Zstd(importlib.import_module(name))
        except ImportError:
            continue
    raise BadRequest("content-encoding 'zstd' needs Python 3.14 or the package backports.zstd here: send gzip")


_MAKERS = {"identity": _gzip, "gzip": _gzip, "x-gzip": _gzip, "deflate": _deflate, "zstd": _zstd}
