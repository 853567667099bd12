"""Making: from a run of records to rows, which needs no store and so can be done ahead."""

import logging
from collections.abc import Sequence
from hashlib import blake2b

import msgspec

from headwater.errors import HeadwaterError
from headwater.event import Envelope, envelope_from
from headwater.journal import Record
from headwater.loader.block import SpanKey
from headwater.loader.content import Content, Seen
from headwater.loader.decode import Decoded, decode
from headwater.loader.ledger import Poison, Taken
from headwater.loader.spanrow import RowMaker
from headwater.otlp import is_log_span
from headwater.pricing import PriceBook
from headwater.store import LogRow, SpanRow

_log = logging.getLogger("headwater.loader")


class Made(msgspec.Struct, kw_only=True):
    """A run of records as rows. `poison` are those that could not be read, `dropped` counts items by reason."""

    taken: Sequence[Taken]
    content: Content
    maker: RowMaker
    rows: list[SpanRow] = []
    logs: list[LogRow] = []
    log_spans: set[SpanKey] = set()
    poison: list[Poison] = []
    dropped: dict[str, int] = {}


def make(taken: Sequence[Taken], seen: Seen, prices: PriceBook) -> Made:
    """Read each record; one that cannot be read is set aside and the rest goes on."""
    content = Content(seen)
    made = Made(taken=taken, content=content, maker=RowMaker(content, prices))
    for position, record in taken:
        try:
            envelope, decoded, rows, logs = _read(record, made.maker)
        except Exception as error:  # noqa: BLE001 - whatever a poison body does, the line goes on
            made.poison.append((position, record, *door_and_project(record), reason_of(error)))
            _log.error("an envelope is set aside", extra={"position": str(position), "reason": str(error)[:200]})
            continue
        made.rows += rows
        made.logs += logs
        made.log_spans.update((envelope.project, s.trace_id, s.span_id) for s in decoded.spans if is_log_span(s))
        for reason, items in decoded.dropped.items():
            made.dropped[reason] = made.dropped.get(reason, 0) + items
    return made


def reason_of(error: Exception) -> str:
    """Why an envelope is set aside, in a line."""
    return f"{type(error).__name__}: {error}"[:500]


def door_and_project(record: Record) -> tuple[str, str]:
    """What a record's head tells, or "?" where it cannot be read."""
    try:
        envelope = envelope_from(record.head, b"")
    except HeadwaterError:
        return "?", "?"
    return envelope.door, envelope.project


def _read(record: Record, maker: RowMaker) -> tuple[Envelope, Decoded, list[SpanRow], list[LogRow]]:
    envelope = envelope_from(record.head, record.body)
    decoded = decode(envelope)
    project, at = envelope.project, envelope.received_ns
    rows = [maker.span_row(span, project, at) for span in decoded.spans]
    logs = [
        maker.log_row(event, project, at, blake2b(msgspec.msgpack.encode(event), digest_size=16).digest())
        for event in decoded.logs
    ]
    return envelope, decoded, rows, logs
