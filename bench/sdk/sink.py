"""Sink: takes every export and answers 200; what came is decoded only when it is asked for. A process of its own.

Paths begin with the name of who sends: /langfuse/api/public/otel/v1/traces. `GET /NAME/count` tells what came from it.
"""

import contextlib
import gzip
import sys
from collections import defaultdict
from collections.abc import Iterable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import msgspec
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

# Words of the model's answer: see inside/vendor.py.
_MARK = b"the headland keeps its light"


class Came(msgspec.Struct, frozen=True, kw_only=True):
    """What came from one sender: spans, those of them that hold the model's answer, requests and bytes on the wire."""

    spans: int = 0
    answers: int = 0
    requests: int = 0
    bytes_sent: int = 0


_bodies: defaultdict[str, list[tuple[str, str, bytes]]] = defaultdict(list)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1
    disable_nagle_algorithm = True

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", "0")))
        kind = self.headers.get("content-type", "")
        _bodies[self._sender()].append((kind, self.headers.get("content-encoding", ""), body))
        self._answer(b"{}" if "json" in kind else b"", kind)

    def do_GET(self) -> None:
        came = _count(_bodies[self._sender()]) if self.path.endswith("/count") else Came()
        self._answer(msgspec.json.encode(came), "application/json")

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""

    def _sender(self) -> str:
        return self.path.split("/")[1]

    def _answer(self, body: bytes, kind: str) -> None:
        self.send_response(200)
        self.send_header("content-type", kind or "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()


def _count(bodies: Iterable[tuple[str, str, bytes]]) -> Came:
    spans = answers = requests = size = 0
    for kind, encoding, body in bodies:
        requests += 1
        size += len(body)
        for text in _spans(kind, gzip.decompress(body) if encoding == "gzip" else body):
            spans += 1
            answers += _MARK in text
    return Came(spans=spans, answers=answers, requests=requests, bytes_sent=size)


def _spans(kind: str, body: bytes) -> Iterable[bytes]:
    """Each span of an export, as bytes to look into; nothing for what is no export of spans."""
    if "protobuf" in kind:
        with contextlib.suppress(ValueError):
            request = ExportTraceServiceRequest.FromString(body)
            scopes = [scope for each in request.resource_spans for scope in each.scope_spans]
            return [span.SerializeToString() for scope in scopes for span in scope.spans]
        return []
    told = msgspec.json.decode(body)
    resources = told.get("resourceSpans", []) if isinstance(told, dict) else []
    return [msgspec.json.encode(span) for each in resources for scope in each["scopeSpans"] for span in scope["spans"]]


def main() -> None:
    """Serve on a free port of loopback, and say which."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    print(server.server_address[1], flush=True)
    server.serve_forever()


if __name__ == "__main__":
    sys.exit(main())
