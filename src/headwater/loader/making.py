"""Making: from a run of records to rows, which needs no store and so can be done ahead."""

from collections.abc import Sequence
from contextlib import suppress
from hashlib import blake2b

import msgspec

from headwater.errors import HeadwaterError
from headwater.event import Envelope, envelope_from
from headwater.journal import Record
from headwater.loader.content import Content, Seen
from headwater.loader.decode import Decoded, decode
from headwater.loader.delivery import Delivery, delivery_in, delivery_of
from headwater.loader.ledger import Poison, Taken
from headwater.loader.made import Made, SpanKey
from headwater.loader.receipts import Receipt, loaded, put_aside, receipt_in, receipt_of, summed
from headwater.loader.runs import run_call_of
from headwater.loader.spanrow import RowMaker
from headwater.loader.taking import intent_of
from headwater.otlp import is_log_span
from headwater.pricing import PriceBooks
from headwater.store import LogRow, SpanRow


def make(taken: Sequence[Taken], seen: Seen, prices: PriceBooks) -> Made:
    """Read each record; one that cannot be read is set aside and the rest goes on."""
    content = Content(seen)
    maker = RowMaker(content, prices)
    made = Made(intent=intent_of(taken), envelopes=len(taken), prices=prices.mark)
    receipts: list[Receipt] = []
    for position, record in taken:
        try:
            envelope = envelope_from(record.head, record.body)
            decoded, rows, logs, log_spans, delivery = _read(envelope, maker)
            calls = [run_call_of(span, row) for span, row in zip(decoded.spans, rows, strict=True)]
        except Exception as error:  # noqa: BLE001 - whatever a poison body does, the line goes on
            made.poison.append(poison_of((position, record), error))
            made.deliveries += unreadable(record)
            receipts += receipt_aside(record)
            continue
        made.spans += rows
        made.logs += logs
        made.edits += decoded.edits
        made.log_spans |= log_spans
        made.calls += filter(None, calls)
        made.deliveries += [delivery] if delivery is not None else []
        receipts.append(loaded(receipt_of(envelope, record.size_bytes), sum(decoded.dropped.values())))
        for reason, items in decoded.dropped.items():
            made.dropped[reason] = made.dropped.get(reason, 0) + items
    made.messages = content.rows
    made.receipts = summed(receipts)
    return made


def poison_of(taken: Taken, error: Exception) -> Poison:
    """An envelope that is set aside: door and project as its head tells, "?" where it cannot be read, and the reason
    in a line."""
    door = project = "?"
    with suppress(HeadwaterError):
        envelope = envelope_from(taken[1].head, b"")
        door, project = envelope.door, envelope.project
    return *taken, door, project, f"{type(error).__name__}: {error}"[:500]


def unreadable(record: Record) -> list[Delivery]:
    """What an envelope that is set aside tells of its sender: it is durable, and nothing of it is queryable."""
    delivery = delivery_in(record.head)
    return [delivery] if delivery is not None else []


def receipt_aside(record: Record) -> list[Receipt]:
    """The receipt of an envelope that is set aside, if its head can be read."""
    receipt = receipt_in(record.head, record.size_bytes)
    return [put_aside(receipt)] if receipt is not None else []


def _read(
    envelope: Envelope, maker: RowMaker
) -> tuple[Decoded, list[SpanRow], list[LogRow], set[SpanKey], Delivery | None]:
    decoded = decode(envelope)
    project, at = envelope.project, envelope.received_ns
    rows = [maker.span_row(span, project, at) for span in decoded.spans]
    logs = _log_rows(decoded, envelope, maker)
    service = rows[0].service_name if rows else ""
    return (
        decoded,
        rows,
        logs,
        {(project, span.trace_id, span.span_id) for span in decoded.spans if is_log_span(span)},
        delivery_of(envelope, len(rows) + len(logs), service),
    )


def _log_rows(decoded: Decoded, envelope: Envelope, maker: RowMaker) -> list[LogRow]:
    return [
        maker.log_row(
            event,
            envelope.project,
            envelope.received_ns,
            blake2b(msgspec.msgpack.encode(event), digest_size=16).digest(),
        )
        for event in decoded.logs
    ]
