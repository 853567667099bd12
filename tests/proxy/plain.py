"""Results as they can be compared: without what differs from one call to the next."""

import re
from typing import Any, cast

import msgspec
from pydantic import BaseModel

# What a pretended provider counts up, and what it makes by chance or by the clock.
_NUMBERED = re.compile(r"\b(chatcmpl|cmpl|call|resp|msg|fc|rs|toolu|req|modr|file)[-_][0-9A-Za-z]+")
_TIMED = re.compile(r'"(created|created_at|completed_at)": ?[0-9.]+')


def plain(result: Any) -> Any:
    """A result of a vendor's client, an error, or what was JSON already."""
    if isinstance(result, BaseModel):
        result = result.model_dump(mode="json", warnings=False)
    elif isinstance(result, list):
        return [plain(each) for each in cast("list[Any]", result)]
    elif isinstance(result, Exception):
        known: Any = result
        told = (str(result), getattr(known, "status_code", None), getattr(known, "body", None))
        return [type(result).__name__, *map(plain, told)]
    text = msgspec.json.encode(result, enc_hook=repr).decode()
    return msgspec.json.decode(_TIMED.sub(r'"\1": 0', _NUMBERED.sub(r"\1-0", text)))
