"""Bodies: their encoding undone within a bound, their text, and a form without its files."""

import importlib
import re
import sys
import zlib
from contextlib import suppress
from functools import lru_cache
from typing import Any, NamedTuple, Protocol, cast

# What a body may become when its encoding is undone: many times its size, yet never all of the memory.
_MAX_PLAIN_BYTES = 64 * 1024 * 1024
# In some formats four bytes stand for a hundred thousand.
_SIP = 1_024


class _Inflater(Protocol):
    def feed(self, data: bytes, room: int) -> bytes: ...


class _Zlib:
    def __init__(self, window_bits: int) -> None:
        self._decoder = zlib.decompressobj(window_bits)

    def feed(self, data: bytes, room: int) -> bytes:
        return self._decoder.decompress(data, room)


class _Deflate:
    """`deflate` is zlib's format by the book, and bare in the wild: the first byte tells."""

    def __init__(self) -> None:
        self._decoder: _Zlib | None = None

    def feed(self, data: bytes, room: int) -> bytes:
        if not data:
            return b""
        if self._decoder is None:
            self._decoder = _Zlib(zlib.MAX_WBITS if data[0] & 0x0F == 8 else -zlib.MAX_WBITS)
        return self._decoder.feed(data, room)


class _Library:
    """A decoder of somebody's library. It takes no bound, so it gets little at a time, and no more past the room."""

    def __init__(self, decode: Any) -> None:
        self._decode = decode

    def feed(self, data: bytes, room: int) -> bytes:
        found: list[bytes] = []
        for at in range(0, len(data), _SIP):
            if room <= 0:
                break
            found.append(cast(bytes, self._decode(data[at : at + _SIP]))[:room])
            room -= len(found[-1])
        return b"".join(found)


# Libraries that the user's client undoes an encoding with, and how theirs is done. An encoding is only asked for by a
# client that has one, so one that is not loaded is not needed either.
_LIBRARIES = {
    "br": (("brotli", "Decompressor", "process"), ("brotlicffi", "Decompressor", "decompress")),
    "zstd": (
        ("compression.zstd", "ZstdDecompressor", "decompress"),
        ("backports.zstd", "ZstdDecompressor", "decompress"),
        ("zstandard", "ZstdDecompressor.decompressobj", "decompress"),
    ),
}


@lru_cache(maxsize=64)
def load_decoder(encoding: str) -> None:
    """Load what undoes an encoding, where it is installed. For a server: in a user's program the client has done so."""
    for name in encoding.lower().split(","):
        for module, *_ in _LIBRARIES.get(name.strip(), ()):
            with suppress(ImportError):
                importlib.import_module(module)


def plain_chunks(chunks: list[bytes], encoding: str) -> list[bytes] | None:
    """Undo a body's `Content-Encoding`, chunk by chunk, so that each keeps its time.

    What is damaged, cut off, or past 64 MiB ends the body there. None for an encoding that nobody here can undo.
    """
    if not encoding or encoding == "identity":
        return chunks
    inflaters = [_inflater(name.strip()) for name in reversed(encoding.lower().split(","))]
    found: list[bytes] = []
    room = _MAX_PLAIN_BYTES
    for chunk in chunks:
        for inflater in inflaters:
            if inflater is None:
                return None
            try:
                chunk = inflater.feed(chunk, room)
            except Exception:  # noqa: BLE001 - each library has an error of its own
                return found
        found.append(chunk)
        room -= len(chunk)
        if room <= 0:
            break
    return found


def _inflater(name: str) -> _Inflater | None:
    if name in ("gzip", "x-gzip"):
        return _Zlib(16 + zlib.MAX_WBITS)
    if name == "deflate":
        return _Deflate()
    if name == "identity":
        return _Library(bytes)
    for module_name, maker, method in _LIBRARIES.get(name, ()):
        found: Any = sys.modules.get(module_name)
        if found is None:
            continue
        for attribute in maker.split("."):
            found = getattr(found, attribute)()
        return _Library(getattr(found, method))
    return None


_CHARSET = re.compile(r"charset=\"?([\w.:-]+)", re.IGNORECASE)


def mime_of(content_type: str) -> str:
    """The media type alone, in lower case."""
    return content_type.partition(";")[0].strip().lower()


def text_of(body: bytes, content_type: str) -> str:
    """A body as text, in its own charset or UTF-8; what does not fit is replaced."""
    named = _CHARSET.search(content_type)
    try:
        return body.decode(named[1] if named is not None else "utf-8", "replace")
    except LookupError:
        return body.decode("utf-8", "replace")


class Form(NamedTuple):
    """A `multipart/form-data` body: its fields, and of each file its name, media type and size."""

    fields: dict[str, Any]
    files: tuple[dict[str, Any], ...]


_BOUNDARY = re.compile(r"boundary=(?:\"([^\"]+)\"|([^;\s]+))", re.IGNORECASE)
_NAME = re.compile(r"[;\s]name=\"([^\"]*)\"", re.IGNORECASE)
_FILENAME = re.compile(r"filename\*?=(?:\"([^\"]*)\"|([^;\s]+))", re.IGNORECASE)
_MAX_FIELDS = 200


def form_of(body: bytes, content_type: str) -> Form:
    """Read a form; what cannot be read is left out. Fields that are sent several times are lists."""
    boundary = _BOUNDARY.search(content_type)
    if boundary is None:
        return Form({}, ())
    fields: dict[str, Any] = {}
    files: list[dict[str, Any]] = []
    mark = b"--" + (boundary[1] or boundary[2]).encode()
    for part in body.split(mark, _MAX_FIELDS)[1:]:
        head, _, content = part.partition(b"\r\n\r\n")
        told = head.decode("utf-8", "replace")
        name = _NAME.search(told)
        if name is None:
            continue
        content = content.removesuffix(b"\r\n")
        filename = _FILENAME.search(told)
        if filename is not None:
            files.append(_file(name[1], filename[1] or filename[2] or "", told, len(content)))
        else:
            _add(fields, name[1], content.decode("utf-8", "replace"))
    return Form(fields, tuple(files))


def _file(field: str, name: str, head: str, size_bytes: int) -> dict[str, Any]:
    lines = (line.partition(":") for line in head.splitlines())
    mime = next((value.strip() for key, _, value in lines if key.strip().lower() == "content-type"), "")
    return {"field": field, "filename": name, "mime_type": mime, "size_bytes": size_bytes}


def _add(fields: dict[str, Any], name: str, value: str) -> None:
    if name.endswith("[]"):
        fields.setdefault(name[:-2], []).append(value)
    elif name in fields:
        told = fields[name]
        fields[name] = [*told, value] if isinstance(told, list) else [told, value]
    else:
        fields[name] = value
