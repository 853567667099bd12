"""Callers: threads that call models of all kinds through the proxy without a pause, and remember what they received."""

import random
import threading
import time
from http.client import HTTPConnection, HTTPException
from types import TracebackType
from typing import Any

import msgspec

from tests.serving import Server

_PAUSE_S = 0.02


class Received(msgspec.Struct, frozen=True):
    """A call whose answer came whole. `ended_s` is when its last byte was here; `tokens` are None where it failed."""

    session_id: str
    status: int
    tokens: tuple[int, int] | None
    ended_s: float
    waited_s: float


_ASKED = [{"role": "user", "content": "What is the capital of France?"}]
_CHAT = {"model": "gpt-4o-mini", "messages": _ASKED}
_STREAM = {"stream": True, "stream_options": {"include_usage": True}}
_KINDS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("/openai/v1/chat/completions", _CHAT),
    ("/openai/v1/chat/completions", {**_CHAT, **_STREAM}),
    ("/openai/v1/chat/completions", {**_CHAT, "model": "err-429"}),
    ("/openai/v1/responses", {"model": "gpt-4.1-mini", "input": "Hello."}),
    ("/openai/v1/responses", {"model": "gpt-4.1-mini", "input": "Hello.", "stream": True}),
    ("/openai/v1/embeddings", {"model": "text-embedding-3-small", "input": ["hello", "world"]}),
    ("/anthropic/v1/messages", {"model": "claude-opus-5", "max_tokens": 64, "messages": _ASKED}),
)


class _Spent(msgspec.Struct, frozen=True):
    usage: dict[str, Any] | None = None


class _Told(_Spent, frozen=True):
    message: _Spent = _Spent()
    response: _Spent = _Spent()


class Callers:
    """Call from several threads until left. `begun` counts calls, `received` are those whose answer came whole."""

    def __init__(self, server: Server, chance: random.Random, threads: int = 6) -> None:
        self.received: list[Received] = []
        self.begun = 0
        self._server = server
        self._stop = threading.Event()
        self._lock = threading.Lock()
        seeds = [chance.random() for _ in range(threads)]
        self._threads = [threading.Thread(target=self._call_on, args=(random.Random(seed),)) for seed in seeds]

    def __enter__(self) -> "Callers":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _call_on(self, chance: random.Random) -> None:
        connection = self._connection()
        while not self._stop.is_set():
            with self._lock:
                self.begun += 1
                session_id = f"call-{self.begun}"
            try:
                received = self._call(connection, session_id, *chance.choice(_KINDS))
            except (OSError, HTTPException):
                connection.close()
                connection = self._connection()
                self._stop.wait(_PAUSE_S)
            else:
                with self._lock:
                    self.received.append(received)
        connection.close()

    def _connection(self) -> HTTPConnection:
        return HTTPConnection("127.0.0.1", self._server.port, timeout=20)

    def _call(self, connection: HTTPConnection, session_id: str, path: str, asked: dict[str, Any]) -> Received:
        began_s = time.monotonic()
        headers = {
            "content-type": "application/json",
            "authorization": "Bearer sk-any",
            "x-headwater-key": self._server.key,
            "x-headwater-session-id": session_id,
        }
        connection.request("POST", path, msgspec.json.encode(asked), headers)
        answer = connection.getresponse()
        body = answer.read()
        ended_s = time.monotonic()
        return Received(session_id, answer.status, _tokens(body), ended_s, ended_s - began_s)


def _tokens(body: bytes) -> tuple[int, int] | None:
    """What an answer says that it took, whole or at the end of a stream."""
    events = [line[6:] for line in body.splitlines() if line.startswith(b"data: {")] or [body]
    found: dict[str, Any] = {}
    for told in (msgspec.json.decode(event, type=_Told) for event in events):
        found |= told.usage or told.message.usage or told.response.usage or {}
    if not found:
        return None
    spent = found.get("prompt_tokens", found.get("input_tokens", 0))
    return spent, found.get("completion_tokens", found.get("output_tokens", 0))
