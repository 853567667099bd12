"""A server that takes OTLP/JSON and keeps what it got, and that can be told to misbehave."""

import gzip
import json
import sys
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, cast

import msgspec

from headwater.event import LogEvent, Span
from headwater.otlp import JSON, spans_of
from headwater.outbox import Outbox, OutboxSettings


class Got(msgspec.Struct, frozen=True, kw_only=True):
    """A request as it came."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def ledger(self) -> dict[str, Any]:
        """The decoded ledger header."""
        return json.loads(self.headers["x-headwater-ledger"])

    @property
    def names(self) -> list[str]:
        """The names of its spans."""
        return [span.name for span in spans_of(self.body, JSON)] if self.path == "/v1/traces" else []


class Reply(msgspec.Struct, frozen=True, kw_only=True):
    """How to answer."""

    status: int = 200
    headers: dict[str, str] = {}
    body: bytes = b"{}"
    is_silent: bool = False
    raw: bytes = b""


class Receiver:
    """`answer` decides on each request; all that came is in `got`, what was answered with 2xx in `taken`."""

    def __init__(self) -> None:
        self.got: list[Got] = []
        self.taken: list[Got] = []
        self.answer: Callable[[Got], Reply] = lambda _: Reply()
        self.url = ""
        self.released = threading.Event()

    @property
    def names(self) -> list[str]:
        """The names of all spans that were taken."""
        return [name for got in self.taken for name in got.names]


@contextmanager
def receiving(port: int = 0) -> Generator[Receiver]:
    """Run a receiver on loopback."""
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            body = gzip.decompress(body) if headers.get("content-encoding") == "gzip" else body
            got = Got(path=self.path, headers=headers, body=body)
            receiver.got.append(got)
            reply = receiver.answer(got)
            if reply.is_silent:
                receiver.released.wait(60)
                self.close_connection = True
                return
            if 200 <= reply.status < 300:
                receiver.taken.append(got)
            if reply.raw:
                self.wfile.write(reply.raw)
                self.close_connection = True
                return
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(reply.body)))
            self.end_headers()
            self.wfile.write(reply.body)

        def log_message(self, format: str, *args: Any) -> None:
            return

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 64

        def handle_error(self, request: Any, client_address: Any) -> None:
            """Senders that die in the midst of a request are what some tests are about."""
            if not isinstance(sys.exc_info()[1], OSError):
                super().handle_error(request, client_address)

    server = Server(("127.0.0.1", port), Handler)
    receiver.url = f"http://127.0.0.1:{cast('tuple[str, int]', server.server_address)[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        receiver.released.set()
        server.shutdown()
        server.server_close()
        thread.join()


class Thing:
    """An item: a span, or whatever `told` gives or raises."""

    def __init__(self, told: Span | LogEvent | Exception | None, size_bytes: int = 1000) -> None:
        self.size_bytes = size_bytes
        self._told = told

    def told(self) -> Span | LogEvent | None:
        """Give what it holds, or raise it."""
        if isinstance(self._told, Exception):
            raise self._told
        return self._told


def span(number: int, **fields: Any) -> Span:
    """A span named after its number."""
    told: dict[str, Any] = {
        "name": f"step {number}",
        "start_ns": 1_795_000_000_000_000_000,
        "end_ns": 1_795_000_001_000_000_000,
        **fields,
    }
    return Span(trace_id="0af7651916cd43dd8448eb211c80319c", span_id=f"{number + 1:016x}", **told)


def things(count: int, size_bytes: int = 1000) -> list[Thing]:
    """So many spans to put."""
    return [Thing(span(number), size_bytes) for number in range(count)]


@contextmanager
def an_outbox(url: str, **settings: Any) -> Generator[Outbox]:
    """An outbox that is closed without waiting for anything."""
    prepare = settings.pop("prepare", None)
    settings.setdefault("interval_s", 0.05)
    chosen = OutboxSettings(url=url, **settings)
    outbox = Outbox(chosen) if prepare is None else Outbox(chosen, prepare)
    try:
        yield outbox
    finally:
        outbox.close(0)
