"""Upstream: connections to providers, pooled and kept alive. HTTP/1.1, read by httptools, TLS by the event loop.

A connection serves one call at a time. It goes back to the pool only after a whole answer to a whole request; whatever
comes while nobody asked for anything closes it, so that no answer can reach the wrong call.
"""

import asyncio
import ssl
from collections import deque
from typing import Any, NamedTuple, Protocol

import httptools

from headwater import clock
from headwater.proxy.wire.guard import resolve

_SWITCHING = 101
_FIRST_FINAL = 200
_DELIMITING = frozenset({b"content-length", b"transfer-encoding"})


class Origin(NamedTuple):
    """Where a connection leads."""

    is_tls: bool
    host: str
    port: int
    is_private_ok: bool


class Caller(Protocol):
    """Whoever waits for an answer. All are called by the connection, on the event loop."""

    is_head: bool

    def answered(self, status: int, headers: list[tuple[bytes, bytes]]) -> None:
        """The head of the final answer is there."""
        ...

    def answer_body(self, data: bytes) -> None:
        """A piece of its body is there."""
        ...

    def answer_over(self) -> None:
        """The body is whole."""
        ...

    def fed(self) -> None:
        """All that one read brought has been told."""
        ...

    def switched(self, rest: bytes) -> None:
        """The upstream speaks another protocol from `rest` on."""
        ...

    def upstream_lost(self, why: str) -> None:
        """The connection ended before the answer did."""
        ...

    def pause_request(self) -> None:
        """The upstream takes no more for now."""
        ...

    def resume_request(self) -> None:
        """The upstream takes more."""
        ...


class Connection(asyncio.Protocol):
    """One connection to an upstream."""

    def __init__(self, pool: "Pool", origin: Origin) -> None:
        self._pool = pool
        self.origin = origin
        self.transport: asyncio.Transport
        self.caller: Caller | None = None
        self.is_reused = False
        self.is_switched = False
        self.is_silent = True
        self.idle_since_s = 0.0
        self._parser: Any = httptools.HttpResponseParser(self)
        self._headers: list[tuple[bytes, bytes]] = []
        self._head_bytes = 0
        self._is_headed = False
        self._is_over = False
        self._ends_by_close = False
        self._keeps_alive = False
        self._is_lost = False

    @property
    def is_usable(self) -> bool:
        """Whether it can take another call."""
        return not self._is_lost and not self.transport.is_closing()

    def lend(self, caller: Caller) -> None:
        """Serve this caller's call."""
        self.caller = caller
        self.is_silent = True
        self._is_headed = self._is_over = self._ends_by_close = self._keeps_alive = False

    def give_back(self, is_request_whole: bool) -> None:
        """The caller is done with it: keep it for the next, or close it."""
        self.caller = None
        is_clean = is_request_whole and self._keeps_alive and not self._ends_by_close
        if is_clean and self.is_usable:
            self._pool.take_back(self)
        else:
            self.close()

    def close(self) -> None:
        """End it at once: an answer under way is broken off, which stops its making and its cost."""
        self.caller = None
        self._pool.forget(self)
        self.transport.abort()

    # What the event loop says.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport  # type: ignore[assignment]

    def data_received(self, data: bytes) -> None:
        caller = self.caller
        if caller is None:
            self.close()
            return
        self.is_silent = False
        if self.is_switched:
            caller.answer_body(data)
            return
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade as upgrade:
            caller.switched(data[upgrade.args[0] :])
            return
        except httptools.HttpParserError as error:
            self._lose(f"the upstream's answer is no HTTP: {error}")
            return
        if not self._is_headed:
            self._head_bytes += len(data)
            if self._head_bytes > self._pool.head_limit_bytes:
                self._lose("the head of the upstream's answer is too long")
                return
        caller.fed()

    def connection_lost(self, exc: Exception | None) -> None:
        self._is_lost = True
        self._pool.forget(self)
        caller = self.caller
        if caller is None:
            return
        if self._ends_by_close and exc is None:
            self._is_over = True
            caller.answer_over()
            caller.fed()
        else:
            self.caller = None
            caller.upstream_lost(f"the upstream closed the connection ({exc})" if exc else "the upstream closed it")

    def pause_writing(self) -> None:
        if self.caller is not None:
            self.caller.pause_request()

    def resume_writing(self) -> None:
        if self.caller is not None:
            self.caller.resume_request()

    # What the parser says.

    def on_message_begin(self) -> None:
        self._headers = []
        if self._is_over:
            # A second answer to one request: the call has its own, and nobody else may get this one.
            self._ends_by_close = True

    def on_header(self, name: bytes, value: bytes) -> None:
        if not self._is_headed:
            self._headers.append((name.lower(), value))

    def on_headers_complete(self) -> None:
        status = self._parser.get_status_code()
        caller = self.caller
        if caller is None or self._is_over or (status < _FIRST_FINAL and status != _SWITCHING):
            return
        self._is_headed, self._head_bytes = True, 0
        if status == _SWITCHING:
            self.is_switched = True
        else:
            self._ends_by_close = _ends_by_close(status, self._headers)
        caller.answered(status, self._headers)
        if caller.is_head:
            # The parser would wait for the body that the length announces; the connection cannot be used again.
            self._is_over = self._ends_by_close = True
            caller.answer_over()

    def on_body(self, data: bytes) -> None:
        if self._is_headed and not self._is_over and self.caller is not None:
            self.caller.answer_body(data)

    def on_message_complete(self) -> None:
        if self._is_headed and not self._is_over and self.caller is not None and not self.is_switched:
            self._is_over = True
            # The parser knows this only until the next byte.
            self._keeps_alive = self._parser.should_keep_alive()
            self.caller.answer_over()

    def _lose(self, why: str) -> None:
        caller = self.caller
        self.close()
        if caller is not None:
            caller.upstream_lost(why)


