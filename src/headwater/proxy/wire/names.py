"""Names of headers that more than one reader knows, and a memory for what is thought of each name."""

import base64
from collections.abc import Callable
from typing import Any

from headwater.access import KEY_MARKS

Headers = list[tuple[bytes, bytes]]
"""Names, in any case, and values; repeated ones repeated."""

OUR_KEYS = tuple(mark.encode() for mark in KEY_MARKS)
"""How a key of ours begins, those included that have the form of another product's."""

OURS = b"x-headwater-"
PRYSM = b"x-prysm-"
PRYSM_TRACE_ID = b"x-prysm-trace-id"
TROPIR = b"x-tropir-"
LAYER_SESSIONS = (b"layer-session-id", b"x-layer-session-id")
FAMILIES = (OURS, b"helicone-", b"x-portkey-", b"x-litellm-", PRYSM, TROPIR, *LAYER_SESSIONS)
"""How the headers begin that speak to a product like ours, and not to a provider."""

CREDENTIALS = (b"authorization", b"x-api-key", b"api-key", b"x-goog-api-key")
"""Where clients put a provider's credential."""

SUBPROTOCOL = b"sec-websocket-protocol"
SUBPROTOCOL_KEY = b"openai-insecure-api-key."
"""A browser cannot set headers on a WebSocket, so OpenAI takes a key among the sub-protocols."""

_REMEMBERED = 4096
_REMEMBERED_BYTES = 64


def holds_our_key(value: bytes) -> bool:
    """Whether a key of ours is somewhere in a header's value: a look that is cheap and may err on this side alone."""
    return any(mark in value for mark in OUR_KEYS)


def our_key_in(value: bytes) -> bytes:
    """The key in a credential's value (bare, Bearer, or a part of Basic), where it looks like ours; else b""."""
    scheme, _, rest = value.partition(b" ")
    kind = scheme.lower()
    if kind == b"basic":
        return next((part for part in _basic(rest.strip()) if part.startswith(OUR_KEYS)), b"")
    value = rest.strip() if kind == b"bearer" else value
    return value if value.startswith(OUR_KEYS) else b""


def _basic(value: bytes) -> tuple[bytes, ...]:
    """Password and user (RFC 7617); clients that have only this put a key into either."""
    try:
        user, _, password = base64.b64decode(value, validate=True).partition(b":")
    except ValueError:
        return ()
    return password, user


class Names(dict[bytes, Any]):
    """Header name → what is thought of it; thought once a name, and bounded, as anybody may make names up."""

    def __init__(self, judge: Callable[[bytes], Any]) -> None:
        super().__init__()
        self._judge = judge

    def __missing__(self, name: bytes) -> Any:
        judged = self._judge(name.lower())
        if len(self) < _REMEMBERED and len(name) <= _REMEMBERED_BYTES:
            self[name] = judged
        return judged
