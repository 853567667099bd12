"""Records: what a file holds, one at a time.

A file is JSON lines, an array, or one object; an object with a list under `data` (a page of an API) is its list. Lines
are read as they are needed, however long the file is; a file that is one document is read whole.
"""

import gzip
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, cast

import msgspec

from headwater.errors import BadRequest

_GZIP = b"\x1f\x8b"
_WHOLE_BYTES = 2 * 1024**3
_LINE_BYTES = 64 * 1024**2
# Lists of records within an object, by the name that an API gives them.
_LISTS = ("data", "rows", "spans")


class Records:
    """The records of a file, in their order; iterated as often as wanted.

    `size_bytes` is the size on disk, `at_bytes` how much of it is read.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.size_bytes = path.stat().st_size
        self.at_bytes = 0

    def __iter__(self) -> Iterator[Any]:
        """Every record; BadRequest in the place of one that is no JSON, and raised for a file that is none at all."""
        with self.path.open("rb") as on_disk:
            file = _inflated(on_disk)
            first = _first_line(file)
            for record in self._lines(file, on_disk) if _is_a_line(first) else _document(file):
                self.at_bytes = on_disk.tell()
                yield from _within(record)
        self.at_bytes = self.size_bytes

    def _lines(self, file: IO[bytes], on_disk: IO[bytes]) -> Iterator[Any]:
        for number, line in enumerate(iter(lambda: file.readline(_LINE_BYTES), b""), 1):
            self.at_bytes = on_disk.tell()
            if not line.strip():
                continue
            try:
                yield msgspec.json.decode(line)
            except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
                yield BadRequest(f"line {number} is no JSON ({error})")


def _inflated(file: IO[bytes]) -> IO[bytes]:
    is_gzip = file.read(2) == _GZIP
    file.seek(0)
    return cast("IO[bytes]", gzip.open(file)) if is_gzip else file


def _first_line(file: IO[bytes]) -> bytes:
    line = b""
    for line in iter(lambda: file.readline(_LINE_BYTES), b""):
        if line.strip():
            break
    file.seek(0)
    return line


def _is_a_line(line: bytes) -> bool:
    """Whether a line is an object by itself: an object over many lines is a document, and so is an array."""
    try:
        return isinstance(msgspec.json.decode(line), dict)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return False


def _document(file: IO[bytes]) -> Iterator[Any]:
    content = file.read(_WHOLE_BYTES + 1)
    if len(content) > _WHOLE_BYTES:
        raise BadRequest("the file is one document of more than 2 GiB: write it as JSON lines, one record a line")
    if not content.strip():
        return
    try:
        document = msgspec.json.decode(content)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise BadRequest(f"the file is neither JSON nor JSON lines ({error})") from error
    yield from cast("list[Any]", document) if isinstance(document, list) else [document]


def _within(record: Any) -> Iterator[Any]:
    found = cast("dict[str, Any]", record) if isinstance(record, dict) else {}
    lists = [found[name] for name in _LISTS if isinstance(found.get(name), list)]
    if not lists:
        yield record
    for each in lists:
        yield from cast("list[Any]", each)
