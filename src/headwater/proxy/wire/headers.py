"""Headers: which of them go on to the upstream, and which come back to the client.

Both ways run for every call: each name is judged once and remembered, values are looked at only where a name asks for
it, and the lines are joined in one step. Names may come in any case and go on in theirs, in their order, repeated ones
repeated.

Rule 1: our key, and the headers that speak to a product like ours, never leave for a provider.
Rule 2: what is said of one connection stays on it (RFC 9110, 7.6.1); the caller frames each body anew.
Rule 3: no line is ever sent whose value holds a line end or a NUL.
"""

from collections.abc import Iterable, Sequence

from headwater.errors import BadRequest
from headwater.proxy.wire.names import (
    CREDENTIALS,
    FAMILIES,
    OUR_KEYS,
    OURS,
    PRYSM_TRACE_ID,
    SUBPROTOCOL,
    SUBPROTOCOL_KEY,
    Headers,
    Names,
    holds_our_key,
    our_key_in,
)

_KEPT, _DROPPED, _CREDENTIAL, _CONNECTION, _SUBPROTOCOL, _TYPE, _BUFFERING = range(7)
_HOP_BY_HOP = frozenset(
    {b"connection", b"content-length", b"keep-alive", b"te", b"trailer", b"transfer-encoding", b"upgrade"}
)
# Who the client is and which way it came is no business of the provider's. Frames must stay readable, so a WebSocket
# is asked for without compression, as answers are without brotli.
_STRIPPED = frozenset(
    {
        b"accept-encoding",
        b"cookie",
        b"expect",
        b"forwarded",
        b"host",
        b"http2-settings",
        b"sec-websocket-extensions",
        b"via",
        b"x-real-ip",
    }
)
_OUR_SUBPROTOCOLS = tuple(SUBPROTOCOL_KEY + mark for mark in OUR_KEYS)
_STRIPPED_STARTS = (*FAMILIES, b"proxy-", b"x-forwarded-")
# A connection's usual tokens name no header that would not be dropped anyway.
_USUAL_TOKENS = frozenset({b"", b"close", b"keep-alive", b"upgrade"})


def _fate_forward(name: bytes) -> int:
    if name == b"connection":
        return _CONNECTION
    if name in _HOP_BY_HOP or name in _STRIPPED or name.startswith(_STRIPPED_STARTS):
        return _DROPPED
    if name in CREDENTIALS:
        return _CREDENTIAL
    return _SUBPROTOCOL if name == SUBPROTOCOL else _KEPT


def _fate_backward(name: bytes) -> int:
    if name == b"connection":
        return _CONNECTION
    # Alt-Svc speaks of the provider's host (RFC 7838, 2), and here it would be taken for ours.
    if name in _HOP_BY_HOP or name == b"alt-svc" or name.startswith((OURS, b"proxy-")):
        return _DROPPED
    if name == b"content-type":
        return _TYPE
    return _BUFFERING if name == b"x-accel-buffering" else _KEPT


_forward_fates = Names(_fate_forward)
_backward_fates = Names(_fate_backward)


def goes_on(name: bytes) -> bool:
    """Whether a client's header of this name is sent to an upstream as it is, whatever it says; no credential is."""
    return _forward_fates[name] == _KEPT


def amended(headers: Headers, dropped: Iterable[bytes], added: Sequence[tuple[bytes, bytes]] = ()) -> Headers:
    """Headers without those of the names in `dropped` (lower case), and with the added ones in place of their own."""
    without = {*dropped, *(name.lower() for name, _ in added)}
    if not without:
        return headers
    return [*(header for header in headers if header[0].lower() not in without), *added]


def forward(
    headers: Headers,
    upstream_host: bytes,
    credential: bytes | None,
    body_length: int | None,
    is_chunked: bool,
    accept_encoding: bytes,
    *,
    is_upgrade: bool = False,
) -> bytes:
    """The head lines to send upstream, from Host to the empty line; the request line goes before them.

    `credential` is the header line (`authorization: Bearer sk-…`, without a line end) that replaces the client's own
    credentials, b"" to send none, None to pass those through. `body_length` and `is_chunked` frame the body; neither
    means that there is none. `is_upgrade` asks for a WebSocket. Raises BadRequest for a value with a line end or a NUL.
    """
    parts: list[bytes] = [b"host", b": ", upstream_host, b"\r\n"]
    _forward_into(parts, headers, credential is None)
    parts += (b"accept-encoding", b": ", accept_encoding, b"\r\n")
    if credential:
        parts += (credential, b"", b"", b"\r\n")
    return _head(parts, body_length, is_chunked, _UPGRADE if is_upgrade else ())


