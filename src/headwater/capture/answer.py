"""Answers: the bytes that came and when, as an `Answered`."""

import re
from typing import Any, NamedTuple

import msgspec

from headwater import clock
from headwater.capture.body import mime_of, plain_chunks, text_of
from headwater.event import Failure, Message, Text, Unknown
from headwater.provider import (
    Answered,
    Event,
    FrameSplitter,
    Place,
    Splitter,
    is_last,
    payload_of,
    usage_from,
)


class Answer(NamedTuple):
    """One attempt's answer: its head, its chunks with their times in nanoseconds since the request, and its end.

    `lost_bytes` came past the bound, after `chunks`; `tail` is the end of them.
    """

    status: int
    content_type: str
    encoding: str
    chunks: list[bytes]
    times_ns: list[int]
    tail: bytes = b""
    lost_bytes: int = 0


class Heard(NamedTuple):
    """An answer, read. `is_whole` says that its provider ended it; `ttft_ns` is the time of the first content."""

    answered: Answered
    failure: Failure | None = None
    is_stream: bool = False
    is_whole: bool = False
    ttft_ns: int | None = None


_STREAMS = {"text/event-stream": Splitter, "application/vnd.amazon.eventstream": FrameSplitter}
_TEXTS = ("text/", "application/xml", "application/x-subrip", "application/x-ndjson")
_FIRST_ERROR = 400
_BLOCK = 64


def heard_of(place: Place, answer: Answer) -> Heard:
    """Read an answer; one that cannot be read is told as it is."""
    chunks = plain_chunks(answer.chunks, answer.encoding)
    mime = mime_of(answer.content_type)
    if chunks is None:
        return _binary(answer, f"{mime}; {answer.encoding}")
    if answer.status < _FIRST_ERROR and mime in _STREAMS:
        return _stream(place, answer, chunks, _STREAMS[mime]())
    body = chunks[0] if len(chunks) == 1 else b"".join(chunks)
    if answer.status >= _FIRST_ERROR:
        failure = place.dialect.failure(answer.status, _decoded(body, answer.content_type))
        return Heard(Answered(), failure, is_whole=True)
    if answer.lost_bytes:
        return _cut(answer)
    return _whole(place, answer, body, mime)


def _decoded(body: bytes, content_type: str) -> Any:
    try:
        return msgspec.json.decode(body)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return text_of(body, content_type)


def _whole(place: Place, answer: Answer, body: bytes, mime: str) -> Heard:
    try:
        told = msgspec.json.decode(body)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        if not body or not (mime.startswith(_TEXTS) or mime.endswith("json")):
            return _binary(answer, mime) if body else Heard(Answered())
        # A transcript as bare text, a gateway's page, the first half of an object.
        text = Text(content=text_of(body, answer.content_type))
        answered = Answered(messages=(Message(role="assistant", parts=(text,)),))
        return Heard(answered, is_whole=mime.startswith(_TEXTS))
    answered = place.dialect.response(told)
    return Heard(answered, answered.failure, is_whole=True)


def _binary(answer: Answer, mime: str) -> Heard:
    """Sound, a picture, or what nobody here can open: its kind and size."""
    size_bytes = sum(map(len, answer.chunks)) + answer.lost_bytes
    return Heard(_described("binary", {"mime_type": mime, "size_bytes": size_bytes}), is_whole=True)


def _described(kind: str, described: dict[str, Any]) -> Answered:
    return Answered(messages=(Message(role="assistant", parts=(Unknown(generic_type=kind, raw=described),)),))


_USAGE = re.compile(r'"usage"\s*:\s*(?=\{)')
MODEL = re.compile(r'"model"\s*:\s*"([^"\\]{1,200})"')


def _cut(answer: Answer) -> Heard:
    """An answer that was too long to be kept; what it cost stands at its end or its beginning."""
    size_bytes = sum(map(len, answer.chunks)) + answer.lost_bytes
    ends = [text_of(answer.tail, ""), text_of(b"".join(answer.chunks), "")]
    usage = next((found for found in map(usage_in, ends) if found), None)
    model = next((found[1] for found in map(MODEL.search, ends) if found is not None), "")
    described = _described("cut", {"mime_type": mime_of(answer.content_type), "size_bytes": size_bytes})
    told = usage_from(usage) if usage is not None else None
    return Heard(msgspec.structs.replace(described, usage=told, model=model), is_whole=True)


def usage_in(text: str) -> dict[str, Any] | None:
    """The last usage object in a piece of JSON."""
    starts = [found.end() for found in _USAGE.finditer(text)]
    if not starts:
        return None
    try:
        return msgspec.json.decode(text[starts[-1] : _object_end(text, starts[-1])], type=dict[str, Any])
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return None


def _object_end(text: str, start: int) -> int:
    """Where the object that begins at `start` ends. Usage has no braces in its texts."""
    depth = 0
    for at in range(start, min(len(text), start + 8_192)):
        depth += (text[at] == "{") - (text[at] == "}")
        if depth == 0:
            return at + 1
    return start


def _stream(place: Place, answer: Answer, chunks: list[bytes], splitter: Splitter | FrameSplitter) -> Heard:
    reader = place.dialect.reader()
    has_ended, ttft_ns = False, None

    def take(events: list[Event], time_ns: int | None) -> None:
        nonlocal has_ended, ttft_ns
        for event in events:
            payload = payload_of(event)
            if payload is None:
                has_ended = has_ended or is_last(event)
            elif reader.feed(payload) and ttft_ns is None:
                ttft_ns = time_ns

    at = 0
    while at < len(chunks):
        # Once the first content is timed, nobody asks what came when.
        block = chunks[at : at + (_BLOCK if ttft_ns is not None else 1)]
        take(splitter.feed(b"".join(block)), answer.times_ns[at])
        at += len(block)
        if len(block) > 1:
            # The user's threads may want to run: a long stream takes longer to read than they should wait.
            clock.sleep(0)
    if answer.tail and not answer.encoding:
        # The event in which the lost part ends is no JSON, and is passed over.
        take(splitter.feed(b"\n\n" + answer.tail), None)
    take(splitter.end(), answer.times_ns[-1] if answer.times_ns else None)
    answered = reader.answered()
    has_all = answered.is_complete and answered.usage is not None
    return Heard(answered, answered.failure, is_stream=True, is_whole=has_ended or has_all, ttft_ns=ttft_ns)
