"""Faults: our own failures, in the shape that the provider's clients know, with a header that says they are ours."""

from http import HTTPStatus
from typing import Any, Literal

import msgspec

from headwater.proxy.wire.names import PRYSM_TRACE_ID

Dialect = Literal["openai", "anthropic", "prysm"]

# Both vendors name all other faults of a request alike, and all of a server's.
_TYPES: dict[Dialect, dict[int, str]] = {
    # https://platform.openai.com/docs/guides/error-codes
    "openai": {429: "rate_limit_error", 503: "service_unavailable_error"},
    # https://platform.claude.com/docs/en/api/errors
    "anthropic": {
        401: "authentication_error",
        402: "billing_error",
        403: "permission_error",
        404: "not_found_error",
        409: "conflict_error",
        413: "request_too_large",
        429: "rate_limit_error",
        504: "timeout_error",
        529: "overloaded_error",
    },
    # What Prysm's own proxy answers to the clients of OpenAI that are pointed at it.
    "prysm": {401: "authentication_error", 429: "rate_limit_error"},
}
_REQUESTS_FAULT = "invalid_request_error"
_SERVERS_FAULT: dict[Dialect, str] = {"openai": "server_error", "anthropic": "api_error", "prysm": "proxy_error"}
_FIRST_SERVERS_FAULT = 500
_PHRASES = {status.value: status.phrase for status in HTTPStatus}


def dialect_for(upstream: str, *, is_prysm: bool) -> Dialect:
    """Whose shape the caller knows: Anthropic's client is one wherever its key comes from."""
    if upstream == "anthropic":
        return "anthropic"
    return "prysm" if is_prysm else "openai"


def fault(
    dialect: Dialect,
    status: int,
    code: str,
    message: str,
    retry_after_s: int | None = None,
    is_final: bool = True,
    *,
    is_close: bool = False,
    trace_id: bytes = b"",
) -> bytes:
    """A whole HTTP/1.1 response. `code` is a word of ours and also goes into x-headwater-error; `trace_id` is in hex.

    `is_final` says that sending the call again will not help: the clients of both vendors look at x-should-retry first.
    `is_close` announces that the connection ends here.
    """
    kind = _TYPES[dialect].get(status) or (
        _REQUESTS_FAULT if status < _FIRST_SERVERS_FAULT else _SERVERS_FAULT[dialect]
    )
    body = msgspec.json.encode(_SHAPES[dialect](kind, code, message, trace_id.decode()))
    lines = [
        b"HTTP/1.1 %d %b" % (status, _PHRASES.get(status, "").encode()),
        b"content-type: application/json",
        b"content-length: %d" % len(body),
        b"x-should-retry: %b" % (b"false" if is_final else b"true"),
        b"x-headwater-error: %b" % code.encode(),
    ]
    if retry_after_s is not None:
        lines.append(b"retry-after: %d" % retry_after_s)
    if trace_id:
        lines.append(b"x-headwater-trace-id: %b" % trace_id)
        if dialect == "prysm":
            lines.append(b"%b: %b" % (PRYSM_TRACE_ID, trace_id))
    if is_close:
        lines.append(b"connection: close")
    return b"\r\n".join([*lines, b"", body])


def _openai(kind: str, code: str, message: str, trace_id: str) -> dict[str, Any]:
    return {"error": {"message": message, "type": kind, "param": None, "code": code}}


def _anthropic(kind: str, code: str, message: str, trace_id: str) -> dict[str, Any]:
    return {"type": "error", "error": {"type": kind, "message": message}, "request_id": trace_id or None}


def _prysm(kind: str, code: str, message: str, trace_id: str) -> dict[str, Any]:
    return {"error": {"message": message, "type": kind, "code": code, "prysm_trace_id": trace_id or None}}


_SHAPES = {"openai": _openai, "anthropic": _anthropic, "prysm": _prysm}
