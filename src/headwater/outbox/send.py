"""Sender: one connection to the server, one request at a time.

The standard library's HTTP, because it says nothing by itself: urllib3 logs warnings about strange answers, and is
instrumented in many programs, which would then trace our own requests.
"""

import contextlib
import zlib
from collections.abc import Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import msgspec

from headwater.clock import monotonic_s
from headwater.event import TALLY_HEADER
from headwater.outbox.item import Batch, Signal
from headwater.outbox.settings import OutboxSettings

if TYPE_CHECKING:
    from http.client import HTTPConnection

_ANSWER_MAX = 64 * 1024
_RETRY_AFTER_MAX_S = 60.0
_LOOPBACK = ("127.", "localhost", "::1")
_GZIP = 31


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What the server said: the status, how many seconds to wait (None: nothing said), and the body's beginning."""

    status: int
    retry_after_s: float | None = None
    body: bytes = b""


class Unreachable(Exception):
    """No answer came, for whatever reason; sending again may help."""


class Sender:
    """Knows the server's address, and keeps the connection open between requests."""

    def __init__(self, settings: OutboxSettings) -> None:
        parts = urlsplit(settings.url)
        self._is_tls = parts.scheme == "https"
        self._netloc = parts.netloc.rpartition("@")[2]
        self._path = parts.path.rstrip("/")
        self._timeout_s = settings.timeout_s
        more = settings.more_headers
        self._more_headers = more if callable(more) else None
        self._headers = {"content-type": "application/json", **({} if callable(more) else more), **settings.headers}
        self._headers.setdefault("user-agent", f"headwater-python/{settings.resource.get('telemetry.sdk.version', '')}")
        is_near = (parts.hostname or "").startswith(_LOOPBACK)
        self.has_gzip = settings.compression == "gzip" or (settings.compression == "auto" and not is_near)
        self._connection: HTTPConnection | None = None

    def send(self, batch: Batch, ledger: str) -> Answer:
        """Send a batch and the ledger as it stands. Raises Unreachable where no answer comes."""
        headers = {**self._asked_headers(), **self._headers, TALLY_HEADER: ledger}
        if batch.is_gzip:
            headers["content-encoding"] = "gzip"
        is_reused = self._connection is not None
        try:
            return self._post(batch.signal, batch.body, headers)
        except Exception as error:
            self.close()
            # A server may close a connection that rests; that says nothing about its being there.
            if not (is_reused and isinstance(error, ConnectionError)):
                raise Unreachable(repr(error)) from error
        try:
            return self._post(batch.signal, batch.body, headers)
        except Exception as error:
            self.close()
            raise Unreachable(repr(error)) from error

    def _asked_headers(self) -> Mapping[str, str]:
        if self._more_headers is None:
            return {}
        try:
            return dict(self._more_headers())
        except Exception as error:
            raise Unreachable(f"no headers to send with: {error!r}") from error

    def load(self) -> None:
        """Load what speaks HTTP, ahead of its first use.

        Loaded while the interpreter ends by an interrupt from the keyboard, it would make the interpreter forget the
        interrupt and end with another exit code.
        """
        for name in ("encodings.idna", "http.client"):
            import_module(name)

    def close(self) -> None:
        """Close the connection; in a forked child this closes the child's copy only."""
        connection, self._connection = self._connection, None
        if connection is not None:
            with contextlib.suppress(Exception):
                connection.close()

    def _post(self, signal: Signal, body: bytes, headers: Mapping[str, str]) -> Answer:
        connection = self._connection or self._connect()
        connection.request("POST", f"{self._path}/v1/{signal}", body, dict(headers))
        response = connection.getresponse()
        answer = _read(response, monotonic_s() + self._timeout_s)
        if response.will_close or not response.isclosed():
            self.close()
        return answer

    def _connect(self) -> "HTTPConnection":
        from http.client import HTTPConnection, HTTPSConnection

        make = HTTPSConnection if self._is_tls else HTTPConnection
        self._connection = make(self._netloc, timeout=self._timeout_s)
        return self._connection


def compressed(body: bytes) -> bytes:
    """Make it gzip, at the speed that costs least."""
    packer = zlib.compressobj(1, zlib.DEFLATED, _GZIP)
    return packer.compress(body) + packer.flush()


def decompressed(body: bytes) -> bytes:
    """Undo `compressed`."""
    return zlib.decompress(body, _GZIP)


def _read(response: Any, deadline_s: float) -> Answer:
    """Read as much of an answer as is wanted; one that never ends is left."""
    body = b""
    while len(body) < _ANSWER_MAX and monotonic_s() < deadline_s:
        piece = response.read1(_ANSWER_MAX)
        if not piece:
            break
        body += piece
    return Answer(status=response.status, retry_after_s=_seconds(response.getheader("retry-after")), body=body)


def _seconds(text: str | None) -> float | None:
    """Read a `Retry-After`: seconds, or a date."""
    if text is None:
        return None
    try:
        wanted = float(text)
    except ValueError:
        wanted = _seconds_until(text)
    return min(_RETRY_AFTER_MAX_S, wanted) if wanted >= 0 else None


def _seconds_until(date: str) -> float:
    from email.utils import parsedate_to_datetime

    from headwater.clock import now_ns

    try:
        return max(0.0, parsedate_to_datetime(date).timestamp() - now_ns() / 1e9)
    except (ValueError, TypeError, OverflowError):
        return -1.0
