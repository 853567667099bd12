"""Answering: the way back, from the upstream's connection to the client, as it comes.

What one read of the upstream brought goes out in one write. Two answers do not pass at once: one that refuses our wish
for usage, which is asked again without it, and under strict durability the last piece, which waits for its record.
"""

from http import HTTPStatus
from typing import TYPE_CHECKING

from headwater import clock
from headwater.proxy.socket.tunnel import Tunnel
from headwater.proxy.wire.headers import backward
from headwater.proxy.wire.inject import Hiding, is_refusal

if TYPE_CHECKING:
    from headwater.proxy.relay import Relay

_SWITCHING = 101
_BODILESS = frozenset({204, 304})
_REFUSALS = frozenset({400, 422})


class Answering:
    """The caller of a connection; a relay's half."""

    __slots__ = (
        "_framing",
        "_headers",
        "_hiding",
        "_length",
        "_out",
        "_relay",
        "_weighed",
        "content_type",
        "encoding",
        "is_begun",
        "is_head",
        "is_over",
        "request_id",
        "status",
        "tunnel",
    )

    def __init__(self, relay: "Relay") -> None:
        self._relay = relay
        self.is_head = relay.is_head
        self.status = 0
        self.content_type = b""
        self.encoding = b""
        self.request_id = b""
        self.is_over = False
        self.is_begun = False
        self.tunnel: Tunnel | None = None
        self._headers: list[tuple[bytes, bytes]] = []
        self._length: bytes | None = None
        self._framing = ""
        self._out: list[bytes] = []
        self._hiding: Hiding | None = None
        self._weighed: list[bytes] | None = None

    # What the connection says.

    def answered(self, status: int, headers: list[tuple[bytes, bytes]]) -> None:
        """The head of the final answer is there."""
        relay = self._relay
        self.status, self._headers = status, headers
        found = {name: value for name, value in headers if name in _READ}
        self.content_type = found.get(b"content-type", b"")
        self.encoding = found.get(b"content-encoding", b"")
        self.request_id = found.get(b"x-request-id") or found.get(b"request-id", b"")
        self._length = found.get(b"content-length")
        relay.taking.answered(self.content_type.decode("latin-1"))
        if status == _SWITCHING and not relay.asking.framing.is_upgrade:
            relay.upstream_lost("the upstream switched protocols without being asked to")
        elif relay.asking.is_injected and status in _REFUSALS:
            self._weighed = []
        else:
            self._open()

    def answer_body(self, data: bytes) -> None:
        """A piece of its body is there."""
        if self.tunnel is not None:
            self.tunnel.from_upstream(data)
            return
        self._relay.taking.heard(data)
        if self._weighed is not None:
            self._weighed.append(data)
            return
        if self._hiding is not None:
            data = self._hiding.feed(data)
        self._put(data)

    def answer_over(self) -> None:
        """The body is whole."""
        self.is_over = True
        if self._weighed is not None:
            self._weigh(b"".join(self._weighed))
            return
        if self._hiding is not None:
            self._put(self._hiding.end())
        if self._framing == "chunked":
            self._out.append(b"0\r\n\r\n")

    def fed(self) -> None:
        """All that one read brought has been told."""
        relay = self._relay
        relay.last_ns = clock.ticks_ns()
        if not self.is_over:
            self.flush()
        elif self._weighed is None:
            relay.answer_whole()

    def switched(self, rest: bytes) -> None:
        """The upstream speaks WebSocket from `rest` on."""
        self.flush()
        self.tunnel = self._relay.tunnel()
        if rest:
            self.tunnel.from_upstream(rest)

    def upstream_lost(self, why: str) -> None:
        """The connection ended before the answer did."""
        if self.tunnel is not None:
            self.tunnel.upstream_lost()
            self._relay.tunnel_over("complete")
        else:
            self._relay.upstream_lost(why)

    def pause_request(self) -> None:
        """The upstream takes no more for now."""
        if self.tunnel is not None:
            self.tunnel.pause_client()
        else:
            self._relay.leg.flow.pause_reading()

    def resume_request(self) -> None:
        """The upstream takes more."""
        if self.tunnel is not None:
            self.tunnel.resume_client()
        else:
            self._relay.leg.flow.resume_reading()

    def part(self) -> None:
        """Nothing more comes."""
        del self._relay

    # What goes to the client.

    def flush(self) -> None:
        """Send what is there."""
        out, self._out = self._out, []
        if out and not self._relay.disconnected:
            self._relay.leg.transport.write(b"".join(out) if len(out) > 1 else out[0])

    def _open(self) -> None:
        relay = self._relay
        status = self.status
        self.is_begun = True
        if relay.asking.is_injected and status < 300 and self._is_plain_stream():
            self._hiding = Hiding()
        self._framing = self._framing_for(status)
        lines = backward(
            self._headers,
            trace_id=relay.trace_id.hex().encode(),
            overhead_ns=relay.asking.own_ns,
            body_length=int(self._length) if self._length is not None and self._framing != "chunked" else None,
            is_chunked=self._framing == "chunked",
            is_close=not relay.keep_alive,
            is_upgrade=status == _SWITCHING,
            is_prysm=relay.told.is_prysm,
        )
        self._out.append(b"HTTP/1.1 %d %b\r\n%b" % (status, _PHRASES.get(status, b""), lines))

    def _is_plain_stream(self) -> bool:
        return self.content_type.startswith(b"text/event-stream") and self.encoding in (b"", b"identity")

    def _framing_for(self, status: int) -> str:
        relay = self._relay
        if self.is_head or status == _SWITCHING or status in _BODILESS:
            return "none"
        if self._length is not None and self._hiding is None:
            return "length"
        if relay.asking.framing.is_http_1_0:
            relay.keep_alive = False
            return "close"
        return "chunked"

    def _put(self, data: bytes) -> None:
        if not data:
            return
        if self._framing == "chunked":
            self._out += (b"%x\r\n" % len(data), data, b"\r\n")
        else:
            self._out.append(data)

    def _weigh(self, body: bytes) -> None:
        """An answer that may refuse our wish for usage: ask again without it, or pass it on."""
        relay = self._relay
        self._weighed = None
        if is_refusal(self.status, body):
            self.is_over, self.status = False, 0
            relay.asking.without_usage()
            return
        self._open()
        self._put(body)
        if self._framing == "chunked":
            self._out.append(b"0\r\n\r\n")


_PHRASES = {status.value: status.phrase.encode() for status in HTTPStatus}

_READ = frozenset({b"content-type", b"content-encoding", b"content-length", b"x-request-id", b"request-id"})