def _forward_into(parts: list[bytes], headers: Headers, is_passed_through: bool) -> None:
    start = len(parts)
    for name, value in headers:
        fate = _forward_fates[name]
        if fate == _KEPT:
            parts += (name, b": ", value, b"\r\n")
        elif fate == _CREDENTIAL:
            if is_passed_through and not _holds_our_key(value):
                parts += (name, b": ", value, b"\r\n")
        elif fate == _SUBPROTOCOL:
            kept = _subprotocols(value, is_passed_through)
            if kept:
                parts += (name, b": ", kept, b"\r\n")
        elif fate == _CONNECTION and _named_by(value):
            del parts[start:]
            _forward_into(parts, _without_named(headers), is_passed_through)
            return


def backward(
    headers: Headers,
    *,
    trace_id: bytes,
    overhead_ns: int,
    body_length: int | None = None,
    is_chunked: bool = False,
    is_close: bool = False,
    is_upgrade: bool = False,
    is_prysm: bool = False,
) -> bytes:
    """The head lines for the client, to the empty line; the status line goes before them.

    `trace_id` is in hex, `overhead_ns` our own time, for Server-Timing; `is_prysm` tells the trace under the name that
    Prysm's clients look for, too. `body_length` and `is_chunked` frame the body;
    neither means that it has none, or ends with the connection (`is_close`). `is_upgrade` completes a 101. Raises
    BadRequest as `forward` does.
    """
    parts: list[bytes] = []
    buffering = _backward_into(parts, amended(headers, (PRYSM_TRACE_ID,)) if is_prysm else headers)
    if buffering:
        parts += (b"x-accel-buffering", b": ", buffering, b"\r\n")
    parts += (b"x-headwater-trace-id", b": ", trace_id, b"\r\n")
    if is_prysm:
        parts += (PRYSM_TRACE_ID, b": ", trace_id, b"\r\n")
    # Beside the upstream's own, which is a list too (https://www.w3.org/TR/server-timing/, 3.1).
    parts += (b"server-timing", b": ", b"headwater;dur=%.3f" % (overhead_ns / 1e6), b"\r\n")
    return _head(parts, body_length, is_chunked, _UPGRADE if is_upgrade else _CLOSE if is_close else ())


def _backward_into(parts: list[bytes], headers: Headers) -> bytes:
    """Return the value for X-Accel-Buffering: a stream must not be gathered by an nginx before us."""
    start = len(parts)
    buffering = b""
    for name, value in headers:
        fate = _backward_fates[name]
        if fate == _KEPT:
            parts += (name, b": ", value, b"\r\n")
        elif fate == _TYPE:
            parts += (name, b": ", value, b"\r\n")
            if value.lower().startswith(b"text/event-stream"):
                buffering = b"no"
        elif fate == _BUFFERING:
            buffering = buffering or value
        elif fate == _CONNECTION and _named_by(value):
            del parts[start:]
            return _backward_into(parts, _without_named(headers))
    return buffering


_CLOSE = (b"connection", b": ", b"close", b"\r\n")
_UPGRADE = (b"connection", b": ", b"upgrade", b"\r\n", b"upgrade", b": ", b"websocket", b"\r\n")


def _head(parts: list[bytes], body_length: int | None, is_chunked: bool, connection: tuple[bytes, ...]) -> bytes:
    """Join the lines, each of four parts, with those that frame the body."""
    parts += connection
    if is_chunked:
        parts += (b"transfer-encoding", b": ", b"chunked", b"\r\n")
    elif body_length is not None:
        parts += (b"content-length", b": ", b"%d" % body_length, b"\r\n")
    head = b"".join(parts)
    lines = len(parts) // 4
    if head.count(b"\n") != lines or head.count(b"\r") != lines or b"\0" in head:
        raise BadRequest("a header's value holds a line end or a NUL: send it without")
    return head + b"\r\n"


def _named_by(connection: bytes) -> set[bytes]:
    """The headers that a Connection header keeps to this connection."""
    return {token.strip().lower() for token in connection.split(b",")} - _USUAL_TOKENS


def _without_named(headers: Headers) -> Headers:
    lower = [name.lower() for name, _ in headers]
    named = {b"connection"}
    for name, (_, value) in zip(lower, headers, strict=True):
        if name == b"connection":
            named |= _named_by(value)
    return [header for name, header in zip(lower, headers, strict=True) if name not in named]


def _holds_our_key(value: bytes) -> bool:
    if holds_our_key(value) and any(part.startswith(OUR_KEYS) for part in value.replace(b",", b" ").split()):
        return True
    return value[:5].lower() == b"basic" and bool(our_key_in(value))


def _subprotocols(value: bytes, is_passed_through: bool) -> bytes:
    """The sub-protocols that go on: a key among them as other credentials do."""
    if SUBPROTOCOL_KEY not in value:
        return value
    kept = (part.strip() for part in value.split(b","))
    dropped = _OUR_SUBPROTOCOLS if is_passed_through else (SUBPROTOCOL_KEY,)
    return b", ".join(part for part in kept if not part.startswith(dropped))
