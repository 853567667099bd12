"""Tally: what an SDK instance says of its own deliveries, in a header of every request that it makes."""

from collections.abc import Mapping
from typing import Annotated

import msgspec

TALLY_HEADER = "x-headwater-ledger"
"""The header that carries a tally, as JSON."""

_LIMIT_BYTES = 4096
_REASONS = 32

# What a double holds exactly, so that every reader of the JSON sees the same number.
_Count = Annotated[int, msgspec.Meta(ge=0, le=2**53)]
_Reason = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]


class Tally(msgspec.Struct, frozen=True, kw_only=True):
    """Counts of items since the process began. `seq` numbers its requests from 1; a fork is another instance.

    `instance` is 32 hex digits, `began_ns` Unix nanoseconds. `sent` were handed to the wire at least once, `accepted`
    acknowledged before this request, `kept` wait (those in this request with them), `dropped` is by reason.
    """

    instance: Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{32}$")]
    began_ns: Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]
    seq: Annotated[int, msgspec.Meta(ge=1, le=2**53)]
    created: _Count
    sent: _Count
    accepted: _Count
    kept: _Count
    dropped: Mapping[_Reason, _Count] = {}


_decoder = msgspec.json.Decoder(Tally)


def tally_from(header: str) -> Tally | None:
    """Read the header's value; None where it is none, too long or not to be understood: no request fails by it."""
    if not header or len(header) > _LIMIT_BYTES:
        return None
    try:
        tally = _decoder.decode(header)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return None
    return tally if len(tally.dropped) <= _REASONS else None
