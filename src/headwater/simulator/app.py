"""The simulator as an ASGI app: reads a request, lets what should go wrong go wrong, sends the answer in time."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any

import msgspec

from headwater.simulator.ask import mapping
from headwater.simulator.routes import answer, bare, refusal
from headwater.simulator.settings import Behaviour
from headwater.simulator.trouble import Trouble, trouble_at, trouble_of
from headwater.simulator.wire import Header, Received, Refused, Stream, Whole, World

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
_EVENT_STREAM = "text/event-stream; charset=utf-8"


class Counts(msgspec.Struct, frozen=True, kw_only=True):
    """How many requests came, and how many of them were answered with a status of 200."""

    requests: int
    answered: int


class App:
    """An ASGI app that answers as OpenAI and Anthropic do. One event loop; nothing is shared between two."""

    def __init__(self, behaviour: Behaviour | None = None) -> None:
        self._behaviour = behaviour or Behaviour()
        self._world = World()
        self._requests = 0
        self._answered = 0

    @property
    def counts(self) -> Counts:
        """What came and what was answered since it began."""
        return Counts(requests=self._requests, answered=self._answered)

    async def __call__(self, scope: Mapping[str, Any], receive: Receive, send: Send) -> None:
        """Answer one request, as ASGI has it."""
        if scope["type"] != "http":
            return
        self._requests += 1
        received = _received(self._requests, scope, await _body(receive))
        trouble = self._trouble(received)
        told = self._answer(received, trouble)
        if self._behaviour.delay_ms:
            await asyncio.sleep(self._behaviour.delay_ms / 1000)
        if isinstance(told, Stream):
            self._answered += 1
            await self._send_stream(told, trouble, send)
        else:
            self._answered += told.status == 200
            await _send_whole(told, trouble, send)

    def _trouble(self, received: Received) -> Trouble | None:
        asked = trouble_of(str(received.body.get("model", "")), received.headers)
        return asked or trouble_at(received.number, self._behaviour.error_rate)

    def _answer(self, received: Received, trouble: Trouble | None) -> Whole | Stream:
        if trouble is not None and trouble.status:
            return refusal(self._world, received, trouble.status, trouble.message)
        try:
            return answer(self._world, received)
        except Refused as refused:
            return refusal(self._world, received, refused.status, refused.message, refused.param)

    async def _send_stream(self, told: Stream, trouble: Trouble | None, send: Send) -> None:
        await send(_start(200, _EVENT_STREAM, (*told.headers, (b"cache-control", b"no-cache"))))
        for data in _until(told, trouble):
            await send({"type": "http.response.body", "body": data, "more_body": True})
            if self._behaviour.chunk_ms:
                await asyncio.sleep(self._behaviour.chunk_ms / 1000)
        if not _is_cut(trouble):
            await send({"type": "http.response.body", "body": b""})


def _until(told: Stream, trouble: Trouble | None) -> list[bytes]:
    """The events that are sent: all, or those before the trouble and the one that tells of it."""
    events = list(told.events)
    if trouble is None:
        return events
    half = events[: len(events) // 2]
    return {"err-mid": [*half, told.broken], "cut-mid": half, "cut": []}.get(trouble.kind, events)


async def _send_whole(told: Whole, trouble: Trouble | None, send: Send) -> None:
    length = str(len(told.body)).encode()
    await send(_start(told.status, told.content_type, (*told.headers, (b"content-length", length))))
    if not _is_cut(trouble):
        await send({"type": "http.response.body", "body": told.body})
    elif trouble is not None and trouble.kind == "cut-mid":
        await send({"type": "http.response.body", "body": told.body[: len(told.body) // 2], "more_body": True})


def _is_cut(trouble: Trouble | None) -> bool:
    """Whether the answer is left unfinished: the server then drops the connection."""
    return trouble is not None and trouble.kind in ("cut", "cut-mid")


def _start(status: int, content_type: str, headers: tuple[Header, ...]) -> Message:
    every = [(b"content-type", content_type.encode()), *headers]
    return {"type": "http.response.start", "status": status, "headers": every}


async def _body(receive: Receive) -> bytes:
    message = await receive()
    body = message.get("body", b"")
    if not message.get("more_body"):
        return body
    parts = [body]
    while message.get("more_body"):
        message = await receive()
        parts.append(message.get("body", b""))
    return b"".join(parts)


def _received(number: int, scope: Mapping[str, Any], raw: bytes) -> Received:
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    body: Mapping[str, Any]
    try:
        body = mapping(msgspec.json.decode(raw)) if raw else {}
    except (msgspec.DecodeError, UnicodeDecodeError):
        body = {}
    return Received(
        number=number, method=scope["method"], path=bare(scope["path"]), headers=headers, body=body, raw=raw
    )
