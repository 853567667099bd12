"""Asking: the way out, from the client to the upstream's connection, as it comes.

What is sent waits for two things only: a connection, where none is idle, and the whole body, where usage may have to be
asked for in it.
"""

import asyncio
from typing import TYPE_CHECKING, NamedTuple

from headwater import clock
from headwater.errors import BadRequest
from headwater.proxy.upstream import Connection, Origin
from headwater.proxy.wire.guard import Refused
from headwater.proxy.wire.inject import injected

if TYPE_CHECKING:
    from headwater.proxy.relay import Relay

_HIGH_WATER = 64 * 1024
# Looking for where to ask for usage takes milliseconds in a body of megabytes.
_HELD_BYTES = 2 * 1024 * 1024
_DISCARDED_BYTES = 1024 * 1024
# RFC 9110, 9.2.2.
_IDEMPOTENT = frozenset({b"GET", b"HEAD", b"OPTIONS", b"PUT", b"DELETE"})
_LAST_CHUNK = b"0\r\n\r\n"


class Framing(NamedTuple):
    """How a request's body is delimited: by a length, in chunks, or not at all."""

    length: int | None = None
    is_chunked: bool = False
    is_upgrade: bool = False
    is_http_1_0: bool = False


class Asking:
    """A relay's half. `is_whole` says that the request is there, `connection` is the upstream's while it is needed.

    `attempts` counts the requests that were sent, `own_ns` is the time between the client's bytes and the first.
    """

    __slots__ = (
        "_discarded",
        "_held",
        "_held_bytes",
        "_is_chunked",
        "_is_holding",
        "_opening",
        "_relay",
        "attempts",
        "connection",
        "framing",
        "is_injected",
        "is_whole",
        "own_ns",
    )

    def __init__(self, relay: "Relay", framing: Framing) -> None:
        self._relay = relay
        self.framing = framing
        self.is_whole = False
        self.connection: Connection | None = None
        self.attempts = 0
        self.own_ns = 0
        self.is_injected = False
        self._is_chunked = False
        self._is_holding = False
        self._held: list[bytes] = []
        self._held_bytes = 0
        self._discarded = 0
        self._opening: asyncio.Task[None] | None = None

    @property
    def is_short(self) -> bool:
        """Whether the rest of the request can be read and dropped, where nobody wants it."""
        return not self.framing.is_chunked and (self.framing.length or 0) <= _DISCARDED_BYTES

    # The client's side.

    def body(self, data: bytes) -> None:
        """A piece of the body came."""
        relay = self._relay
        relay.last_ns = clock.ticks_ns()
        if relay.is_over:
            self._discard(data)
            return
        relay.taking.request.add(data)
        if self.connection is not None:
            self._send(self.connection, data)
            return
        self._held.append(data)
        self._held_bytes += len(data)
        if self._is_holding:
            if self._held_bytes > _HELD_BYTES:
                self._is_holding = False
                self.connect()
        elif self._held_bytes > _HIGH_WATER:
            relay.leg.flow.pause_reading()

    def body_over(self) -> None:
        """The request is whole."""
        relay = self._relay
        self.is_whole = True
        relay.last_ns = clock.ticks_ns()
        if relay.is_over:
            relay.leg.relay_over(relay)
        elif self._is_holding:
            self._send_held()
        elif self.connection is not None and self._is_chunked:
            self.connection.transport.write(_LAST_CHUNK)

    def start(self, *, is_held: bool) -> None:
        """The call may be made: send it, `is_held` as a whole."""
        if not is_held:
            self.connect()
        elif self.is_whole:
            self._send_held()
        else:
            self._is_holding = True
            # While nobody knew whose call it is, a long body was held up.
            self._relay.leg.flow.resume_reading()

    def _discard(self, data: bytes) -> None:
        """The answer is given already: read on, within reason, so that the client gets to see it."""
        self._discarded += len(data)
        if self._discarded > _DISCARDED_BYTES:
            self._relay.leg.transport.close()

    def _send_held(self) -> None:
        """The body that was waited for is whole: put the wish for usage in, where there is none."""
        relay = self._relay
        self._is_holding = False
        body = b"".join(self._held)
        if not relay.proxy.refusals.has(relay.plan.upstream.base_url, relay.plan.target, body):
            changed = injected(body)
            if changed is not None:
                self.is_injected = True
                self._held, self._held_bytes = [changed], len(changed)
        self.connect()

    # The upstream's side.

    def connect(self) -> None:
        """Send what is there, over an idle connection or one that is made for it."""
        relay = self._relay
        self.attempts += 1
        if self.attempts == 1:
            self.own_ns = clock.ticks_ns() - relay.last_ns
        origin = relay.plan.origin
        idle = relay.proxy.pool.idle(origin)
        if idle is not None:
            self._connected(idle)
        else:
            self._opening = relay.proxy.spawn(self._open(origin))

    async def _open(self, origin: Origin) -> None:
        relay = self._relay
        try:
            connection = await relay.proxy.pool.connect(origin)
        except Refused as error:
            relay.fail(403, "target_refused", str(error))
        except TimeoutError:
            seconds = relay.proxy.settings.connect_timeout_s
            relay.fail(504, "connect_timeout", f"no connection to {origin.host} within {seconds:g} s")
        except OSError as error:
            relay.fail(502, "connect_error", f"cannot connect to {origin.host}: {error}")
        else:
            if relay.is_over:
                connection.close()
            else:
                self._connected(connection)

    def _connected(self, connection: Connection) -> None:
        relay = self._relay
        try:
            head = self._head()
        except BadRequest as error:
            connection.close()
            relay.fail(400, "bad_header", str(error))
            return
        self.connection = connection
        connection.lend(relay.answering)
        held, self._held, self._held_bytes = self._held, [], 0
        if self._is_chunked:
            held = [part for piece in held for part in (b"%x\r\n" % len(piece), piece, b"\r\n")]
            held += (_LAST_CHUNK,) if self.is_whole else ()
        connection.transport.write(b"".join((head, *held)) if held else head)
        relay.leg.flow.resume_reading()

    def _head(self) -> bytes:
        relay, framing = self._relay, self.framing
        length = framing.length
        if self.is_whole and (self.is_injected or framing.is_chunked):
            length = self._held_bytes
        self._is_chunked = framing.is_chunked and length is None
        return relay.plan.head(length, is_chunked=self._is_chunked, is_identity=self.is_injected)

    def _send(self, connection: Connection, data: bytes) -> None:
        if self._is_chunked:
            connection.transport.writelines((b"%x\r\n" % len(data), data, b"\r\n"))
        else:
            connection.transport.write(data)

    # Again, and no more.

    def without_usage(self) -> None:
        """The upstream refuses our wish for usage: remember it, and send once more what the client sent."""
        relay = self._relay
        relay.proxy.refusals.add(relay.plan.upstream.base_url, relay.plan.target, b"".join(relay.taking.request.pieces))
        self.is_injected = False
        self.give_back()
        self._again()

    def again_if_safe(self) -> bool:
        """A kept connection may have ended just as it was used: what is safe to repeat is sent over another."""
        relay = self._relay
        connection, self.connection = self.connection, None
        is_kept = self.is_whole and relay.taking.request.is_whole and self.attempts == 1
        if connection is None or not (connection.is_reused and connection.is_silent and is_kept):
            return False
        if relay.method not in _IDEMPOTENT and all(name != b"idempotency-key" for name, _ in relay.headers):
            return False
        self._again()
        return True

    def _again(self) -> None:
        relay = self._relay
        self._held = list(relay.taking.request.pieces)
        self._held_bytes = relay.taking.request.size_bytes
        # The connection is in the middle of reading what led here.
        relay.proxy.loop.call_soon(self.connect)

    def give_back(self) -> None:
        """The answer is whole: let the next call have the connection."""
        connection, self.connection = self.connection, None
        if connection is not None:
            connection.give_back(self.is_whole)

    def part(self) -> None:
        """Nothing more comes."""
        del self._relay

    def drop(self) -> None:
        """Nobody waits for the answer any more: break it off, or do not begin it."""
        connection, self.connection = self.connection, None
        if connection is not None:
            connection.close()
        if self._opening is not None:
            self._opening.cancel()
