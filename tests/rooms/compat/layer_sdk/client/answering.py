"""A server that a test can teach: it speaks Layer's wire, takes spans, and pretends to be a vendor of models."""

import gzip
import json
import threading
from collections import defaultdict, deque
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import MappingProxyType
from typing import Any, NamedTuple

import headwater
from headwater.event import Span
from headwater.otlp import JSON, spans_of


class Got(NamedTuple):
    """A request that came. Names of headers are in lower case."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        """The body, read as JSON."""
        return json.loads(self.body)


class Says(NamedTuple):
    """An answer: `body` is sent as JSON unless it is bytes."""

    status: int
    body: Any = b"{}"
    headers: Mapping[str, str] = MappingProxyType({})


CHAT: Any = {
    "id": "chatcmpl-1",
    "object": "chat.completion",
    "created": 1_795_000_000,
    "model": "gpt-4o-mini",
    "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "Paris."}}],
    "usage": {"prompt_tokens": 9, "completion_tokens": 2, "total_tokens": 11},
}
MESSAGE: Any = {
    "id": "msg_1",
    "type": "message",
    "role": "assistant",
    "model": "claude-opus-4-1",
    "content": [{"type": "text", "text": "Paris."}],
    "stop_reason": "end_turn",
    "stop_sequence": None,
    "usage": {"input_tokens": 8, "output_tokens": 3},
}
TOKEN = {"access_token": "t-1", "token_type": "Bearer", "expires_in": 300}

# By method and the path's last segment but for an id.
_USUAL = {
    "POST sessions": Says(202, {"session_id": None}),
    "POST actions": Says(202),
    "GET applications": Says(200, []),
    "POST applications": Says(201, {"application_id": "app-made"}),
    "POST token": Says(200, TOKEN),
    "POST completions": Says(200, CHAT),
    "POST messages": Says(200, MESSAGE),
}


class Answering:
    """Listens on a port of loopback, for as long as the `with` block lasts."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._got: list[Got] = []
        self._spans: list[Span] = []
        self._taught: defaultdict[str, deque[Says]] = defaultdict(deque)
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> "Answering":
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def teach(self, what: str, *says: Says) -> None:
        """What to answer to the next requests of a kind, such as "POST sessions"; then as usual again."""
        self._taught[what].extend(says)

    def got(self, what: str = "") -> list[Got]:
        """The requests that came, of one kind or all but spans, in their order."""
        with self._lock:
            return [each for each in self._got if what in ("", _kind(each.method, each.path))]

    def spans(self) -> list[Span]:
        """All spans, once everything recorded has arrived, by their start."""
        flushed = headwater.flush(20)
        assert flushed.kept == 0, flushed
        with self._lock:
            return sorted(self._spans, key=lambda span: span.start_ns)

    def take(self, got: Got) -> Says:
        """Keep a request, and say the answer."""
        with self._lock:
            if got.path in ("/v1/traces", "/v1/logs"):
                if got.path == "/v1/traces" and got.body:
                    self._spans += spans_of(got.body, JSON)
                return Says(200)
            self._got.append(got)
            kind = _kind(got.method, got.path)
            return self._taught[kind].popleft() if self._taught[kind] else _USUAL.get(kind, Says(404))


def _kind(method: str, path: str) -> str:
    parts = [part for part in path.split("/") if part]
    return f"{method} firewall" if "firewall" in parts else f"{method} {parts[-1]}"


def _handler(answering: Answering) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            if self.headers.get("content-encoding") == "gzip":
                body = gzip.decompress(body)
            headers = {name.lower(): value for name, value in self.headers.items()}
            says = answering.take(Got(self.command, self.path, headers, body))
            sent = says.body if isinstance(says.body, bytes) else json.dumps(says.body).encode()
            self.send_response(says.status)
            for name, value in {"content-type": "application/json", **says.headers}.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(sent)))
            self.end_headers()
            self.wfile.write(sent)

        do_GET = do_POST = answer

        def log_message(self, format: str, *args: Any) -> None:
            pass

    return Handler
