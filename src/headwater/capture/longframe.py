"""Long frame: one that was too long to be kept, as a small one of its type."""

import re
from typing import Any

import msgspec

from headwater.capture.answer import MODEL, usage_in

_TYPE = re.compile(r'"type"\s*:\s*"([^"\\]{1,100})"')
_ID = re.compile(r'"(?:response_)?id"\s*:\s*"(resp_[^"\\]{1,200})"')
_STATUS = re.compile(r'"status"\s*:\s*"(completed|failed|incomplete|cancelled)"')


def shortened(head: bytes, tail: bytes, size_bytes: int) -> bytes:
    """Make a frame of what the two ends of a long one tell: its type, the response's id, model, state and usage.

    Its input is told by its size. What an answer said stays what the frames before this one said.
    """
    first, last = head.decode("utf-8", "replace"), tail.decode("utf-8", "replace")
    kind = _TYPE.search(first)
    told: dict[str, Any] = {
        "id": _first(_ID, first, last),
        "model": _first(MODEL, first, last),
        "status": _first(_STATUS, first, last),
        "usage": usage_in(last),
    }
    response = {name: value for name, value in told.items() if value}
    if kind is not None and kind[1] == "response.create":
        response["input"] = [{"type": "cut", "size_bytes": size_bytes}]
    return msgspec.json.encode({"type": kind[1] if kind is not None else "", "response": response})


def _first(wanted: re.Pattern[str], *texts: str) -> str:
    return next((found[1] for text in texts if (found := wanted.search(text)) is not None), "")
