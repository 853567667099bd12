"""Stands between a client and the server, passes everything on, and remembers what was sent and answered."""

import http.client
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any

import msgspec

_NOT_PASSED_ON = {"host", "connection", "transfer-encoding", "content-length"}


class Exchange(msgspec.Struct, frozen=True, kw_only=True):
    """A request of the client and its answer. Header names are lower case."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    status: int
    answer: bytes

    def json(self) -> Any:
        """The request's body, read as JSON."""
        return msgspec.json.decode(self.body)


class Relay:
    """A relay to the server on a port of loopback, for as long as the `with` block lasts."""

    def __init__(self, port: int) -> None:
        self.exchanges: list[Exchange] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(port, self.exchanges))
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)

    @property
    def url(self) -> str:
        """What the client is pointed at."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def sent(self, method: str, path: str) -> list[Exchange]:
        """Requests whose path begins so, in the order of their answers."""
        return [each for each in self.exchanges if each.method == method and each.path.startswith(path)]

    def __enter__(self) -> "Relay":
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def _handler(port: int, exchanges: list[Exchange]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _pass_on(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            onward = {name: value for name, value in self.headers.items() if name.lower() not in _NOT_PASSED_ON}
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
            connection.request(self.command, self.path, body, onward)
            answer = connection.getresponse()
            answered = answer.read()
            connection.close()
            headers = {name.lower(): value for name, value in self.headers.items()}
            told: dict[str, Any] = {"headers": headers, "body": body, "status": answer.status, "answer": answered}
            exchanges.append(Exchange(method=self.command, path=self.path, **told))
            self.send_response(answer.status)
            for name, value in answer.getheaders():
                if name.lower() not in _NOT_PASSED_ON:
                    self.send_header(name, value)
            self.send_header("content-length", str(len(answered)))
            self.end_headers()
            self.wfile.write(answered)

        do_GET = do_POST = do_PATCH = _pass_on

        def log_message(self, format: str, *args: Any) -> None:
            pass

    return Handler
