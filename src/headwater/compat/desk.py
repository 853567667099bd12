"""Desk: what the server's side of a product works with, and the moves that all of them share.

A door is a table of routes and their handlers. What all have in common happens here: match the path, tell whose
request it is, read a bounded body, map an error to its status, count the answer.
"""

import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, NamedTuple, TypeVar
from urllib.parse import parse_qsl

import msgspec

from headwater.access import Catalog
from headwater.clock import now_ns
from headwater.errors import BadRequest, HeadwaterError, NotFound, TooLarge, Unauthorized, Unavailable
from headwater.event import Envelope
from headwater.ingest import Disconnected, Gate, Intake, admitted, answer, headers_of, kept_headers, read_body
from headwater.otlp import inflate
from headwater.products import pattern_of
from headwater.query import Questions

Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
Application = Callable[[dict[str, Any], Receive, Send], Awaitable[None]]

_INFLATED_LIMIT_BYTES = 1024**3
_OPEN_LIMIT_BYTES = 64 * 1024
"""Of the body of somebody who need not say who he is."""

_STATUS: dict[type[HeadwaterError], int] = {
    TooLarge: 413,
    BadRequest: 400,
    Unauthorized: 401,
    NotFound: 404,
    Unavailable: 503,
}


class Desk(NamedTuple):
    """What the server gives to a door. `questions` takes a project's id."""

    intake: Intake
    gate: Gate
    catalog: Catalog
    questions: Callable[[str], Questions]


class Asked(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A request that was read whole. `places` are the `{...}` of its path, percent-decoded, in their order.

    `came` is the body as it came and `body` the same inflated; `headers` have lower-case names; `project` and `key_id`
    are "" on a route that is open to everybody.
    """

    project: str
    path: str
    places: tuple[str, ...]
    query: Mapping[str, str]
    headers: Mapping[str, str]
    came: bytes
    body: bytes
    key_id: str = ""

    def json(self) -> Any:
        """The body as JSON. Raises BadRequest."""
        return json_of(self.body)


class Reply(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """An answer: `body` is what is to be encoded as JSON, or the bytes to send where `content_type` says otherwise."""

    status: int = 200
    body: Any = None
    content_type: str = "application/json"
    headers: Mapping[str, str] = {}


Handler = Callable[[Asked], Awaitable[Reply]]
Refuse = Callable[[int, HeadwaterError], Reply]
"""Puts an error into the product's own shape. The status is what fits the error; the reply may have another."""


class Route(NamedTuple):
    """`is_open`: nobody has to say who they are."""

    method: str
    path: str
    handler: Handler
    is_open: bool = False


def routed(desk: Desk, product: str, routes: Sequence[Route], refuse: Refuse) -> Application:
    """The ASGI application of a product's routes."""
    table = [(route, pattern_of(route.path)) for route in routes]

    async def application(scope: dict[str, Any], receive: Receive, send: Send) -> None:
        try:
            reply = await _reply(desk, table, scope, receive)
        except Disconnected:
            return
        except HeadwaterError as error:
            reply = _refused(error, refuse)
        desk.intake.counters.answered(product, reply.status)
        body = reply.body if isinstance(reply.body, bytes) else msgspec.json.encode(reply.body)
        await answer(send, reply.status, reply.content_type, body, reply.headers)

    return application


async def keep(
    desk: Desk, asked: Asked, door: str, items: int = 1, more: Mapping[str, str] | None = None, rejected: int = 0
) -> None:
    """Put a request into the journal; returns once it is durable. Raises Unavailable.

    The envelope's headers are those that matter to every reader, `path`, and `more`: never put a credential there.
    `rejected` counts items that nothing can be made of.
    """
    if rejected:
        desk.intake.counters.rejected(f"{door}: invalid item", rejected)
    headers = {**kept_headers(asked.headers, asked.key_id), "path": asked.path, **(more or {})}
    await desk.intake.accept(
        Envelope(door=door, project=asked.project, received_ns=now_ns(), headers=headers, items=items, body=asked.came)
    )


def body_of(envelope: Envelope) -> bytes:
    """The body of an envelope that `keep` made, inflated."""
    return inflate(envelope.body, envelope.headers.get("content-encoding", "identity"), _INFLATED_LIMIT_BYTES)


_Shape = TypeVar("_Shape")
_UNREADABLE = (msgspec.MsgspecError, RecursionError, UnicodeDecodeError)


def json_of(body: bytes, kind: type[_Shape] = object) -> _Shape:
    """Read JSON, and what Python's `json` writes besides. Raises BadRequest, which says what is wrong and where."""
    try:
        return msgspec.json.decode(body, type=kind)
    except _UNREADABLE as error:
        try:
            return msgspec.json.decode(_respelled(body), type=kind)
        except (*_UNREADABLE, ValueError):
            raise BadRequest(f"the body cannot be read: {error}") from error


def _respelled(body: bytes) -> bytes:
    """NaN and the infinities as null, halves of surrogate pairs as "?". Raises ValueError where it is not JSON."""
    read = json.loads(body, parse_constant=lambda name: None)
    return json.dumps(read, ensure_ascii=False).encode("utf-8", "replace")


async def _reply(desk: Desk, table: list[tuple[Route, Any]], scope: dict[str, Any], receive: Receive) -> Reply:
    route, places = _found(table, scope["method"], scope["path"])
    headers = headers_of(scope)
    project = "" if route.is_open else await admitted(desk.gate, headers)
    key_id = "" if route.is_open else desk.gate.key_id(headers)
    with desk.intake.room() as room:
        limit_bytes = desk.intake.settings.body_limit_bytes
        limit_bytes = min(limit_bytes, _OPEN_LIMIT_BYTES) if route.is_open else limit_bytes
        came, body = await read_body(receive, headers, limit_bytes, room)
        query = dict(parse_qsl(scope.get("query_string", b"").decode("latin-1"), keep_blank_values=True))
        return await route.handler(
            Asked(
                project=project,
                path=scope["path"],
                places=places,
                query=query,
                headers=headers,
                came=came,
                body=body,
                key_id=key_id,
            )
        )


def _found(table: list[tuple[Route, Any]], method: str, path: str) -> tuple[Route, tuple[str, ...]]:
    for route, pattern in table:
        match = pattern.fullmatch(path) if route.method == method else None
        if match is not None:
            # ASGI has decoded the path already.
            return route, match.groups()
    raise NotFound(f"there is nothing at {method} {path}: look at the routes in the documentation")


def _refused(error: HeadwaterError, refuse: Refuse) -> Reply:
    status = next((status for kind, status in _STATUS.items() if isinstance(error, kind)), 503)
    reply = refuse(status, error)
    extra: dict[str, str] = {}
    if reply.status == 503:
        extra = {"retry-after": str(error.retry_after_s) if isinstance(error, Unavailable) else "2"}
    elif reply.status == 401:
        extra = {"www-authenticate": 'Bearer realm="headwater"', "x-should-retry": "false"}
    return msgspec.structs.replace(reply, headers={**extra, **reply.headers})
