"""What a run of envelopes was made into, and how it goes from the process that makes it to the one that stores it."""

import msgspec

from headwater.loader.delivery import Delivery
from headwater.loader.ledger import Intent, Poison
from headwater.store import LogRow, MessageRow, SpanRow

SpanKey = tuple[str, str, str]
"""Project, trace id and span id."""


class Made(msgspec.Struct, kw_only=True):
    """A run of envelopes as rows.

    `messages` must be stored before any row that points to them. `log_spans` only repeat the end of a stream. `poison`
    are envelopes that could not be read, `dropped` counts items by reason, `deliveries` tell of the senders.
    """

    intent: Intent
    envelopes: int
    messages: list[MessageRow] = []
    spans: list[SpanRow] = []
    logs: list[LogRow] = []
    log_spans: set[SpanKey] = set()
    poison: list[Poison] = []
    dropped: dict[str, int] = {}
    deliveries: list[Delivery] = []


encode = msgspec.msgpack.Encoder().encode
decode = msgspec.msgpack.Decoder(Made).decode
