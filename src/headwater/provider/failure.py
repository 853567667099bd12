"""Errors as providers tell them, in any of their shapes.

OpenAI: `{"error": {message, type, param, code}}`. Anthropic: `{"type": "error", "error": {type, message}}`. Gemini:
`{"error": {code, message, status}}`, at times in a list. Mistral, vLLM: `{"object": "error", message, type, code}`.
FastAPI-like servers: `{"detail": ...}`. Some proxies: `{"error": "text"}`.
"""

from typing import Any

import msgspec

from headwater.event import Failure
from headwater.provider.narrow import is_list, is_object, object_of

_MAX_TEXT = 2000


def failure_from(status: int | None, body: Any) -> Failure:
    """Read an error body, decoded or text; the type is the provider's code, else its type, else the status."""
    if is_list(body):
        body = body[0] if body else None
    told = object_of(body)
    error = told.get("error")
    if not is_object(error):
        error = {**told, "message": error} if isinstance(error, str) else told
    words = (error.get("code"), error.get("status"), error.get("type"))
    kind = next((word for word in words if isinstance(word, str) and word not in ("", "error")), "")
    return Failure(
        type=kind or (str(status) if status is not None else "error"),
        message=_message(error, body),
        http_status=status,
    )


def error_in(body: Any) -> Failure | None:
    """The failure that an answer of status 200 holds, if it holds one."""
    error = object_of(body).get("error")
    return failure_from(None, body) if error else None


def _message(error: dict[str, Any], body: Any) -> str:
    for name in ("message", "detail", "error_description", "msg"):
        found = error.get(name)
        if isinstance(found, str):
            return found
        if found:
            return _as_text(found)
    return body[:_MAX_TEXT] if isinstance(body, str) else ""


def _as_text(value: Any) -> str:
    try:
        return msgspec.json.encode(value).decode()[:_MAX_TEXT]
    except (msgspec.MsgspecError, ValueError, TypeError, RecursionError):
        return ""
