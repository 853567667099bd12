"""A host for tunnels on real sockets: it forwards the opening handshake as the relay does, and makes a Tunnel."""

import asyncio
import re
import socket
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any

from websockets.frames import Frame, Opcode

from headwater.capture import Recorded, RecordedTurn, told_of_turn
from headwater.event import Span
from headwater.proxy.socket.tunnel import Bounds, Tunnel
from headwater.proxy.taking import Allowance
from tests.serving import wait_until

ROOM_BYTES = 64 * 1024 * 1024
OPENED = Recorded(
    trace_id=b"\x0a" * 16,
    span_id=b"\x0b" * 8,
    parent_span_id=b"",
    start_ns=1,
    duration_ns=0,
    method="GET",
    host="api.openai.com",
    port=443,
    path="/v1/responses",
    upstream="openai",
    session_id="talks",
    user_id="ada",
    tags=("voice",),
    metadata={"plan": "pro"},
    key_id="key1",
)
_HEAD_END = b"\r\n\r\n"
_EXTENSIONS = re.compile(rb"(?im)^sec-websocket-extensions:.*\r\n")


def frame(data: str | bytes, *, masked: bool = False, opcode: Opcode = Opcode.TEXT, fin: bool = True) -> bytes:
    """One frame as it is on the wire, made by another library than the one that reads it."""
    payload = data.encode() if isinstance(data, str) else data
    return Frame(opcode, payload, fin).serialize(mask=masked)


class Meter(Allowance):
    """An allowance that remembers how much was taken at most."""

    def __init__(self, size_bytes: int) -> None:
        super().__init__(size_bytes)
        self.taken = 0
        self.most = 0

    def claim(self, size_bytes: int) -> bool:
        is_there = super().claim(size_bytes)
        self.taken += size_bytes if is_there else 0
        self.most = max(self.most, self.taken)
        return is_there

    def release(self, size_bytes: int) -> None:
        super().release(size_bytes)
        self.taken -= size_bytes


class Kept:
    """What a tunnel or a listening tells. `is_broken` makes a fault of taking it."""

    def __init__(self) -> None:
        self.turns: list[RecordedTurn] = []
        self.missed: list[str] = []
        self.is_broken = False

    def record(self, turn: RecordedTurn) -> None:
        """Take a turn."""
        if self.is_broken:
            raise ZeroDivisionError
        self.turns.append(turn)

    def spans(self) -> list[Span]:
        """All turns, told."""
        return [told_of_turn(turn) for turn in self.turns]


class _Side(asyncio.Protocol):
    """One of the two connections: up to the end of a head, then whatever is told to."""

    def __init__(self) -> None:
        self.transport: asyncio.Transport
        self.head: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self.rest = b""
        self.on_data: Callable[[bytes], object] | None = None
        self.on_lost: Callable[[], object] = lambda: None
        self.on_full: Callable[[], object] = lambda: None
        self.on_ready: Callable[[], object] = lambda: None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport  # type: ignore[assignment]

    def data_received(self, data: bytes) -> None:
        if self.on_data is not None:
            self.on_data(data)
            return
        self.rest += data
        if _HEAD_END in self.rest and not self.head.done():
            head, _, self.rest = self.rest.partition(_HEAD_END)
            self.head.set_result(head + _HEAD_END)

    def take_over(self, on_data: Callable[[bytes], object]) -> None:
        """From here on, bytes go there."""
        self.on_data = on_data
        rest, self.rest = self.rest, b""
        if rest:
            on_data(rest)

    def connection_lost(self, exc: Exception | None) -> None:
        self.on_lost()

    def pause_writing(self) -> None:
        self.on_full()

    def resume_writing(self) -> None:
        self.on_ready()


