"""From an envelope to what it says. One line a door; those of other products are read by their own rooms."""

from collections.abc import Callable, Sequence
from typing import cast

import msgspec

from headwater.capture import recorded_from, told_of, told_of_turn, turn_from
from headwater.errors import HeadwaterError
from headwater.event import EDIT_DOOR, Envelope, LogEvent, Span
from headwater.loader.edits import edit_of
from headwater.otlp import inflate, log_events_of, scores_of, spans_of
from headwater.products import PRODUCTS, module_of
from headwater.store import EditRow

_INFLATED_LIMIT_BYTES = 1024**3
"""The edge has already held every body to its own, smaller limit."""


class Decoded(msgspec.Struct, frozen=True):
    """What an envelope says. `edits` are what a person did to traces; `dropped` counts, by reason, items that are
    understood and not stored."""

    spans: Sequence[Span] = ()
    logs: Sequence[LogEvent] = ()
    edits: Sequence[EditRow] = ()
    dropped: dict[str, int] = {}


def decode(envelope: Envelope) -> Decoded:
    """Read an envelope through its door. Raises HeadwaterError, or whatever a poison body brings to light."""
    reader = DOORS.get(envelope.door) or _reader_of_product(envelope.door)
    return reader(envelope)


def _reader_of_product(door: str) -> Callable[[Envelope], Decoded]:
    product = door.partition(".")[0]
    if product not in PRODUCTS:
        raise HeadwaterError(f"no reader for the door {door!r}: install a newer headwater")
    return cast("Callable[[Envelope], Decoded]", module_of(product).read)


def _body(envelope: Envelope) -> bytes:
    encoding = envelope.headers.get("content-encoding", "identity")
    return inflate(envelope.body, encoding, _INFLATED_LIMIT_BYTES)


def _content_type(envelope: Envelope) -> str:
    return envelope.headers.get("content-type", "").partition(";")[0].strip().lower()


def _traces(envelope: Envelope) -> Decoded:
    return Decoded(spans=spans_of(_body(envelope), _content_type(envelope), envelope.received_ns))


def _logs(envelope: Envelope) -> Decoded:
    return Decoded(logs=log_events_of(_body(envelope), _content_type(envelope), envelope.received_ns))


def _metrics(envelope: Envelope) -> Decoded:
    return Decoded(dropped={"metric points are kept in the journal only": envelope.items})


def _nothing(envelope: Envelope) -> Decoded:
    return Decoded()


def _scores(envelope: Envelope) -> Decoded:
    return Decoded(logs=scores_of(_body(envelope), envelope.received_ns))


def _exchange(envelope: Envelope) -> Decoded:
    return Decoded(spans=(told_of(recorded_from(envelope.body)),))


def _turn(envelope: Envelope) -> Decoded:
    return Decoded(spans=(told_of_turn(turn_from(envelope.body)),))


def _edit(envelope: Envelope) -> Decoded:
    logs, edits = edit_of(envelope)
    return Decoded(logs=logs, edits=edits)


_spans = msgspec.msgpack.Decoder(tuple[Span, ...])


def _events(envelope: Envelope) -> Decoded:
    return Decoded(spans=_spans.decode(envelope.body))


DOORS: dict[str, Callable[[Envelope], Decoded]] = {
    "otlp.traces": _traces,
    "otlp.logs": _logs,
    "otlp.metrics": _metrics,
    "exchange": _exchange,
    "turn": _turn,
    "event": _events,
    "langfuse.ingestion": _scores,
    "langfuse.scores": _scores,
    "tally": _nothing,
    EDIT_DOOR: _edit,
}
