"""The few ASGI moves that the receivers share: read a bounded body, send one answer."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from headwater.errors import TooLarge, Unavailable
from headwater.ingest.intake import Room
from headwater.otlp import Inflater

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]


class Disconnected(Exception):
    """The sender went away before its body was whole."""


def headers_of(scope: Scope) -> dict[str, str]:
    """The request's headers, lower case, the last of a name winning."""
    return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}


async def read_body(receive: Receive, headers: Mapping[str, str], limit_bytes: int, room: Room) -> tuple[bytes, bytes]:
    """Read a body as it came and inflated, both bounded while reading.

    Raises TooLarge past the limit, BadRequest for a broken or unknown encoding, Unavailable without room, Disconnected.
    """
    _refuse_announced(headers, limit_bytes)
    encoding = headers.get("content-encoding", "identity").strip().lower() or "identity"
    inflater = None if encoding == "identity" else Inflater(encoding, limit_bytes)
    came: list[bytes] = []
    inflated: list[bytes] = []
    size = 0
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Disconnected
        chunk: bytes = message.get("body", b"")
        more = message.get("more_body", False)
        size += len(chunk)
        if size > limit_bytes:
            raise too_large(limit_bytes)
        room.claim(len(chunk))
        came.append(chunk)
        if inflater is not None and chunk:
            inflated.append(_claimed(room, inflater.feed(chunk)))
    body = b"".join(came)
    if inflater is None:
        return body, body
    inflated.append(_claimed(room, inflater.finish()))
    return body, b"".join(inflated)


async def answer(
    send: Send, status: int, content_type: str, body: bytes, extra: Mapping[str, str] | None = None
) -> None:
    """Send one whole response."""
    headers = [(b"content-type", content_type.encode()), (b"content-length", str(len(body)).encode())]
    headers += [(name.encode(), value.encode()) for name, value in (extra or {}).items()]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def too_large(limit_bytes: int) -> TooLarge:
    """The error for a body past the bound."""
    return TooLarge(f"the body is larger than {limit_bytes} bytes after decompression: send smaller batches")


def retry_headers(error: Unavailable) -> dict[str, str]:
    """The headers of a 503."""
    return {"retry-after": str(error.retry_after_s)}


def _refuse_announced(headers: Mapping[str, str], limit_bytes: int) -> None:
    announced = headers.get("content-length", "")
    if announced.isdigit() and int(announced) > limit_bytes:
        raise too_large(limit_bytes)


def _claimed(room: Room, data: bytes) -> bytes:
    room.claim(len(data))
    return data