class Host(Kept):
    """A listener whose connections become tunnels to one upstream. Runs on a loop of its own, in a thread."""

    def __init__(self, loop: asyncio.AbstractEventLoop, upstream_port: int, opened: Recorded, bounds: Bounds) -> None:
        super().__init__()
        self.loop = loop
        self.port = 0
        self.room = Meter(ROOM_BYTES)
        self.tunnels: list[Tunnel] = []
        self.pauses: list[str] = []
        self.most_buffered = 0
        self._upstream_port = upstream_port
        self._opened = opened
        self._bounds = bounds
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def url(self) -> str:
        """Where WebSocket clients go."""
        return f"ws://127.0.0.1:{self.port}{self._opened.path}"

    async def listen(self) -> asyncio.Server:
        """Begin."""

        def accepted() -> _Side:
            side = _Side()
            task = self.loop.create_task(self._serve(side))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
            return side

        server = await self.loop.create_server(accepted, "127.0.0.1", 0)
        self.port = int(server.sockets[0].getsockname()[1])
        return server

    async def _serve(self, client: _Side) -> None:
        asked = await client.head
        _, upstream = await self.loop.create_connection(_Side, "127.0.0.1", self._upstream_port)
        upstream.transport.write(_EXTENSIONS.sub(b"", asked))
        client.transport.write(await upstream.head)
        tunnel = Tunnel(
            client.transport,
            upstream.transport,
            self._opened,
            record=self.record,
            count=self.missed.append,
            allowance=self.room,
            bounds=self._bounds,
        )
        self._wire(client, upstream, tunnel)
        self.tunnels.append(tunnel)

    def _wire(self, client: _Side, upstream: _Side, tunnel: Tunnel) -> None:
        def watched(take: Callable[[bytes], None], to: _Side) -> Callable[[bytes], None]:
            def passed(data: bytes) -> None:
                take(data)
                self.most_buffered = max(self.most_buffered, to.transport.get_write_buffer_size())

            return passed

        def noted(name: str, do: Callable[[], None]) -> Callable[[], None]:
            def paused() -> None:
                self.pauses.append(name)
                do()

            return paused

        client.on_lost, upstream.on_lost = tunnel.client_lost, tunnel.upstream_lost
        client.on_full, client.on_ready = noted("upstream paused", tunnel.pause_upstream), tunnel.resume_upstream
        upstream.on_full, upstream.on_ready = noted("client paused", tunnel.pause_client), tunnel.resume_client
        client.take_over(watched(tunnel.from_client, upstream))
        upstream.take_over(watched(tunnel.from_upstream, client))

    def only_tunnel(self) -> Tunnel:
        """The tunnel, once it is there."""
        wait_until(lambda: self.tunnels, what="a tunnel")
        return self.tunnels[0]

    def do(self, work: Callable[[], Any]) -> None:
        """Do something on the host's loop."""
        self.loop.call_soon_threadsafe(work)

    def only_span(self) -> Span:
        """The one that was recorded."""
        wait_until(lambda: self.turns, what="a recorded turn")
        (span,) = self.spans()
        return span


@contextmanager
def hosting(
    make_loop: Callable[[], asyncio.AbstractEventLoop],
    upstream_port: int,
    opened: Recorded = OPENED,
    bounds: Bounds | None = None,
) -> Generator[Host]:
    """A host in a thread; at the end everything of it is closed."""
    loop = make_loop()
    host = Host(loop, upstream_port, opened, bounds or Bounds())
    started = threading.Event()
    stop = asyncio.Event()

    async def run() -> None:
        server = await host.listen()
        started.set()
        await stop.wait()
        server.close()
        for tunnel in host.tunnels:
            tunnel.close()
        while not all(tunnel.is_over for tunnel in host.tunnels):
            await asyncio.sleep(0.01)

    thread = threading.Thread(target=loop.run_until_complete, args=(run(),))
    thread.start()
    assert started.wait(30)
    try:
        yield host
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(30)
        loop.close()
        assert not thread.is_alive()


class RawUpstream:
    """An upstream that says 101 to anything, and is then a bare socket in the test's hands."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])

    def accept(self) -> socket.socket:
        """The next connection, its handshake done."""
        taken, _ = self._listener.accept()
        taken.settimeout(60)
        _read_head(taken)
        taken.sendall(b"HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\n")
        return taken

    def close(self) -> None:
        """Accept no more."""
        self._listener.close()


def raw_pair(host: Host, upstream: RawUpstream, receive_bytes: int = 0) -> tuple[socket.socket, socket.socket]:
    """Client's and upstream's sockets with a tunnel between them; `receive_bytes` keeps the system's buffers small."""
    client = socket.socket()
    client.settimeout(60)
    client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if receive_bytes:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)
    client.connect(("127.0.0.1", host.port))
    client.sendall(b"GET /v1/responses HTTP/1.1\r\nhost: x\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\n")
    far = upstream.accept()
    if receive_bytes:
        far.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)
    _read_head(client)
    return client, far


def _read_head(taken: socket.socket) -> None:
    seen = b""
    while _HEAD_END not in seen:
        # A byte at a time, so that nothing after the head is taken.
        seen += taken.recv(1)


def receive(taken: socket.socket, size: int) -> bytes:
    """Exactly so many bytes."""
    found = bytearray()
    while len(found) < size:
        data = taken.recv(min(65_536, size - len(found)))
        assert data, f"closed after {len(found)} of {size} bytes"
        found += data
    return bytes(found)
