"""Fill: a template becomes a body of new traces, in about half a millisecond for 512 spans."""

import random
from collections.abc import Sequence

import msgspec
import numpy as np

from bench.payload import marks

_TRACE_BYTES = 16
_SPAN_BYTES = 8


class Filled(msgspec.Struct, frozen=True, kw_only=True):
    """A body to send. `trace_salt` makes the template's trace ids those of this body."""

    body: bytearray
    spans: int
    trace_salt: bytes


class Template:
    """A serialized request with marks, and where they are. `traces` are (trace mark, spans of it), in order."""

    def __init__(self, body: bytes, spans: int, traces: Sequence[tuple[bytes, int]]) -> None:
        self.body = body
        self.spans = spans
        self.traces = traces
        found = [match.start() for match in marks.TIME_FOUND.finditer(body)]
        self.times_at = _places([at + 1 for at in found], 8)
        self.time_offsets = np.array([marks.offset_of(body[at + 1 : at + 9]) for at in found], np.uint64)
        self.traces_at = _places([match.start() for match in marks.TRACE_FOUND.finditer(body)], _TRACE_BYTES)
        self.spans_at = _places([match.start() for match in marks.SPAN_FOUND.finditer(body)], _SPAN_BYTES)
        self.texts = [match.span() for match in marks.TEXT_FOUND.finditer(body)]
        self.nonces = [match.span() for match in marks.NONCE_FOUND.finditer(body)]
        self.hexes = [match.span() for match in marks.HEX_FOUND.finditer(body)]


class Filler:
    """Fills templates; one a process, with a random source of its own."""

    def __init__(self, pool: bytes) -> None:
        self._pool = memoryview(pool)
        self._random = random.SystemRandom()
        self._rng = np.random.default_rng(self._random.getrandbits(64))

    def fill(self, template: Template, at_ns: int) -> Filled:
        """A body of new traces that begin at `at_ns` (Unix ns)."""
        body = bytearray(template.body)
        octets = np.frombuffer(body, np.uint8)
        trace_salt = self._random.randbytes(_TRACE_BYTES)
        span_salt = self._random.randbytes(_SPAN_BYTES)
        octets[template.traces_at] ^= np.frombuffer(trace_salt, np.uint8)
        octets[template.spans_at] ^= np.frombuffer(span_salt, np.uint8)
        times = (template.time_offsets + np.uint64(at_ns)).astype("<u8")
        octets[template.times_at] = times.view(np.uint8).reshape(-1, 8)
        self._put_texts(body, template)
        return Filled(body=body, spans=template.spans, trace_salt=trace_salt)

    def _put_texts(self, body: bytearray, template: Template) -> None:
        pool = self._pool
        starts = self._rng.integers(0, len(pool) - 1_000_000, len(template.texts)).tolist()
        for (start, end), drawn in zip(template.texts, starts, strict=True):
            body[start:end] = pool[drawn : drawn + end - start]
        digits = self._rng.bytes(sum(end - start for start, end in template.hexes) // 2 + 1).hex().encode()
        used = 0
        for start, end in template.hexes:
            body[start:end] = digits[used : used + end - start]
            used += end - start
        nonce = self._random.randbytes(32).hex().encode()
        for start, end in template.nonces:
            body[start:end] = nonce[: end - start]


def trace_id_of(filled: Filled, trace_mark: bytes) -> str:
    """The id, as hex, that a trace of the template has in a filled body."""
    return bytes(a ^ b for a, b in zip(trace_mark, filled.trace_salt, strict=True)).hex()


def _places(starts: Sequence[int], length: int) -> np.ndarray:
    """Indexes of all bytes of all places, a row each."""
    return np.array(starts, np.int64).reshape(-1, 1) + np.arange(length)
