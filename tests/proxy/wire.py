"""Reads HTTP/1.1 from bytes as the strictest reader would: what is not in its plainest form is nonsense.

It judges both ends of a gateway: what it sends upstream must be plain, whatever a client sent, and so must its answers.
"""

import re
import zlib
from typing import NamedTuple

_TOKEN = rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_REQUEST_LINE = re.compile(rb"(" + _TOKEN + rb") ([\x21-\x7e\x80-\xff]+) HTTP/1\.[01]")
_STATUS_LINE = re.compile(rb"HTTP/1\.[01] ([1-9][0-9]{2})(?: [\t\x20-\x7e\x80-\xff]*)?")
_HEADER = re.compile(
    rb"(" + _TOKEN + rb"):[ \t]*([\x21-\x7e\x80-\xff](?:[\t\x20-\x7e\x80-\xff]*[\x21-\x7e\x80-\xff])?|)[ \t]*"
)
_LENGTH = re.compile(rb"[0-9]{1,19}")
_CHUNK = re.compile(rb"([0-9A-Fa-f]{1,15})")
_CHUNK_LINE = re.compile(rb"([0-9A-Fa-f]{1,15})\r\n")
_WITHOUT_BODY = (204, 304)
_SHOWN = 64

Headers = tuple[tuple[str, str], ...]


class Nonsense(Exception):
    """These bytes are no message in plain form."""


class Message(NamedTuple):
    """A request (`start` is method and target) or an answer (`start` is its status). Names are lower case.

    `is_whole` is False for an answer that broke off; `ends_by_close` says that nothing else tells its end.
    """

    start: str
    headers: Headers
    body: bytes
    trailers: Headers = ()
    is_whole: bool = True
    ends_by_close: bool = False

    def header(self, name: str) -> str:
        """The value of a header, "" without it."""
        return next((value for found, value in self.headers if found == name), "")

    def told(self) -> str:
        """A line that says it all: start, body, and the headers and trailers that are of interest, those in "x-a"."""
        marked = [f"[{name}: {value}]" for name, value in self.headers if name.startswith("x-a")]
        trailed = [f"[trailer {name}: {value}]" for name, value in self.trailers]
        body = [_text(self.body)] if self.body else []
        return shortened(" ".join([self.start, *body, *marked, *trailed, *([] if self.is_whole else ["(cut)"])]))


def take_request(data: bytes) -> tuple[Message, bytes] | None:
    """The first request of these bytes and what follows it; None when it is not whole yet. Raises Nonsense."""
    head = _head(data, _REQUEST_LINE)
    if head is None:
        return None
    line, headers, rest = head
    framed = _framed(headers, rest)
    if framed is None:
        return None
    body, trailers, rest = framed
    return Message(_text(line[1] + b" " + line[2]), headers, body, trailers), rest


def take_answer(data: bytes, is_to_head: bool = False, is_ended: bool = False) -> tuple[Message, bytes] | None:
    """The first answer of these bytes and what follows it; None when it is not whole yet. Raises Nonsense.

    With `is_ended` nothing more comes: what there is of an answer is told as it is.
    """
    head = _head(data, _STATUS_LINE)
    if head is None:
        return None
    line, headers, rest = head
    status = int(line[1])
    if is_to_head or status < 200 or status in _WITHOUT_BODY:
        return Message(str(status), headers, b""), rest
    ends_by_close = not any(name in ("content-length", "transfer-encoding") for name, _ in headers)
    if ends_by_close:
        return (Message(str(status), headers, rest, ends_by_close=True), b"") if is_ended else None
    framed = _framed(headers, rest)
    if framed is not None:
        body, trailers, rest = framed
        return Message(str(status), headers, body, trailers), rest
    return (Message(str(status), headers, _arrived(headers, rest), is_whole=False), b"") if is_ended else None


def _head(data: bytes, first: re.Pattern[bytes]) -> tuple[re.Match[bytes], Headers, bytes] | None:
    head, end, rest = data.partition(b"\r\n\r\n")
    if not end:
        return None
    line, *lines = head.split(b"\r\n")
    found = first.fullmatch(line)
    if found is None:
        raise Nonsense(f"first line {line[:200]!r}")
    return found, _headers(lines), rest


def _headers(lines: list[bytes]) -> Headers:
    found: list[tuple[str, str]] = []
    for line in lines:
        header = _HEADER.fullmatch(line)
        if header is None:
            raise Nonsense(f"header {line[:200]!r}")
        found.append((_text(header[1]).lower(), _text(header[2])))
    return tuple(found)


def _framed(headers: Headers, rest: bytes) -> tuple[bytes, Headers, bytes] | None:
    lengths = [value for name, value in headers if name == "content-length"]
    codings = [value for name, value in headers if name == "transfer-encoding"]
    if len(lengths) + len(codings) > 1:
        raise Nonsense(f"framed more than once: {lengths} {codings}")
    if codings:
        if codings != ["chunked"]:
            raise Nonsense(f"transfer-encoding {codings}")
        return _chunked(rest)
    if not lengths:
        return b"", (), rest
    if _LENGTH.fullmatch(lengths[0].encode("latin-1")) is None:
        raise Nonsense(f"content-length {lengths[0]!r}")
    length = int(lengths[0])
    return None if len(rest) < length else (rest[:length], (), rest[length:])


def _chunked(rest: bytes) -> tuple[bytes, Headers, bytes] | None:
    body: list[bytes] = []
    while True:
        line, end, rest = rest.partition(b"\r\n")
        if not end:
            return None
        size = _CHUNK.fullmatch(line)
        if size is None:
            raise Nonsense(f"size of a chunk {line[:200]!r}")
        length = int(size[1], 16)
        if length == 0:
            return _trailed(b"".join(body), rest)
        if len(rest) < length + 2:
            return None
        if rest[length : length + 2] != b"\r\n":
            raise Nonsense(f"after a chunk {rest[length : length + 20]!r}")
        body.append(rest[:length])
        rest = rest[length + 2 :]


def _arrived(headers: Headers, rest: bytes) -> bytes:
    """What came of a body that broke off."""
    if not any(name == "transfer-encoding" for name, _ in headers):
        return rest
    body: list[bytes] = []
    while size := _CHUNK_LINE.match(rest):
        length = int(size[1], 16)
        body.append(rest[size.end() : size.end() + length])
        rest = rest[size.end() + length + 2 :]
    return b"".join(body)


def _trailed(body: bytes, rest: bytes) -> tuple[bytes, Headers, bytes] | None:
    if rest.startswith(b"\r\n"):
        return body, (), rest[2:]
    lines, end, rest = rest.partition(b"\r\n\r\n")
    return (body, _headers(lines.split(b"\r\n")), rest) if end else None


def _text(data: bytes) -> str:
    return data.decode("latin-1")


def shortened(text: str) -> str:
    """A text as it is told: a long one by its length and a sum over it."""
    data = text.encode("latin-1")
    return text if len(data) <= _SHOWN else f"{text[:16]}... {len(data)} bytes #{zlib.crc32(data):08x}"
