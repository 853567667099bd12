"""Deliveries: what SDKs told of themselves and what became of it, from the loader's ledger and what waits for it."""

import threading
from collections.abc import Sequence

from headwater.clock import now_ns
from headwater.journal import Position
from headwater.loader import MINUTE_NS, Delivery, Key, Ledger, Standing, Wanted, delivery_in, keys_of, nothing_at
from headwater.query import show_time
from headwater.server.folder import DataFolder
from headwater.server.heads import waiting_heads
from headwater.web import Deliveries, DeliveriesAsked, DeliveryShown, Sums, judged

_MOMENT_NS = 15_000_000_000

_Waiting = Sequence[tuple[Position, Delivery]]


class DeliveryReader:
    """Joins what is loaded with the heads of what waits in the journals: an outage of the store hides nothing."""

    def __init__(self, folder: DataFolder) -> None:
        self._folder = folder
        self._ledger: Ledger | None = None
        self._lock = threading.Lock()

    def read(self, asked: DeliveriesAsked) -> Deliveries:
        """The deliveries that are asked for, the last seen first."""
        ledger = self._open()
        waiting, is_cut = self._waiting(ledger.positions())
        positions, standings = ledger.deliveries(_wanted(asked, waiting))
        by_key: dict[Key, Standing] = {each.key: each for each in standings}
        late: dict[Key, int] = {}
        unread = {key: each.durable - each.queryable for key, each in by_key.items()}
        for position, delivery in waiting:
            if position.seq <= positions.get(position.writer, 0) or not _is_asked(delivery, asked):
                continue
            key = keys_of(delivery)[asked.by == "minute"]
            by_key[key] = (by_key.get(key) or nothing_at(key)).after(delivery)
            if now_ns() - delivery.received_ns > _MOMENT_NS:
                late[key] = late.get(key, 0) + delivery.durable
        found = [each for each in by_key.values() if asked.since_ns <= each.seen_ns < asked.until_ns]
        found.sort(key=lambda each: (-each.seen_ns, each.instance))
        shown = found[asked.offset : asked.offset + asked.limit]
        items = tuple([_shown(each, late.get(each.key, 0), unread.get(each.key, 0)) for each in shown])
        return Deliveries(items=items, is_partial=is_cut or len(found) > asked.offset + asked.limit)

    def _open(self) -> Ledger:
        with self._lock:
            self._ledger = self._ledger or Ledger(self._folder.ledger)
            return self._ledger

    def _waiting(self, positions: dict[str, int]) -> tuple[list[tuple[Position, Delivery]], bool]:
        """What waits and tells of its sender, and whether there is more than can be looked at."""
        heads, is_cut = waiting_heads(self._folder, positions)
        told = ((position, delivery_in(head)) for position, head in heads)
        return [(position, delivery) for position, delivery in told if delivery is not None], is_cut


def _wanted(asked: DeliveriesAsked, waiting: _Waiting) -> Wanted:
    also = {delivery.tally.instance for _, delivery in waiting if _is_asked(delivery, asked)}
    return Wanted(
        projects=asked.projects,
        instances=asked.instances,
        also=tuple(also),
        is_by_minute=asked.by == "minute",
        since_ns=asked.since_ns,
        until_ns=asked.until_ns,
        limit=asked.offset + asked.limit + 1 + len(also),
    )


def _is_asked(delivery: Delivery, asked: DeliveriesAsked) -> bool:
    is_instance = not asked.instances or delivery.tally.instance in asked.instances
    return is_instance and delivery.project in asked.projects


def _shown(standing: Standing, waiting: int, unread: int) -> DeliveryShown:
    shown = DeliveryShown(
        project=standing.project,
        instance=standing.instance,
        service=standing.service,
        began=show_time(standing.began_ns),
        last_seen=show_time(standing.seen_ns),
        created=standing.created,
        sent=standing.sent,
        accepted=standing.accepted,
        durable=standing.durable,
        queryable=standing.queryable,
        kept=standing.kept,
        dropped=standing.dropped,
        requests=standing.requests,
        minute=show_time(standing.minute * MINUTE_NS) if standing.minute else None,
        missing_requests=0 if standing.minute else max(0, standing.seq - standing.first_seq + 1 - standing.requests),
    )
    if standing.minute:
        return shown
    is_whole = standing.first_seq == 1
    return judged(shown, Sums(arrived=standing.arrived, is_whole=is_whole, waiting=waiting, unread=unread))