def _ends_by_close(status: int, headers: list[tuple[bytes, bytes]]) -> bool:
    """Whether only the connection's end tells the body's (RFC 9112, 6.3)."""
    if status in (204, 304):
        return False
    return _DELIMITING.isdisjoint([name for name, _ in headers])


class Pool:
    """The connections of one edge. `opened` counts those that were made."""

    def __init__(
        self, *, connect_timeout_s: float, idle_timeout_s: float, head_limit_bytes: int, tls: ssl.SSLContext
    ) -> None:
        self.head_limit_bytes = head_limit_bytes
        self.opened = 0
        self._connect_timeout_s = connect_timeout_s
        self._idle_timeout_s = idle_timeout_s
        self._tls = tls
        self._idle: dict[Origin, deque[Connection]] = {}

    def idle(self, origin: Origin) -> Connection | None:
        """The connection that was used last, if one waits."""
        waiting = self._idle.get(origin)
        while waiting:
            found = waiting.pop()
            if found.is_usable:
                found.is_reused = True
                return found
        return None

    async def connect(self, origin: Origin) -> Connection:
        """A connection of its own. Raises OSError, TimeoutError, Refused."""
        async with asyncio.timeout(self._connect_timeout_s):
            return await self._connect(origin)

    async def _connect(self, origin: Origin) -> Connection:
        loop = asyncio.get_running_loop()
        failure: OSError | None = None
        for _, address in await resolve(loop, origin.host, origin.port, origin.is_private_ok):
            try:
                # The address is the one that was examined: the name is not looked up again.
                _, connection = await loop.create_connection(
                    lambda: Connection(self, origin),
                    address[0],
                    origin.port,
                    ssl=self._tls if origin.is_tls else None,
                    server_hostname=origin.host if origin.is_tls else None,
                )
            except OSError as error:
                failure = error
            else:
                self.opened += 1
                return connection
        raise failure or OSError(f"{origin.host!r} has no address")

    def take_back(self, connection: Connection) -> None:
        """Keep it for the next call to the same origin."""
        connection.idle_since_s = clock.monotonic_s()
        self._idle.setdefault(connection.origin, deque()).append(connection)

    def forget(self, connection: Connection) -> None:
        """It is closed."""
        waiting = self._idle.get(connection.origin)
        if waiting and connection in waiting:
            waiting.remove(connection)

    def sweep(self, now_s: float) -> None:
        """Close what has waited too long."""
        for origin, waiting in list(self._idle.items()):
            while waiting and now_s - waiting[0].idle_since_s > self._idle_timeout_s:
                waiting.popleft().close()
            if not waiting:
                del self._idle[origin]

    def close(self) -> None:
        """Close every connection that waits."""
        for waiting in list(self._idle.values()):
            for connection in list(waiting):
                connection.close()
        self._idle.clear()
