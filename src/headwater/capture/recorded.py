"""Recorded: a call that passed by on the wire, as its bytes and times were taken down, and the span that it tells.

The bytes come in as one positional msgpack array behind an integer format. Fields are only ever appended, each with a
default: an older reader passes over those that it does not know, and a newer one fills in those that are missing.
"""

import msgspec

from headwater.capture.span import End
from headwater.errors import HeadwaterError

_FORMAT = 1


class Recorded(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One request and what became of it. `start_ns` is Unix time in nanoseconds, all other times count from it.

    `host`, `port` and `path` are where it was sent; `upstream` is that place's name, `provider` the one to tell where
    the host's name tells none. `request` is the body as the client sent it, `request_bytes` its real size: of what is
    longer the beginning is kept, and in `request_tail` the end. `response` is the body as it came, up to a bound, in
    chunks of `chunk_bytes` that came at `chunk_ns`; `lost_bytes` came after them, and `tail` is their end. The hashes
    are SHA-256 in hex, of bodies that are not kept whole.

    `status` is 0 where no answer came. `failure_type` and `failure_message` are the relay's own failure. `attempts`
    counts the requests sent upstream for this one, `resend` is the client's count of its tries before. `request_id` is
    the upstream's. `model_override` names the model whose price holds. `client_headers` are those of
    `SESSION_HEADERS` that came.
    """

    trace_id: bytes
    span_id: bytes
    parent_span_id: bytes
    start_ns: int
    duration_ns: int
    method: str
    host: str
    port: int
    path: str
    upstream: str
    provider: str = ""
    request_type: str = ""
    request_encoding: str = ""
    request: bytes = b""
    request_bytes: int = 0
    request_sha256: str = ""
    status: int = 0
    response_type: str = ""
    response_encoding: str = ""
    response: bytes = b""
    chunk_bytes: tuple[int, ...] = ()
    chunk_ns: tuple[int, ...] = ()
    tail: bytes = b""
    lost_bytes: int = 0
    response_sha256: str = ""
    end: End = "complete"
    failure_type: str = ""
    failure_message: str = ""
    attempts: int = 1
    resend: int = 0
    session_id: str = ""
    session_name: str = ""
    user_id: str = ""
    tags: tuple[str, ...] = ()
    metadata: dict[str, str] = {}
    key_id: str = ""
    client: str = ""
    request_id: str = ""
    is_usage_injected: bool = False
    model_override: str = ""
    client_headers: dict[str, str] = {}
    request_tail: bytes = b""


_encoder = msgspec.msgpack.Encoder()
_form = msgspec.msgpack.Decoder(tuple[int, msgspec.Raw])
_decoder = msgspec.msgpack.Decoder(Recorded)


def recorded_to(recorded: Recorded) -> bytes:
    """Encode, with the integer format of this encoding."""
    return _encoder.encode((_FORMAT, recorded))


def recorded_from(body: bytes) -> Recorded:
    """Decode. Raises HeadwaterError for bytes of a later format, or none at all."""
    try:
        form, fields = _form.decode(body)
        if form > _FORMAT:
            raise HeadwaterError(f"format {form} of a recorded call is newer than {_FORMAT}: install a newer headwater")
        return _decoder.decode(fields)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise HeadwaterError(f"a recorded call cannot be read ({error})") from error
