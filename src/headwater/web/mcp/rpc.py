"""JSON-RPC 2.0: messages as they come, and answers and errors as they go."""

from collections.abc import Mapping
from typing import Any, cast

import msgspec

PARSE_ERROR = -32700
INVALID_REQUEST = -32600
METHOD_NOT_FOUND = -32601
INVALID_PARAMS = -32602
UNSUPPORTED_VERSION = -32022
RESOURCE_NOT_FOUND = -32002


class RpcError(Exception):
    """A request that is answered with an error of JSON-RPC. `data` tells programs more."""

    def __init__(self, code: int, message: str, data: Mapping[str, Any] | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.data = data


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """A request, or a notification, whose `id` is None."""

    method: str
    params: Mapping[str, Any]
    id: str | int | None


def read_message(value: Any) -> Message | None:
    """Read one message; None for a response, which nobody here waits for. Raises RpcError."""
    given = cast("dict[str, Any]", value) if isinstance(value, dict) else {}
    if given.get("jsonrpc") == "2.0" and "method" not in given and ("result" in given or "error" in given):
        return None
    method, its_id = given.get("method"), given.get("id")
    params: Any = given.get("params") or {}
    is_id = its_id is None or (isinstance(its_id, str | int) and not isinstance(its_id, bool))
    if given.get("jsonrpc") != "2.0" or not isinstance(method, str) or not isinstance(params, dict) or not is_id:
        raise RpcError(INVALID_REQUEST, "no message of JSON-RPC 2.0: send jsonrpc, id, method and params")
    return Message(method=method, params=cast("dict[str, Any]", params), id=its_id)


def answer(its_id: str | int | None, result: Any) -> dict[str, Any]:
    """Return the response that carries a result."""
    return {"jsonrpc": "2.0", "id": its_id, "result": result}


def refusal(its_id: str | int | None, error: RpcError) -> dict[str, Any]:
    """Return the response that carries an error."""
    told: dict[str, Any] = {"code": error.code, "message": str(error)}
    if error.data is not None:
        told["data"] = error.data
    return {"jsonrpc": "2.0", "id": its_id, "error": told}
