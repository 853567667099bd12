"""A server that takes what a program sends and reads it as Headwater's own server does."""

import gzip
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import headwater
from headwater.event import LogEvent, Span
from headwater.otlp import JSON, log_events_of, spans_of


class Receiver:
    """Takes OTLP/JSON on a port of loopback. `headers` are those of every request, names in lower case."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._spans: list[Span] = []
        self._logs: list[LogEvent] = []
        self.headers: list[dict[str, str]] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        """What to send to."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def spans(self) -> list[Span]:
        """All spans, once everything recorded has arrived, by their start."""
        self._settle()
        with self._lock:
            return sorted(self._spans, key=lambda span: (span.start_ns, -span.end_ns))

    def span(self, name: str) -> Span:
        """The one span of a name."""
        found = [span for span in self.spans() if span.name == name]
        assert len(found) == 1, f"{len(found)} spans are called {name!r}: {[span.name for span in self._spans]}"
        return found[0]

    def logs(self) -> list[LogEvent]:
        """All log events, once everything recorded has arrived."""
        self._settle()
        with self._lock:
            return list(self._logs)

    def take(self, path: str, body: bytes, headers: dict[str, str]) -> None:
        """Read a request."""
        with self._lock:
            self.headers.append(headers)
            if not body:
                return
            if path == "/v1/logs":
                self._logs += log_events_of(body, JSON)
            else:
                self._spans += spans_of(body, JSON)

    def close(self) -> None:
        """Take no more."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _settle(self) -> None:
        flushed = headwater.flush(20)
        assert flushed.kept == 0, flushed


def _handler(receiver: Receiver) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            if self.headers.get("content-encoding") == "gzip":
                body = gzip.decompress(body)
            receiver.take(self.path, body, {name.lower(): value for name, value in self.headers.items()})
            self.send_response(200)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, format: str, *args: Any) -> None:
            pass

    return Handler
