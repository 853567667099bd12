"""Exchange: one logical request to a provider, retries included, as the caller's thread takes it down.

Everything here but `told` runs in the user's program, between their code and their provider: it takes references and
times, and nothing else.
"""

from collections import deque
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from headwater import clock
from headwater.capture.answer import Answer, Heard, heard_of
from headwater.capture.copying import snapshot
from headwater.capture.raised import Raised, raised_from
from headwater.capture.request import Cut, asked_of
from headwater.capture.scope import Scope
from headwater.capture.span import End, Taken, span_of
from headwater.event import Span
from headwater.provider import Answered, place_of

LIMIT_BYTES = 8 * 1024 * 1024
# What an exchange holds besides bodies.
_OWN_BYTES = 1_024
_CHUNK_BYTES = 96
# Of a request that never became bytes: a conversation is long, and a tool's schema is deep.
_ITEMS = 20_000
_DEPTH = 24
# Of an answer past the bound the end is kept too, as usage stands there.
_TAIL_PARTS = 8


@lru_cache(maxsize=1024)
def is_call(path: str, method: str = "POST") -> bool:
    """Whether a request to a URL's path asks a model: files, batches, lists and the like do not. Cached."""
    return method.upper() == "POST" and place_of("", path) is not None


class Exchange:
    """One request and its answer, an item of the outbox once it has ended.

    Methods may be called on any thread and raise nothing. `request` is the body as it was sent, or the mapping that it
    would have been made of; `request_type` its `Content-Type`. `path` is what was asked for until it is known where the
    request went: clouds that resell a model name it there. `limit_bytes` bounds what is kept of each of the two.
    """

    __slots__ = (
        "_attempts",
        "_began",
        "_chunks",
        "_content_type",
        "_encoding",
        "_end",
        "_end_ns",
        "_is_read_later",
        "_kept",
        "_limit",
        "_lost",
        "_open",
        "_port",
        "_raised",
        "_scope",
        "_span_id",
        "_start_ns",
        "_status",
        "_tail",
        "_tail_kept",
        "_times",
        "_trace_id",
        "host",
        "path",
        "request",
        "request_type",
        "size_bytes",
    )

    def __init__(
        self,
        scope: Scope,
        trace_id: int,
        span_id: int,
        path: str,
        host: str,
        port: int | None,
        is_stream: bool,
        limit_bytes: int = LIMIT_BYTES,
    ) -> None:
        self._start_ns = clock.now_ns()
        self._began = clock.ticks_ns()
        self._scope = scope
        self._trace_id = trace_id
        self._span_id = span_id
        self.path = path
        self.host = host
        self._port = port
        self._is_read_later = is_stream
        self._limit = limit_bytes
        self._open = [True]
        self._attempts = 1
        self._status = 0
        self._chunks: list[bytes] = []
        self._times: list[int] = []
        self._kept = 0
        self._lost = 0
        self._tail: deque[bytes] | None = None
        self._tail_kept = 0
        self._raised: Raised | None = None
        self._content_type = ""
        self._encoding = ""
        self.request: bytes | Mapping[str, Any] | Cut | None = None
        self.request_type = ""
        self.size_bytes = 0

    def answered(self, status: int, content_type: str = "", encoding: str = "", attempt: int = 1) -> None:
        """An attempt's response headers came; what was kept of an earlier one's answer is let go."""
        self._status = status
        self._content_type = content_type
        self._encoding = encoding
        self._attempts = attempt
        if self._kept or self._lost:
            self._chunks, self._times, self._kept = [], [], 0
            self._tail, self._tail_kept, self._lost = None, 0, 0

    def chunk(self, data: bytes) -> None:
        """Bytes of the answer's body came, as they are on the wire."""
        kept = self._kept + len(data)
        if kept > self._limit or self._lost:
            self._over(data)
            return
        self._kept = kept
        self._chunks.append(data)
        self._times.append(clock.ticks_ns())

    def _over(self, data: bytes) -> None:
        """Past the bound only the last bytes are kept."""
        if not self._open:
            return
        self._lost += len(data)
        if self._tail is None:
            self._tail = deque()
        self._tail.append(data)
        self._tail_kept += len(data)
        while self._tail_kept > self._limit // _TAIL_PARTS and len(self._tail) > 1:
            self._tail_kept -= len(self._tail.popleft())

    def failed(self, error: BaseException) -> None:
        """The caller gets this exception. Its words are kept, not itself."""
        self._raised = raised_from(error)

    def tried(self, attempts: int) -> None:
        """So many attempts were made; told where the last ones had no answer."""
        self._attempts = attempts

    def ended(self, how: End) -> bool:
        """It is over; True for the first call only, whichever thread makes it: the caller then records it."""
        try:
            # One step that no other thread and no finalizer can come between.
            self._open.pop()
        except IndexError:
            return False
        self._end: End = how
        self._end_ns = self._start_ns + clock.ticks_ns() - self._began
        request = self.request
        if isinstance(request, bytes) and len(request) <= self._limit:
            request_bytes = len(request)
        else:
            request_bytes = self._keep_request(request)
        bodies = self._kept + self._tail_kept + request_bytes
        self.size_bytes = _OWN_BYTES + bodies + _CHUNK_BYTES * len(self._chunks)
        self._limit = 0
        return True

    def _keep_request(self, request: bytes | Mapping[str, Any] | Cut | None) -> int:
        """Let go of what the user could change and of what is too long; return about how many bytes are kept."""
        if isinstance(request, bytes):
            self.request = Cut(request)
        elif isinstance(request, Mapping):
            self.request, size_bytes = snapshot(request, _ITEMS, _DEPTH, self._limit)
            return size_bytes
        return 0

    def told(self) -> Span | None:
        """The span, made of all that was kept; None where the path is no call's. Off the caller's thread, after the
        end.
        """
        place = place_of(self.host, self.path)
        if place is None:
            return None
        asked = asked_of(place, self.request, self.request_type)
        heard = heard_of(place, self._answer()) if self._status else Heard(Answered())
        taken = Taken(
            scope=self._scope,
            trace_id=self._trace_id,
            span_id=self._span_id,
            host=self.host,
            port=self._port,
            start_ns=self._start_ns,
            end_ns=self._end_ns,
            status=self._status,
            attempts=self._attempts,
            end=self._end if self._is_read_later and self._status else None,
            raised=self._raised,
        )
        return span_of(taken, place, asked, heard)

    def _answer(self) -> Answer:
        return Answer(
            status=self._status,
            content_type=self._content_type,
            encoding=self._encoding,
            chunks=self._chunks,
            times_ns=[time - self._began for time in self._times],
            tail=b"".join(self._tail) if self._tail else b"",
            lost_bytes=self._lost,
        )
