"""What a run of envelopes was made into, and how it goes from the process that makes it to the one that stores it."""

import msgspec

from headwater.loader.delivery import Delivery
from headwater.loader.ledger import Intent, Poison
from headwater.loader.receipts import Receipt
from headwater.store import EditRow, LogRow, MessageRow, SpanRow

SpanKey = tuple[str, str, str]
"""Project, trace id and span id."""

Step = tuple[bytes, bytes]
"""What was asked before an answer that a call's messages hold, and that answer; both as hashes."""


class RunCall(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What tells whether a call belongs to a run (`runs`); all but the key and time are hashes.

    `client` is who asks; `asked` has all messages in it and `answers` what was answered, whole and by choice. `steps`
    are the last of those that the messages hold, the last first.
    """

    key: SpanKey
    client: bytes
    start_ns: int
    asked: bytes
    response: bytes = b""
    answers: tuple[bytes, ...] = ()
    steps: tuple[Step, ...] = ()


class Made(msgspec.Struct, kw_only=True):
    """A run of envelopes as rows.

    `messages` must be stored before any row that points to them. `log_spans` only repeat the end of a stream, `calls`
    may belong to a run. `poison` are envelopes that could not be read, `dropped` counts items by reason, `deliveries`
    tell of the senders, `receipts` of the keys. `prices` is the mark of the own prices that calls were priced with.
    """

    intent: Intent
    envelopes: int
    messages: list[MessageRow] = []
    spans: list[SpanRow] = []
    logs: list[LogRow] = []
    edits: list[EditRow] = []
    log_spans: set[SpanKey] = set()
    calls: list[RunCall] = []
    poison: list[Poison] = []
    dropped: dict[str, int] = {}
    deliveries: list[Delivery] = []
    receipts: list[Receipt] = []
    prices: str = ""


encode = msgspec.msgpack.Encoder().encode
decode = msgspec.msgpack.Decoder(Made).decode
