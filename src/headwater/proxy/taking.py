"""Taking: what is kept of one call while it passes. References and times, within bounds; nothing is read or decoded."""

import hashlib
import re
from collections import deque
from functools import lru_cache
from typing import Any

from headwater import clock

_TEXTS = ("application/json", "text/", "application/x-ndjson", "application/xml")
_TAIL_BYTES = 256 * 1024
_SECRETS = re.compile(r"((?:^|[?&])(?:key|api[-_]?key|access_token|token|sig|signature)=)[^&#]*", re.IGNORECASE)


class Allowance:
    """Bytes that all calls under way may hold together."""

    def __init__(self, size_bytes: int) -> None:
        self._left = size_bytes

    def claim(self, size_bytes: int) -> bool:
        """Take so many, if they are there."""
        if size_bytes > self._left:
            return False
        self._left -= size_bytes
        return True

    def release(self, size_bytes: int) -> None:
        """Give back what was taken."""
        self._left += size_bytes


@lru_cache(maxsize=256)
def is_text(content_type: str) -> bool:
    """Whether a body of this type is worth keeping as it is. What has no type is."""
    return not content_type or content_type.lower().startswith(_TEXTS)


def shown_path(target: bytes) -> str:
    """Path and query without the secrets that some providers take in the query."""
    text = target.decode("latin-1")
    return _SECRETS.sub(r"\1…", text) if "?" in text else text


class Body:
    """One body: its beginning up to a bound, then its size, its end and, for what is no text, its hash.

    `pieces` are what is kept; `size_bytes` counts all that came.
    """

    __slots__ = (
        "_allowance",
        "_claimed",
        "_digest",
        "_is_text",
        "_limit",
        "_tail",
        "_tail_bytes",
        "pieces",
        "size_bytes",
    )

    def __init__(self, allowance: Allowance, limit_bytes: int, *, is_text: bool) -> None:
        self._allowance = allowance
        self._limit = limit_bytes
        self._is_text = is_text
        self._claimed = 0
        self._digest: Any = None
        self._tail: deque[bytes] | None = None
        self._tail_bytes = 0
        self.pieces: list[bytes] = []
        self.size_bytes = 0

    @property
    def is_whole(self) -> bool:
        """Whether all that came is kept."""
        return self._tail is None

    def add(self, data: bytes) -> bool:
        """A piece came; say whether it is kept."""
        size = len(data)
        self.size_bytes += size
        if self._tail is None:
            if self.size_bytes <= self._limit and self._allowance.claim(size):
                self._claimed += size
                self.pieces.append(data)
                return True
            self._begin_tail()
        self._over(data)
        return False

    def _begin_tail(self) -> None:
        self._tail = deque()
        if not self._is_text:
            self._digest = hashlib.sha256()
            for piece in self.pieces:
                self._digest.update(piece)

    def _over(self, data: bytes) -> None:
        if self._digest is not None:
            self._digest.update(data)
            return
        tail = self._tail
        if tail is None:
            return
        tail.append(data)
        self._tail_bytes += len(data)
        while self._tail_bytes - len(tail[0]) > _TAIL_BYTES:
            self._tail_bytes -= len(tail.popleft())

    def kept(self) -> bytes:
        """What is kept, from the beginning on."""
        pieces = self.pieces
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def tail(self) -> bytes:
        """The last bytes of a text of which the middle is lost."""
        return b"".join(self._tail) if self._tail else b""

    def sha256(self) -> str:
        """The hash in hex of what is no text and not kept whole, else ""."""
        return self._digest.hexdigest() if self._digest is not None else ""

    def lost_bytes(self) -> int:
        """Bytes that came after those in `pieces`."""
        return self.size_bytes - self._claimed

    def let_go(self) -> None:
        """Give back the room that the kept bytes took."""
        self._allowance.release(self._claimed)
        self._claimed = 0


class Taking:
    """Both bodies and the times. `start_ns` is Unix time, the others count from it."""

    __slots__ = ("_allowance", "_began", "_binary_limit", "_text_limit", "answer", "chunk_ns", "request", "start_ns")

    def __init__(self, allowance: Allowance, text_limit_bytes: int, binary_limit_bytes: int, content_type: str) -> None:
        self.start_ns = clock.now_ns()
        self._began = clock.ticks_ns()
        self._allowance = allowance
        self._text_limit = text_limit_bytes
        self._binary_limit = binary_limit_bytes
        self.request = self._body(content_type)
        self.answer: Body | None = None
        self.chunk_ns: list[int] = []

    def _body(self, content_type: str) -> Body:
        text = is_text(content_type)
        return Body(self._allowance, self._text_limit if text else self._binary_limit, is_text=text)

    def answered(self, content_type: str) -> None:
        """The head of an answer came; what was kept of an earlier one is let go."""
        if self.answer is not None:
            self.answer.let_go()
            self.chunk_ns = []
        self.answer = self._body(content_type)

    def heard(self, data: bytes) -> None:
        """A piece of the answer's body came."""
        answer = self.answer
        if answer is not None and answer.add(data):
            self.chunk_ns.append(clock.ticks_ns() - self._began)

    def elapsed_ns(self) -> int:
        """Nanoseconds since the beginning."""
        return clock.ticks_ns() - self._began

    def let_go(self) -> None:
        """Give back all room."""
        self.request.let_go()
        if self.answer is not None:
            self.answer.let_go()
