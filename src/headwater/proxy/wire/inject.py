"""Inject: asking for usage in a chat stream that does not ask for it, and hiding the answer to that from the client.

Rule 1: a body that is not surely understood is left as it is.
Rule 2: a body is added to, never written anew: every byte of the client's stays, but for a `stream_options` of its own.
Rule 3: only the event that our asking brought is hidden, and no whole event is ever held back.
"""

import json
import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import msgspec

_PATHS = (b"/chat/completions", b"/completions")
_STREAM = re.compile(rb'"stream"\s*:\s*true')
_OPTIONS = re.compile(rb'"stream_options"\s*:\s*')
_ASKED = b'"include_usage":true'
# A body that takes a full decoding to be sure of is only read up to this size.
_READ_BYTES = 256 * 1024
# A request has some dozens of keys; an object of more, or of longer ones, is no request that we know.
_KEYS = 100
_KEYS_CHARS = 4096
_MODELS = 1024
_REFUSING = frozenset({400, 422})
_REFUSAL_BYTES = 64 * 1024

_Raws = dict[str, msgspec.Raw]
_raws = msgspec.json.Decoder(_Raws)
_UNREADABLE = (msgspec.MsgspecError, ValueError, RecursionError)


def wants_injection(path: bytes) -> bool:
    """Whether a POST to this path (a query may follow) can have `stream_options`: chat and completions do."""
    return path.partition(b"?")[0].endswith(_PATHS)


def injected(body: bytes) -> bytes | None:
    """The body with `stream_options.include_usage` true, None where it is to be left as it is.

    That is where no stream is asked for, usage is asked for already, or the body is anything but one JSON object
    without repeated keys. Other stream options of the client's stay.
    """
    if _STREAM.search(body) is None:
        return None
    try:
        top = _raws.decode(body)
        if bytes(top.get("stream", b"")) != b"true" or _may_repeat_keys(body, top):
            return None
        options = top.get("stream_options")
        if options is None:
            end = body.rindex(b"}")
            return b'%b,"stream_options":{%b}%b' % (body[:end], _ASKED, body[end:])
        return _with_options(body, bytes(options))
    except _UNREADABLE:
        return None


def _with_options(body: bytes, options: bytes) -> bytes | None:
    """The body with its own `stream_options` added to."""
    found = _OPTIONS.search(body)
    if found is None or body.count(b'"stream_options"') > 1 or options.count(b'"include_usage"') > 1:
        return None
    kept: _Raws = {} if options == b"null" else _raws.decode(options)
    if bytes(kept.get("include_usage", b"")) == b"true":
        return None
    asking = msgspec.json.encode({**kept, "include_usage": True})
    return body[: found.end()] + asking + body[found.end() + len(options) :]


def _may_repeat_keys(body: bytes, top: _Raws) -> bool:
    """Whether the object names a key twice, of which one reader takes the first and another the last."""
    keys = tuple(top)
    if len(keys) > _KEYS or sum(map(len, keys)) > _KEYS_CHARS:
        return True
    found = _any_of(keys).findall(body)
    if len(found) == len(set(found)) == len(keys):
        return False
    if len(body) > _READ_BYTES:
        return True
    # The same word stands elsewhere too: as a key further in, or as a value.
    last: list[tuple[str, Any]] = []

    def keep(pairs: list[tuple[str, Any]]) -> None:
        last[:] = pairs

    json.loads(body, object_pairs_hook=keep)
    return len(last) != len(keys)


@lru_cache(maxsize=256)
def _any_of(keys: tuple[str, ...]) -> re.Pattern[bytes]:
    """Finds the keys as they stand in JSON."""
    return re.compile(b'"(?:%b)"' % b"|".join(re.escape(key.encode()) for key in keys))


_NULL = msgspec.Raw(b"null")


class _Chunk(msgspec.Struct):
    """What is looked at in a chunk of a stream."""

    choices: list[msgspec.Raw] | None = None
    usage: msgspec.Raw = _NULL


