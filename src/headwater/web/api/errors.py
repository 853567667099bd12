"""Errors: what went wrong, as a status and a JSON body; the pages use the same table."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from starlette.responses import Response

from headwater.errors import BadRequest, HeadwaterError, NotFound, TooLarge, Unauthorized, Unavailable
from headwater.web.asked import PLURAL
from headwater.web.desk import CrossOrigin

_STATUS: tuple[tuple[type[Exception], int, str], ...] = (
    (TooLarge, 413, "too_large"),
    (BadRequest, 400, "bad_request"),
    (Unauthorized, 401, "unauthorized"),
    (CrossOrigin, 403, "forbidden"),
    (NotFound, 404, "not_found"),
    (Unavailable, 503, "unavailable"),
)
_TYPES: Mapping[int, str] = {status: kind for _, status, kind in _STATUS} | {405: "method_not_allowed", 500: "internal"}
# The query room begins what it says of a field with the field's name.
_FIELD = re.compile(r"^([a-z][a-z_.]{0,40}): ")
_SINGULAR = {plural: name for name, plural in PLURAL.items()}


class ErrorBody(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What went wrong: `type` for programs, `message` for people, `field` where one of the request's is at fault."""

    type: str
    message: str
    field: str | None = None


class ErrorAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The body of every answer that is not 2xx."""

    error: ErrorBody


def status_of(error: Exception) -> int:
    """Return the HTTP status that an error is answered with."""
    return next((status for kind, status, _ in _STATUS if isinstance(error, kind)), 500)


def retry_after(error: Exception) -> dict[str, str]:
    """Return the header that says when to try again, where that can help."""
    return {"retry-after": str(error.retry_after_s)} if isinstance(error, Unavailable) else {}


def error_of(error: Exception) -> Response:
    """Answer an error as JSON. What is no error of ours keeps its text to itself: it may hold anything."""
    status = status_of(error)
    message = (
        str(error)
        if isinstance(error, HeadwaterError | CrossOrigin)
        else "something went wrong on our side; see the server's log"
    )
    headers = retry_after(error)
    if status == 401:
        headers["www-authenticate"] = "Bearer"
    return error_answer(status, message, _field(message) if status == 400 else None, headers)


def error_answer(
    status: int, message: str, field: str | None = None, headers: Mapping[str, str] | None = None
) -> Response:
    """Answer with a status and a message."""
    kind = _TYPES.get(status, "bad_request" if status < 500 else "internal")
    body = ErrorAnswer(error=ErrorBody(type=kind, message=message, field=field))
    return Response(msgspec.json.encode(body), status, dict(headers or {}), "application/json")


def invalid_parameters(errors: Sequence[Any]) -> Response:
    """Answer what FastAPI found wrong with a request's parameters: the first of it, with its field."""
    first = errors[0] if errors else {"loc": ("",), "msg": "cannot be read"}
    names = [str(part) for part in first["loc"] if part not in ("query", "path", "header", "body")]
    field = names[0] if names else "body"
    return error_answer(400, f"{field}: {str(first['msg']).lower()}", field)


def _field(message: str) -> str | None:
    found = _FIELD.match(message)
    return _SINGULAR.get(found[1], found[1]) if found else None
