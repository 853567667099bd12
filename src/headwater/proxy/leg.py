"""Leg: a client's connection. uvicorn's protocol, which hands the proxy's requests to relays instead of applications.

Both kinds may follow each other on one connection, pipelined too: a request waits until the answer before it is whole.
"""

from typing import TYPE_CHECKING, Any

import httptools
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from headwater import clock
from headwater.errors import BadRequest
from headwater.proxy.asking import Framing
from headwater.proxy.plan import Plan
from headwater.proxy.relay import Relay
from headwater.proxy.wire.routes import Split, split

if TYPE_CHECKING:
    from headwater.proxy.proxy import Proxy

_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
_TOO_LONG = b"HTTP/1.1 431 Request Header Fields Too Large\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"
_FRAMING = frozenset({b"content-length", b"transfer-encoding", b"upgrade", b"expect", b"host"})
_VERSIONS = frozenset({"1.0", "1.1"})
# They speak to whoever stands between, and would be answered by the upstream.
_NOT_RELAYED = frozenset({b"CONNECT", b"TRACE"})

_NOWHERE = Split("", b"/", "")


class Leg(HttpToolsProtocol):
    """One connection. `cycle` is uvicorn's cycle or a Relay, for the request that was read last."""

    proxy: "Proxy"

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self.proxy.legs.add(self)
        self._relay: Relay | None = None
        self._framed: dict[bytes, bytes] = {}
        self._is_in_head = False
        self._is_fresh = True
        self._head_bytes = 0
        self._is_long_read = False
        self._running: Any = None
        self._stuck: tuple[int, int] = (0, 0)
        self._head: tuple[bytes, bytes, list[tuple[bytes, bytes]]] = (b"", b"", [])
        self.plan: Plan | None = None
        self.quiet_ns = clock.ticks_ns()

    def connection_lost(self, exc: Exception | None) -> None:
        self.proxy.legs.discard(self)
        for cycle, _ in self.pipeline:
            if isinstance(cycle, Relay):
                cycle.client_lost()
        self.pipeline.clear()
        relay, self._relay = self._relay, None
        super().connection_lost(exc)
        if relay is not None:
            relay.client_lost()

    def data_received(self, data: bytes) -> None:
        relay = self._relay
        if relay is not None and relay.asking.framing.is_upgrade and relay.asking.is_whole:
            self._talk(relay, data)
            return
        if self.timeout_keep_alive_task is not None:
            self._unset_keepalive_if_required()
        self._is_long_read = len(data) > self.proxy.settings.head_limit_bytes
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade as upgrade:
            self._upgrade(data[upgrade.args[0] :])
        except httptools.HttpParserError:
            self._refuse_nonsense()
        if self._is_in_head:
            self._head_bytes += len(data)
            if self._head_bytes > self.proxy.settings.head_limit_bytes:
                self._refuse_long_head()

    def _refuse_long_head(self) -> None:
        self._is_in_head = False
        if not self.transport.is_closing():
            self.transport.write(_TOO_LONG)
            self.transport.close()

    def _talk(self, relay: Relay, data: bytes) -> None:
        """What comes after a handshake: for the tunnel, or for the one that may come."""
        tunnel = relay.answering.tunnel
        if tunnel is not None:
            tunnel.from_client(data)
        else:
            relay.early += data
            if len(relay.early) > self.proxy.settings.head_limit_bytes:
                self.transport.close()

    def _upgrade(self, rest: bytes) -> None:
        """The parser stops at every wish for another protocol. Whoever does not get it goes on in this one."""
        if isinstance(self.cycle, Relay):
            if self.cycle.asking.framing.is_upgrade:
                self.cycle.early = rest
                return
            self.parser = httptools.HttpRequestParser(self)
            if rest:
                self.data_received(rest)
        else:
            self._unsupported_upgrade_warning()

    def _refuse_nonsense(self) -> None:
        """What is no HTTP ends the connection, after the answers that are still due on it."""
        cycle: Any = self.cycle
        self.flow.pause_reading()
        if self.transport.is_closing():
            return
        if cycle is None or cycle.response_complete:
            self.send_400_response("Invalid HTTP request received.")
        elif not _is_awaited(cycle):
            cycle.keep_alive = False
        elif cycle is self._running:
            self._break_request(cycle)
        else:
            # Its turn has not come: the one before it is the last.
            self.pipeline.popleft()
            self.cycle = self.pipeline[0][0] if self.pipeline else self._running
            self.cycle.keep_alive = False
            if isinstance(cycle, Relay):
                cycle.client_lost()

    def _break_request(self, cycle: Any) -> None:
        if isinstance(cycle, Relay):
            cycle.broken_request()
        elif cycle.response_started:
            self.transport.close()
        else:
            self.send_400_response("Invalid HTTP request received.")

    # What the parser says.

    def on_message_begin(self) -> None:
        self.url = b""
        self.headers = []
        self.expect_100_continue = False
        self._framed = {}
        self._is_fresh = False
        self._is_in_head, self._head_bytes = True, 0
        self.quiet_ns = clock.ticks_ns()

    def on_header(self, name: bytes, value: bytes) -> None:
        if not self._is_in_head:
            # A trailer: nobody asked for one.
            return
        name = name.lower()
        if name in _FRAMING:
            before = self._framed.get(name)
            self._framed[name] = value if before is None else b"%b, %b" % (before, value)
            if name == b"content-length":
                # Each request has its own; the rest of the head is often that of the request before.
                return
        self.headers.append((name, value))

    def on_headers_complete(self) -> None:
        self._is_in_head = False
        unfit = ""
        try:
            found = split(self.url)
        except BadRequest as error:
            found, unfit = _NOWHERE, str(error)
        if found is None:
            self._to_application()
            return
        if self._is_long_read and self._told_bytes() > self.proxy.settings.head_limit_bytes:
            self._refuse_long_head()
            return
        framed = self._framed
        length = framed.get(b"content-length")
        method, version = self.parser.get_method(), self.parser.get_http_version()
        unfit = unfit or _unfit(method, version, framed)
        framing = Framing(
            length=int(length) if length is not None else None,
            is_chunked=b"transfer-encoding" in framed,
            is_upgrade=framed.get(b"upgrade", b"").lower() == b"websocket",
            is_http_1_0=version == "1.0",
        )
        self.expect_100_continue = framed.get(b"expect", b"").lower() == b"100-continue" and version != "1.0"
        relay = Relay(self.proxy, self, method, found, self.headers, framing, self._known_plan(method))
        relay.unfit = unfit
        relay.keep_alive = version != "1.0" and not framing.is_upgrade and self.parser.should_keep_alive()
        before: Any = self.cycle
        self.cycle = relay  # type: ignore[assignment]
        if before is None or before.response_complete:
            self._begin(relay)
        else:
            self.flow.pause_reading()
            self.pipeline.appendleft((relay, self.app))  # type: ignore[arg-type]

    def _told_bytes(self) -> int:
        return len(self.url) + sum(len(name) + len(value) for name, value in self.headers)

    def _known_plan(self, method: bytes) -> Plan | None:
        """The plan of the request before, where this one has the same head."""
        before, self._head = self._head, (method, self.url, self.headers)
        plan, self.plan = self.plan, None
        if plan is None or before != self._head:
            return None
        self.plan = plan
        return plan

    def _to_application(self) -> None:
        """A request for pages, API or ingest: uvicorn takes it from here."""
        url, headers = self.url, self.headers
        super().on_message_begin()
        self.url = url
        self.expect_100_continue = self._framed.get(b"expect", b"").lower() == b"100-continue"
        self.headers += headers
        length = self._framed.get(b"content-length")
        if length is not None:
            self.headers.append((b"content-length", length))
        super().on_headers_complete()

    def _begin(self, relay: Relay) -> None:
        self._relay = self._running = relay
        relay.begin()

    def _start_asgi_task(self, cycle: Any, app: Any) -> None:
        """Begin the next of the pipeline, of either kind."""
        if isinstance(cycle, Relay):
            self._begin(cycle)
        else:
            self._running = cycle
            super()._start_asgi_task(cycle, app)

    def on_body(self, body: bytes) -> None:
        cycle: Any = self.cycle
        self.quiet_ns = clock.ticks_ns()
        if isinstance(cycle, Relay):
            cycle.asking.body(body)
        else:
            super().on_body(body)

    def on_message_complete(self) -> None:
        cycle: Any = self.cycle
        if isinstance(cycle, Relay):
            cycle.asking.body_over()
        else:
            super().on_message_complete()

    # What a relay asks for.

    def say_continue(self) -> None:
        """The client may send its body, if it asked."""
        if self.expect_100_continue:
            self.expect_100_continue = False
            self.transport.write(_CONTINUE)

    def relay_over(self, relay: Relay) -> None:
        """Request and answer are whole: go on to the next, or end the connection."""
        if relay.response_complete:
            return
        relay.response_complete = True
        relay.part()
        if self._relay is relay:
            self._relay = None
        if self.transport.is_closing():
            return
        if not relay.keep_alive:
            self.transport.close()
            return
        # As uvicorn does when a response is complete, but for its timer: `tick` sees who is idle.
        self.server_state.total_requests += 1
        self.quiet_ns = clock.ticks_ns()
        self.flow.resume_reading()
        if self.pipeline:
            self._start_asgi_task(*self.pipeline.pop())

    def break_off(self, relay: Relay) -> None:
        """The answer will not become whole, and the client must be able to see that."""
        relay.response_complete = True
        if self._relay is relay:
            self._relay = None
        if relay.asking.framing.is_http_1_0:
            self.transport.abort()
        else:
            self.transport.close()

    def pause_writing(self) -> None:
        super().pause_writing()
        relay = self._relay
        if relay is not None:
            relay.pause_answer()

    def resume_writing(self) -> None:
        super().resume_writing()
        relay = self._relay
        if relay is not None:
            relay.resume_answer()

    def tick(self, now_ns: int) -> None:
        """Look whether the client has stopped to send a head, or to take its answer."""
        bound_ns = int(self.proxy.settings.client_timeout_s * 1e9)
        relay = self._relay
        cycle: Any = self.cycle
        if isinstance(cycle, Relay) and cycle.response_complete and not self._is_in_head:
            if now_ns - self.quiet_ns > self.timeout_keep_alive * 10**9:
                self.transport.close()
            return
        is_awaited = self._is_fresh or self._is_in_head or (relay is not None and not relay.asking.is_whole)
        if cycle is not None and not cycle.response_complete and not self.flow.read_paused:
            is_awaited = is_awaited or _is_awaited(cycle)
        if is_awaited and now_ns - self.quiet_ns > bound_ns:
            self.transport.close()
        elif self.flow.write_paused:
            waiting = self.transport.get_write_buffer_size()
            since_ns, before = self._stuck
            if waiting != before:
                self._stuck = (now_ns, waiting)
            elif now_ns - since_ns > bound_ns:
                self.transport.abort()


def _is_awaited(cycle: Any) -> bool:
    """Whether some of its request is still to come."""
    return not cycle.asking.is_whole if isinstance(cycle, Relay) else cycle.more_body


def _unfit(method: bytes, version: str, framed: dict[bytes, bytes]) -> str:
    """Why a request is not sent on: another reader could see another request in it. "" for one that is."""
    if version not in _VERSIONS:
        return f"HTTP/{version} is not spoken here: send HTTP/1.1"
    if method in _NOT_RELAYED:
        return f"{method.decode()} is not relayed"
    coding = framed.get(b"transfer-encoding")
    if coding is not None and (version == "1.0" or coding.lower() != b"chunked"):
        return f"the transfer-encoding {coding[:80]!r} is not relayed: send a content-length, or chunked alone"
    host = framed.get(b"host")
    if (host is None and version == "1.1") or (host is not None and b"," in host):
        return "a request has one header host: send the address that it goes to"
    return ""
