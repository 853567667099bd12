"""A server that answers as Prysm's does and remembers what it was asked; a script may have it answer otherwise."""

import json
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple

from tests.serving import wait_until

KEY = "sk-prysm-test"
_USAGE = {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5}


class Asked(NamedTuple):
    """One request; header names are lower case. `connection` tells connections apart."""

    method: str
    path: str
    headers: dict[str, str]
    body: Any
    connection: int

    @property
    def tool(self) -> str:
        """The tool that was called, or ""."""
        return self.body.get("params", {}).get("name", "") if self.path == "/api/mcp" else ""

    @property
    def arguments(self) -> Any:
        """What the tool was called with."""
        return self.body["params"]["arguments"]


Answer = tuple[int, Any]
"""A status, and a body: an object for JSON, or bytes as they are."""


class StandIn:
    """Listens on a port of loopback. `script` is asked first; where it returns None the usual answer is given.

    With `hangs_up` each connection is closed after an answer, without a word.
    """

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.script: Callable[[Asked], Answer | None] = lambda asked: None
        self.hangs_up = False
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()

    @property
    def root(self) -> str:
        """The address."""
        return f"http://127.0.0.1:{self._server.server_port}"

    @property
    def base_url(self) -> str:
        """What proxied calls go below."""
        return f"{self.root}/api/v1"

    def at(self, path: str) -> list[Asked]:
        """The requests for a path."""
        return [asked for asked in list(self.asked) if asked.path == path]

    def tools(self) -> list[str]:
        """The tools that were called, in order."""
        return [asked.tool for asked in self.at("/api/mcp")]

    def calls(self) -> list[Asked]:
        """The calls to a model."""
        return self.at("/api/v1/chat/completions")

    def events(self, count: int) -> list[dict[str, Any]]:
        """So many events of frameworks, once they have come."""

        def found() -> list[dict[str, Any]]:
            return [event for asked in self.at("/api/v1/telemetry/events") for event in asked.body["events"]]

        wait_until(lambda: len(found()) >= count, what=f"{count} events")
        return found()

    def answer(self, asked: Asked) -> Answer:
        """What to answer."""
        self.asked.append(asked)
        scripted = self.script(asked)
        return scripted if scripted is not None else _usual(asked)

    def close(self) -> None:
        """Listen no more."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@contextmanager
def stand_in() -> Generator[StandIn]:
    """One for the length of a block."""
    server = StandIn()
    try:
        yield server
    finally:
        server.close()


def sse(*events: Any) -> bytes:
    """Server-sent events."""
    return b"".join(b"data: " + (e if isinstance(e, bytes) else json.dumps(e).encode()) + b"\n\n" for e in events)


def chunk(text: str | None) -> dict[str, Any]:
    """An event of a chat stream."""
    choice = {"index": 0, "delta": {"content": text} if text else {}, "finish_reason": None if text else "stop"}
    return {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [choice]}


def _usual(asked: Asked) -> Answer:
    if asked.path == "/api/mcp":
        return 200, {"jsonrpc": "2.0", "id": asked.body["id"], "result": _rpc(asked)}
    if asked.path.startswith("/governance/sessions"):
        return 200, _tool("prysm_session_start")
    if asked.path.endswith("/completions"):
        stream = asked.body.get("stream")
        return 200, sse(chunk("Hel"), chunk("lo"), chunk(None), b"[DONE]") if stream else _chat()
    return 200, {}


def _chat() -> dict[str, Any]:
    choice = {"index": 0, "message": {"role": "assistant", "content": "Hello"}, "finish_reason": "stop"}
    told = {"id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": "gpt-4o-mini"}
    return {**told, "choices": [choice], "usage": _USAGE}


def _rpc(asked: Asked) -> dict[str, Any]:
    method, params = asked.body["method"], asked.body["params"]
    if method == "tools/list":
        return {"tools": [{"name": "prysm_session_start"}]}
    if method == "resources/list":
        return {"resources": [{"uri": "prysm://policies"}]}
    if method == "resources/read":
        said = [{"name": "no secrets"}] if params["uri"] == "prysm://policies" else {"uri": params["uri"]}
        return {"contents": [{"uri": params["uri"], "text": json.dumps(said)}]}
    return {"content": [{"type": "text", "text": json.dumps(_tool(params["name"]))}]}


def _tool(name: str) -> dict[str, Any]:
    flag: dict[str, Any] = {"detector": "server", "severity": 2, "evidence": []}
    said: dict[str, dict[str, Any]] = {
        "prysm_session_start": {"session_id": "gov-1", "policies": [{"name": "no secrets"}]},
        "prysm_check_behavior": {"events_ingested": 1, "flags": [flag]},
        "prysm_scan_code": {"vulnerability_count": 1, "vulnerabilities": [{"type": "injection"}]},
        "prysm_session_end": {"session_id": "gov-1", "outcome": "completed", "report": {"behavior_score": 90}},
    }
    return said.get(name, {"recorded": True})


def _handler(server: StandIn) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_any(self) -> None:
            data = self.rfile.read(int(self.headers.get("content-length") or 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            body = json.loads(data or b"{}")
            status, said = server.answer(Asked(self.command, self.path, headers, body, self.client_address[1]))
            sent = said if isinstance(said, bytes) else json.dumps(said).encode()
            self.send_response(status)
            self.send_header("content-type", "text/event-stream" if isinstance(said, bytes) else "application/json")
            self.send_header("content-length", str(len(sent)))
            self.send_header("x-prysm-trace-id", f"trace of {headers.get('x-prysm-user-id', 'nobody')}")
            self.send_header("x-prysm-threat-score", "0.25")
            self.end_headers()
            self.wfile.write(sent)
            self.close_connection = self.close_connection or server.hangs_up

        do_GET = do_POST = do_PATCH = handle_any

        def log_message(self, format: str, *args: Any) -> None:
            """Nothing on the console."""

    return Handler