_chunk = msgspec.json.Decoder(_Chunk)
# Cheap, and true of every event that is to be hidden, also where its data takes several lines.
_SUSPECT = re.compile(rb'"choices"(?:\s|data:)*:(?:\s|data:)*\[(?:\s|data:)*\]')
# A line ends with \r\n, \n or \r (https://html.spec.whatwg.org/multipage/server-sent-events.html, 9.2.6). The group is
# atomic, lest \r\n be taken for two.
_EVENT_END = re.compile(rb"(?>\r\n|\n|\r){2}")
_WHOLE = (b"\n\n", b"\r\n\r\n")
_BOM = b"\xef\xbb\xbf"
# The longest end of an event.
_END_BYTES = 4
# A longer event carries content, whatever else it carries, and goes on as it comes.
_HELD_BYTES = 64 * 1024


class Hiding:
    """Drops the event that only our asking brought: `choices` is empty and `usage` given. All else passes as it came,
    comments too, with its own line ends. Any split of the bytes gives the same bytes.
    """

    __slots__ = ("_held", "_is_cr_passed", "_is_passing")

    def __init__(self) -> None:
        self._held = bytearray()
        # While an event too long to be held passes.
        self._is_passing = False
        # Set where the last event ended with \r: whether it passed, as a \n that comes next belongs to it.
        self._is_cr_passed: bool | None = None

    def feed(self, data: bytes) -> bytes:
        """Take the next bytes of the answer; return those that the client may have."""
        is_between_events = not self._held and not self._is_passing and self._is_cr_passed is None
        if is_between_events and data.endswith(_WHOLE) and _SUSPECT.search(data) is None:
            return data
        return b"".join(self._feed(data)) if data else b""

    def end(self) -> bytes:
        """The answer is over: return what stood unfinished."""
        held, self._held = bytes(self._held), bytearray()
        return held if self._is_passing else _shown(held)

    def _feed(self, data: bytes) -> Iterator[bytes]:
        if self._is_cr_passed is not None:
            if data.startswith(b"\n"):
                data = data[1:]
                yield b"\n" if self._is_cr_passed else b""
            self._is_cr_passed = None
        held = self._held
        start, searched = 0, max(0, len(held) - _END_BYTES)
        held += data
        while (found := _EVENT_END.search(held, searched)) is not None:
            event = bytes(held[start : found.end()])
            shown = event if self._is_passing else _shown(event)
            self._is_passing = False
            yield shown
            start = searched = found.end()
            if start == len(held) and event.endswith(b"\r"):
                self._is_cr_passed = shown == event
        del held[:start]
        if len(held) > _HELD_BYTES or self._is_passing:
            self._is_passing = True
            yield self._all_but_line_end()

    def _all_but_line_end(self) -> bytes:
        """What is held of an event that passes, but for a line end, which may be the first half of the event's."""
        held = self._held
        passed = bytes(held.rstrip(b"\r\n"))
        del held[: len(passed)]
        return passed


def _shown(event: bytes) -> bytes:
    """What of an event the client may have: all, or the comments of the one that is hidden."""
    if _SUSPECT.search(event) is None:
        return event
    lines = event.removeprefix(_BOM).splitlines(keepends=True)
    data = b"\n".join(line[5:].strip(b"\r\n") for line in lines if line.startswith(b"data:"))
    try:
        chunk = _chunk.decode(data)
    except _UNREADABLE:
        return event
    if chunk.choices == [] and bytes(chunk.usage) != b"null":
        return b"".join(line for line in lines if line.startswith(b":"))
    return event


class Refusals:
    """Who refused `stream_options`: a model of an upstream, at a path. Remembered until this process ends."""

    def __init__(self) -> None:
        self._refused: dict[tuple[str, bytes, str], None] = {}

    def add(self, upstream: str, target: bytes, body: bytes) -> None:
        """Remember that this request was refused; past a bound the oldest is forgotten."""
        self._refused[upstream, target, _model_of(body)] = None
        if len(self._refused) > _MODELS:
            del self._refused[next(iter(self._refused))]

    def has(self, upstream: str, target: bytes, body: bytes) -> bool:
        """Whether one like it was refused before."""
        return bool(self._refused) and (upstream, target, _model_of(body)) in self._refused


class _Modelled(msgspec.Struct):
    model: str = ""


_modelled = msgspec.json.Decoder(_Modelled)


def _model_of(body: bytes) -> str:
    try:
        return _modelled.decode(body).model
    except _UNREADABLE:
        return ""


def is_refusal(status: int, body: bytes) -> bool:
    """Whether an answer refuses what `injected` adds: it names it, and says that the request is at fault."""
    return status in _REFUSING and b"stream_options" in body[:_REFUSAL_BYTES]
