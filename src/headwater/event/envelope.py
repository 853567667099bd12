"""Envelope: bytes that somebody sent, and who, when and through which door."""

from collections.abc import Mapping

import msgspec

from headwater.errors import HeadwaterError

ENVELOPE_FORMAT = 1

KEY_ID_HEADER = "x-headwater-key-id"
"""The header that names the key which an envelope came with: its id as it is listed, never the key."""


class Envelope(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """What the journal keeps: the body as it came and what is needed to read it again.

    `door` names the reader (otlp.traces, otlp.logs, ...), `received_ns` is Unix time in nanoseconds, `headers` those
    that matter for reading (lower case; never a credential), `items` how many items of the body were accepted.
    """

    door: str
    project: str
    received_ns: int
    headers: Mapping[str, str] = {}
    items: int = 0
    body: bytes = b""


class _Head(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    v: int
    door: str
    project: str
    received_ns: int
    headers: Mapping[str, str] = {}
    items: int = 0


_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(_Head)


def envelope_head(envelope: Envelope) -> bytes:
    """Encode all of an envelope but its body, with the integer format of this encoding."""
    return _encoder.encode(
        _Head(
            v=ENVELOPE_FORMAT,
            door=envelope.door,
            project=envelope.project,
            received_ns=envelope.received_ns,
            headers=envelope.headers,
            items=envelope.items,
        )
    )


def envelope_from(head: bytes, body: bytes) -> Envelope:
    """Put an envelope together again. Raises HeadwaterError for a head of a later format, or none at all."""
    try:
        read = _decoder.decode(head)
    except msgspec.MsgspecError as error:
        raise HeadwaterError(f"the head of a journal record cannot be read ({error})") from error
    if read.v > ENVELOPE_FORMAT:
        raise HeadwaterError(f"envelope format {read.v} is newer than {ENVELOPE_FORMAT}: install a newer headwater")
    return Envelope(
        door=read.door,
        project=read.project,
        received_ns=read.received_ns,
        headers=read.headers,
        items=read.items,
        body=body,
    )
