"""A small server that pretends to be OpenAI and Anthropic. Nothing but the standard library.

The request steers it: a model "err-429" (or another status) is answered with that error, "err-mid" streams two pieces
and then an error, "cut-mid" two pieces and then nothing more; `x-mock-gzip: 1` has the answer compressed; the header
`x-mock-fail-first` names how many requests with the same value of `x-mock-key` are answered 429 before one succeeds.
"""

import argparse
import gzip
import itertools
import json
import socket
import threading
import time
from collections import Counter
from collections.abc import Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.versions import mock_anthropic, mock_openai
from tests.versions.mock_wire import CUT, PAUSE, Answer, Body, Stream

_PREFIXES = ("/openai/v1", "/v1")
_numbers = itertools.count(1)
_failed: Counter[str] = Counter()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        self._tell(Answer(200, {"object": "list", "data": []}))

    def do_POST(self) -> None:
        body = self._body()
        answered = self._answer(body, next(_numbers))
        try:
            if isinstance(answered, Stream):
                self._stream(answered)
            else:
                self._tell(answered)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    def _body(self) -> Body:
        raw = self.rfile.read(int(self.headers.get("content-length") or 0))
        return json.loads(raw) if raw[:1] == b"{" else {}

    def _answer(self, body: Body, number: int) -> Answer | Stream:
        path = self.path.partition("?")[0]
        path = next((path[len(prefix) :] for prefix in _PREFIXES if path.startswith(prefix + "/")), path)
        if "/deployments/" in path:
            path = "/" + path.partition("/deployments/")[2].partition("/")[2]
        vendor = mock_anthropic if path.startswith("/messages") else mock_openai
        model = str(body.get("model", ""))
        if model.startswith("err-") and model[4:7].isdecimal():
            return vendor.failure(int(model[4:7]), number)
        if self._is_to_fail():
            return vendor.failure(429, number)
        return vendor.answer(path, body, number) or Answer(404, {"error": {"message": f"no such path {path}"}})

    def _is_to_fail(self) -> bool:
        key = self.headers.get("x-mock-key") or ""
        _failed[key] += 1
        return _failed[key] <= int(self.headers.get("x-mock-fail-first") or 0)

    def _tell(self, answer: Answer) -> None:
        data = json.dumps(answer.body).encode()
        headers = {"content-type": "application/json", **answer.headers}
        if self.headers.get("x-mock-gzip"):
            data = gzip.compress(data)
            headers["content-encoding"] = "gzip"
        self.send_response(answer.status)
        for name, value in {**headers, "content-length": str(len(data))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    def _stream(self, stream: Stream) -> None:
        self.send_response(200)
        self.send_header("content-type", "text/event-stream; charset=utf-8")
        self.send_header("transfer-encoding", "chunked")
        self.end_headers()
        for data in stream.events:
            if data == PAUSE:
                time.sleep(0.02)
            elif data == CUT:
                self.close_connection = True
                self.connection.shutdown(socket.SHUT_RDWR)
                return
            else:
                self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
        self.wfile.write(b"0\r\n\r\n")


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes away is no error here."""


def server(port: int = 0) -> ThreadingHTTPServer:
    """A server on loopback that does not run yet; port 0 takes a free one."""
    return _Server(("127.0.0.1", port), _Handler)


@contextmanager
def serving() -> Generator[str]:
    """Serve in a thread; gives the base address, such as http://127.0.0.1:4000."""
    made = server()
    thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{made.server_port}"
    finally:
        made.shutdown()
        made.server_close()
        thread.join()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=9100)
    server(parser.parse_args().port).serve_forever()
