"""An upstream that does as it is told, to the byte, and remembers exactly what it was sent."""

import asyncio
import socket
import struct
import threading
from collections.abc import Mapping, Sequence
from enum import Enum
from types import TracebackType

from tests.proxy.wire import Message, Nonsense, take_request


class Do(Enum):
    """What an upstream does beside sending bytes. As the first step EARLY has it begin at the end of the head."""

    EARLY = "begin when the head is there"
    AWAIT = "wait until the request is whole"
    PAUSE = "wait for a moment"
    END = "send no more, and go on reading"
    CLOSE = "close in order"
    RESET = "close at once"
    AWAIT_CLOSE = "wait until the other side closes"
    HOLD = "neither read nor write until `release` is called"


Script = Sequence[bytes | Do]
ECHO: Script = ()
"""Answer with what was asked: the line that tells of the request."""

_PAUSE_S = 0.05
_LINGER_NOT = struct.pack("ii", 1, 0)


_EVIL = b"HTTP/1.1 200 OK\r\nx-mock: 1\r\ncontent-length: 4\r\n\r\nEVIL"
# What an echo is followed by where its query asks for it.
_THEN: Mapping[str, tuple[bytes, Script]] = {
    "close": (b"", (Do.CLOSE,)),
    "reset": (b"", (Do.RESET,)),
    "surplus": (_EVIL, ()),
}


class Upstream:
    """Listens on a port of loopback in a thread of its own for as long as the `with` block lasts; port 0 takes any.

    `script` is followed for every request but GET /v1/probe, which is always echoed; while there are `scripts`, each is
    followed once before it. `requests` are those that came,
    `nonsense` is what came and was none. `written_bytes` counts what was taken of the scripts.
    """

    def __init__(self, port: int = 0) -> None:
        self.script: Script = ECHO
        self.scripts: list[Script] = []
        self.requests: list[Message] = []
        self.nonsense: list[str] = []
        self.written_bytes = 0
        self.closed = 0
        self._listening = socket.create_server(("127.0.0.1", port), backlog=256)
        self.port = int(self._listening.getsockname()[1])
        self._loop = asyncio.new_event_loop()
        self._stop = asyncio.Event()
        self._released = asyncio.Event()
        self._thread = threading.Thread(target=self._run, name="upstream", daemon=True)

    def __enter__(self) -> "Upstream":
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()

    def forget(self, script: Script) -> None:
        """Begin with a clean slate and this script."""
        self.script = script
        self.requests, self.nonsense, self.written_bytes = [], [], 0
        self._released.clear()

    def release(self) -> None:
        """Go on where a script holds."""
        self._loop.call_soon_threadsafe(self._released.set)

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self._serve())

    async def _serve(self) -> None:
        server = await asyncio.start_server(self._talk, sock=self._listening)
        await self._stop.wait()
        server.close()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        talk = _Talk(self, self._released, reader, writer)
        try:
            await talk.listen()
        except (ConnectionError, asyncio.CancelledError):
            pass
        except Nonsense as error:
            self.nonsense.append(str(error))
        finally:
            self.closed += 1
            writer.close()


class _Talk:
    """One connection."""

    def __init__(
        self,
        upstream: Upstream,
        released: asyncio.Event,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        self.data = b""
        self._upstream = upstream
        self._released = released
        self._reader = reader
        self._writer = writer
        self._is_begun = False
        self._is_over = False

    async def listen(self) -> None:
        while not self._is_over:
            script = self._upstream.script
            is_early = bool(script) and script[0] is Do.EARLY
            if is_early and not self._is_begun and b"\r\n\r\n" in self.data and not self._is_probe():
                self._is_begun = True
                await self._follow(script)
                continue
            request = self._take()
            if request is None:
                if not await self._read():
                    return
            elif self._is_begun:
                self._is_begun = False
            else:
                await self._answer(request, script)

    def _is_probe(self) -> bool:
        return self.data.startswith((b"GET /v1/probe ", b"GET /openai/v1/probe "))

    async def _read(self) -> bool:
        data = await self._reader.read(65536)
        self.data += data
        return bool(data)

    def _take(self) -> Message | None:
        """The next whole request, noted."""
        taken = take_request(self.data)
        if taken is None:
            return None
        request, self.data = taken
        # One gateway strips the first segment of the path, the other does not.
        request = request._replace(start=request.start.replace(" /openai/", " /", 1))
        self._upstream.requests.append(request)
        return request

    async def _answer(self, request: Message, script: Script) -> None:
        if self._upstream.scripts:
            script = self._upstream.scripts.pop(0)
        if request.header("expect"):
            self._writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        if script and request.start != "GET /v1/probe":
            await self._follow(script)
        else:
            surplus, then = _THEN.get(request.start.partition("?then=")[2], (b"", ()))
            self._writer.write(echo(request) + surplus)
            await self._writer.drain()
            await self._follow(then)

    async def _follow(self, script: Script) -> None:
        for step in script:
            if isinstance(step, bytes):
                self._writer.write(step)
                await self._writer.drain()
                self._upstream.written_bytes += len(step)
            else:
                await self._do(step)

    async def _do(self, step: Do) -> None:
        if step is Do.AWAIT:
            while self._take() is None and await self._read():
                pass
            self._is_begun = False
        elif step is Do.HOLD:
            await self._released.wait()
        elif step is Do.PAUSE:
            await asyncio.sleep(_PAUSE_S)
        elif step is Do.AWAIT_CLOSE:
            while await self._read():
                pass
            self._is_over = True
        elif step is Do.END:
            self._writer.write_eof()
        elif step in (Do.CLOSE, Do.RESET):
            self._is_over = True
            if step is Do.RESET:
                found: socket.socket = self._writer.get_extra_info("socket")
                found.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_NOT)


def echo(request: Message) -> bytes:
    """The answer that says what was asked."""
    told = request.told().encode("utf-8")
    sent = b"" if request.start.startswith("HEAD ") else told
    return b"HTTP/1.1 200 OK\r\nx-mock: 1\r\ncontent-type: text/plain\r\ncontent-length: %d\r\n\r\n%s" % (
        len(told),
        sent,
    )
