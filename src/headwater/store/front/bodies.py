"""Request bodies: framed by length or in chunks, compressed or not, read piece by piece and never past a bound."""
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportMissingTypeStubs=false
# lz4 ships no types.

import zlib
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Protocol

_PIECE_BYTES = 1 << 18
_LINE_BYTES = 1024


class Source(Protocol):
    """Where bytes are read from."""

    def read(self, size: int, /) -> bytes: ...
    def readline(self, size: int = ..., /) -> bytes: ...


class BodyRefused(Exception):
    """The body cannot be read; `status` is the HTTP status to answer with, after which the connection must close."""

    def __init__(self, text: str, status: int) -> None:
        super().__init__(text)
        self.status = status


def read_body(source: Source, headers: Mapping[str, str], limit_bytes: int) -> Iterator[bytes]:
    """Yield the body's plain bytes. Raises BodyRefused on a broken frame, an unknown encoding, or past the limit."""
    total = 0
    for piece in _decoded(_framed(source, headers), headers.get("Content-Encoding", "")):
        total += len(piece)
        if total > limit_bytes:
            raise BodyRefused(f"body is larger than {limit_bytes} bytes; send smaller blocks", 413)
        yield piece


def _framed(source: Source, headers: Mapping[str, str]) -> Iterator[bytes]:
    if "chunked" in headers.get("Transfer-Encoding", "").lower():
        return _chunks(source)
    length = headers.get("Content-Length", "0")
    if not length.isascii() or not length.isdigit():
        raise BodyRefused(f"content-length {length!r} is not a number", 400)
    return _exactly(source, int(length))


def _exactly(source: Source, size: int) -> Iterator[bytes]:
    while size:
        piece = source.read(min(size, _PIECE_BYTES))
        if not piece:
            raise BodyRefused(f"body ended {size} bytes early", 400)
        size -= len(piece)
        yield piece


def _chunks(source: Source) -> Iterator[bytes]:
    while size := _chunk_size(source.readline(_LINE_BYTES)):
        yield from _exactly(source, size)
        source.readline(_LINE_BYTES)
    while source.readline(_LINE_BYTES) not in (b"\r\n", b"\n", b""):
        pass


def _chunk_size(line: bytes) -> int:
    try:
        return int(line.split(b";")[0].strip(), 16)
    except ValueError:
        raise BodyRefused(f"chunk size {line[:40]!r} is not a hexadecimal number", 400) from None


def _zlib_reader(window_bits: int) -> Callable[[], Any]:
    return lambda: zlib.decompressobj(window_bits)


def _lz4_reader() -> Any:
    import lz4.frame

    return lz4.frame.LZ4FrameDecompressor()


def _zstd_reader() -> Any:
    from backports import zstd

    return zstd.ZstdDecompressor()


_READERS: dict[str, Callable[[], Any]] = {
    "gzip": _zlib_reader(31),
    "deflate": _zlib_reader(15),
    "lz4": _lz4_reader,
    "zstd": _zstd_reader,
}


def _decoded(pieces: Iterator[bytes], encoding: str) -> Iterator[bytes]:
    if encoding in ("", "identity"):
        return pieces
    if encoding not in _READERS:
        raise BodyRefused(f"content-encoding {encoding!r} is unknown; send one of {sorted(_READERS)}", 415)
    return _decompressed(pieces, _READERS[encoding])


def _decompressed(pieces: Iterator[bytes], new_reader: Callable[[], Any]) -> Iterator[bytes]:
    """Undo the compression; frames may follow each other, as clickhouse-connect sends one a block."""
    reader = new_reader()
    for piece in pieces:
        rest = piece
        while rest:
            try:
                plain = reader.decompress(rest)
            except Exception as error:  # noqa: BLE001 - each library has an error of its own, zstd's is no ValueError
                raise BodyRefused(f"body cannot be decompressed: {error}", 400) from None
            rest = b""
            if reader.eof:
                rest = reader.unused_data or b""
                reader = new_reader()
            yield plain
