"""WebSocket: what a relayed call becomes when the upstream has switched protocols.

    client ──► from_client ──► upstream        pause_client, pause_upstream: whoever takes no more
           ◄── from_upstream ◄──               holds up the other, not us

Bytes pass as they come, untouched: no frame is waited for, made or changed, pings and closing included. Only then is a
copy listened to.
"""

import asyncio
from collections.abc import Callable

import msgspec

from headwater.capture import LIMIT_BYTES, End, Recorded, RecordedTurn
from headwater.proxy.socket.listening import Listening, is_understood
from headwater.proxy.taking import Allowance


class Bounds(msgspec.Struct, frozen=True, kw_only=True):
    """`limit_bytes` bounds what is kept of a message, of a response and of what leads to it. A connection on which
    nothing passes either way for `idle_s` is closed, at the latest after twice that; one that is closed while its peer
    does not take the rest is broken off after `linger_s`.
    """

    limit_bytes: int = LIMIT_BYTES
    idle_s: float = 3_600.0
    linger_s: float = 60.0


class Tunnel:
    """Two transports, each of which gets what the other brings. Made and called on the event loop.

    Whoever owns the protocols tells what comes, who is lost, and whose buffer is full. Transports are closed here: when
    one is lost, the other is. `opened` is the connection as a call; see `Listening` for what becomes of it.
    """

    def __init__(
        self,
        client: asyncio.Transport,
        upstream: asyncio.Transport,
        opened: Recorded,
        *,
        record: Callable[[RecordedTurn], object],
        count: Callable[[str], object],
        allowance: Allowance,
        bounds: Bounds,
    ) -> None:
        self._client = client
        self._upstream = upstream
        self._bounds = bounds
        self._listening: Listening | None = None
        if is_understood(opened.host, opened.path):
            self._listening = Listening(
                opened, record=record, count=count, allowance=allowance, limit_bytes=bounds.limit_bytes
            )
        self._is_client_lost = False
        self._is_upstream_lost = False
        self._has_moved = False
        self.sent_bytes = 0
        self.received_bytes = 0
        self._loop = asyncio.get_running_loop()
        self._timer = self._loop.call_later(bounds.idle_s, self._tick)

    @property
    def is_over(self) -> bool:
        """Whether both sides are gone."""
        return self._is_client_lost and self._is_upstream_lost

    @property
    def turns(self) -> int:
        """Responses that were recorded so far."""
        return self._listening.turns if self._listening is not None else 0

    def from_client(self, data: bytes) -> None:
        """The client sent this."""
        if self._upstream.is_closing():
            return
        self._upstream.write(data)
        self._has_moved = True
        self.sent_bytes += len(data)
        if self._listening is not None:
            self._listening.sent(data)

    def from_upstream(self, data: bytes) -> None:
        """The upstream sent this."""
        if self._client.is_closing():
            return
        self._client.write(data)
        self._has_moved = True
        self.received_bytes += len(data)
        if self._listening is not None:
            self._listening.received(data)

    def pause_client(self) -> None:
        """The upstream takes no more for now: read nothing from the client."""
        if not self._client.is_closing():
            self._client.pause_reading()

    def resume_client(self) -> None:
        """The upstream takes more."""
        if not self._client.is_closing():
            self._client.resume_reading()

    def pause_upstream(self) -> None:
        """The client takes no more for now: read nothing from the upstream."""
        if not self._upstream.is_closing():
            self._upstream.pause_reading()

    def resume_upstream(self) -> None:
        """The client takes more."""
        if not self._upstream.is_closing():
            self._upstream.resume_reading()

    def client_lost(self) -> None:
        """The client is gone."""
        self._is_client_lost = True
        self._leave("closed")

    def upstream_lost(self) -> None:
        """The upstream is gone."""
        self._is_upstream_lost = True
        self._leave("cut")

    def close(self) -> None:
        """We go: the server stops."""
        self._leave("abandoned")

    def _leave(self, how: End) -> None:
        """Close both; what is on its way to one that is still there goes out first."""
        if self._listening is not None:
            self._listening.ended(how)
        self._timer.cancel()
        self._client.close()
        self._upstream.close()
        if not self.is_over:
            self._timer = self._loop.call_later(self._bounds.linger_s, self._break_off)

    def _break_off(self) -> None:
        self._client.abort()
        self._upstream.abort()

    def _tick(self) -> None:
        """Look whether anything has passed since the last look."""
        if not self._has_moved:
            self.close()
            return
        self._has_moved = False
        self._timer = self._loop.call_later(self._bounds.idle_s, self._tick)
