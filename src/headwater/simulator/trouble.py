"""What goes wrong, and when: by the model's name, by a header, or at a rate."""

import re
from collections.abc import Mapping
from typing import Literal

import msgspec

TROUBLE_HEADER = "x-simulate"
_RETRY_HEADER = "x-stainless-retry-count"
_BY_MODEL = re.compile(r"^(?:err-(\d{3})|(err-mid|cut-mid|cut))\b")
_BY_HEADER = re.compile(r"^(?:err-)?(\d{3}|err-mid|cut-mid|cut)(?:; *first=(\d+))?$")
_AT_A_RATE = (429, 500, 529)
_MESSAGES = {
    400: "the request is not valid",
    401: "the API key is not valid",
    403: "this is not permitted",
    404: "there is no such thing",
    413: "the request is too large",
    429: "rate limit reached for requests: try again in a moment",
    500: "the server had an error while processing your request",
    503: "the engine is currently overloaded",
    529: "overloaded",
}


class Trouble(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that goes wrong: a status instead of an answer, or a connection that breaks.

    "err-mid": the stream tells of an error half-way. "cut-mid": the connection ends half-way through the answer.
    "cut": it ends before any of the answer's body came.
    """

    status: int = 0
    kind: Literal["status", "err-mid", "cut-mid", "cut"] = "status"

    @property
    def message(self) -> str:
        """What the provider says of it."""
        return _MESSAGES.get(self.status, "something went wrong")


def trouble_of(model: str, headers: Mapping[str, str]) -> Trouble | None:
    """The trouble that a request asks for by its model's name or the header `x-simulate`.

    The header reads `err-429`, `err-mid`, `cut-mid` or `cut`; with `; first=2` only the first two attempts have it, as
    the vendors' clients count them.
    """
    if found := _BY_MODEL.match(model):
        return _trouble(found[1] or found[2])
    asked = _BY_HEADER.match(headers.get(TROUBLE_HEADER, ""))
    if asked is None:
        return None
    retries = headers.get(_RETRY_HEADER, "0")
    if asked[2] and retries.isdigit() and int(retries) >= int(asked[2]):
        return None
    return _trouble(asked[1])


def trouble_at(number: int, rate: float) -> Trouble | None:
    """The trouble of the `number`-th request where `rate` of all (0 to 1) fail, evenly spread."""
    before, now = int((number - 1) * rate), int(number * rate)
    return Trouble(status=_AT_A_RATE[now % len(_AT_A_RATE)]) if now > before else None


def _trouble(name: str) -> Trouble:
    if name.isdigit():
        return Trouble(status=int(name))
    kinds: dict[str, Literal["err-mid", "cut-mid", "cut"]] = {"err-mid": "err-mid", "cut-mid": "cut-mid", "cut": "cut"}
    return Trouble(kind=kinds[name])
