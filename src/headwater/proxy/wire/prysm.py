"""Prysm: how the values of its clients' headers are written, and which headers they may have sent on.

A client of it writes ids as they are and metadata as JSON, in ASCII. Another, which may not break a call over a letter
beyond ASCII, writes them percent-encoded, with or without the mark of RFC 8187. All are read.
"""

import re
from typing import Any
from urllib.parse import unquote_to_bytes

import msgspec

from headwater.proxy.wire.headers import goes_on
from headwater.proxy.wire.names import Headers, holds_our_key

_EXTENDED = re.compile(rb"utf-8'[a-z0-9-]*'(.*)", re.IGNORECASE | re.DOTALL)
_BROKEN = re.compile(rb"%(?![0-9A-Fa-f]{2})")
_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,128}")
_UNFIT = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_JSON_BYTES = 16 * 1024
_VALUE_CHARS = 4096
_FORWARDED = 32
# What frames a body or names its form is the request's own.
_FIXED = frozenset({b"accept", b"content-encoding", b"content-type", b"traceparent", b"tracestate"})
_ALIASES = {"google": "gemini"}


def plain(value: bytes) -> bytes:
    """A header's value without its encoding, where it has one: RFC 8187 (`UTF-8''caf%C3%A9`), or percent-encoding of
    UTF-8. JSON is never taken for encoded."""
    extended = _EXTENDED.fullmatch(value)
    if extended is not None:
        return unquote_to_bytes(extended[1])
    if b"%" not in value or value.startswith(b"{") or _BROKEN.search(value) is not None:
        return value
    decoded = unquote_to_bytes(value)
    try:
        decoded.decode()
    except UnicodeDecodeError:
        return value
    return decoded


def upstream_named(value: bytes) -> str:
    """The name of our upstream for the provider that X-Prysm-Provider names, "" for nothing."""
    name = value.decode("latin-1").strip().lower()
    return _ALIASES.get(name, name)


def forwarded(value: bytes) -> tuple[tuple[bytes, bytes], ...]:
    """The headers that X-Prysm-Forward-Headers, a JSON object, asks to have sent to the provider.

    Passed over are those that would not go on if the client had sent them itself, credentials, what tells the body's
    form, values that no line can hold, and any key of ours; and all beyond the first 32.
    """
    if not value or len(value) > _JSON_BYTES:
        return ()
    try:
        asked = msgspec.json.decode(value, type=dict[str, Any])
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return ()
    found: Headers = [
        (name.encode(), text.encode())
        for name, text in asked.items()
        if isinstance(text, str) and _NAME.fullmatch(name) and _is_fit(name.lower().encode(), text)
    ]
    return tuple(found[:_FORWARDED])


def _is_fit(name: bytes, text: str) -> bool:
    if name in _FIXED or not goes_on(name) or len(text) > _VALUE_CHARS or _UNFIT.search(text) is not None:
        return False
    try:
        return not holds_our_key(text.encode())
    except UnicodeEncodeError:
        return False
