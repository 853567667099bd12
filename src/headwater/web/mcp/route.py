"""The route: POST /mcp, one JSON answer a request. GET and DELETE are 405: there is no stream and no session."""

from typing import Any, cast

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from headwater.errors import TooLarge, Unauthorized
from headwater.web.desk import Desk, Visitor, presented_key, refuse_cross_origin
from headwater.web.mcp.methods import VERSIONS, answered
from headwater.web.mcp.rpc import INVALID_REQUEST, PARSE_ERROR, UNSUPPORTED_VERSION, RpcError, read_message, refusal
from headwater.web.mcp.rpc import answer as rpc_answer

MCP_PATH = "/mcp"
_MOST_BYTES = 1024 * 1024
_MOST_MESSAGES = 20
_VERSION = "mcp-protocol-version"


def mcp_route(desk: Desk) -> Route:
    """Return the route of the protocol."""

    async def mcp(request: Request) -> Response:
        # A browser's page of another site has no business here, whatever it sends.
        refuse_cross_origin(request)
        if not presented_key(request):
            raise Unauthorized("no project key; send it as x-headwater-key or Authorization: Bearer")
        visitor = await desk.visitor(request)
        try:
            _check_version(request.headers.get(_VERSION))
            given = _decoded(await _body(request))
        except RpcError as error:
            return _json(refusal(None, error), 400)
        return await _responded(desk, visitor, given)

    return Route(MCP_PATH, mcp, methods=["POST"], name="mcp", include_in_schema=False)


async def _responded(desk: Desk, visitor: Visitor, given: Any) -> Response:
    """Answer a message, or a batch of them, which revision 2025-03-26 has."""
    if not isinstance(given, list):
        told = await _told(desk, visitor, given)
        if told is None:
            return Response(status_code=202)
        is_invalid = told.get("error", {}).get("code") == INVALID_REQUEST
        return _json(told, 400 if is_invalid else 200)
    batch = cast("list[Any]", given)
    if not 0 < len(batch) <= _MOST_MESSAGES:
        return _json(refusal(None, RpcError(INVALID_REQUEST, f"a batch holds 1 to {_MOST_MESSAGES} messages")), 400)
    all_told = [told for each in batch if (told := await _told(desk, visitor, each)) is not None]
    return _json(all_told, 200) if all_told else Response(status_code=202)


async def _told(desk: Desk, visitor: Visitor, given: Any) -> dict[str, Any] | None:
    """Return the response to a message, None where none is due."""
    its_id: str | int | None = None
    try:
        message = read_message(given)
        if message is None or message.id is None:
            return None
        its_id = message.id
        return rpc_answer(its_id, await answered(desk, visitor, message))
    except RpcError as error:
        return refusal(its_id, error)


def _check_version(version: str | None) -> None:
    if version is not None and version not in VERSIONS:
        raise RpcError(
            UNSUPPORTED_VERSION,
            f"revision {version[:40]!r} is not spoken here; {', '.join(VERSIONS)} are",
            {"supported": VERSIONS, "requested": version[:40]},
        )


async def _body(request: Request) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > _MOST_BYTES:
            raise TooLarge(f"the message is larger than {_MOST_BYTES} bytes")
    return bytes(body)


def _decoded(body: bytes) -> Any:
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError) as error:
        raise RpcError(PARSE_ERROR, f"the body is no JSON: {error}") from error


def _json(value: Any, status: int) -> Response:
    return Response(msgspec.json.encode(value), status, media_type="application/json")
