"""Delivery: what one envelope tells of the SDK instance that sent it, and how all of them stand together."""

from collections.abc import Mapping

import msgspec

from headwater.errors import HeadwaterError
from headwater.event import TALLY_HEADER, Envelope, Tally, envelope_from, tally_from

MINUTE_NS = 60_000_000_000

Key = tuple[str, str, int]
"""Project, instance and minute: one standing."""


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """An envelope with a tally: its items on disk and in the store, and the service that its first row names."""

    project: str
    received_ns: int
    tally: Tally
    durable: int
    queryable: int = 0
    service: str = ""


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """Deliveries of an instance: all of them (`minute` 0), or those received in one minute since 1970.

    `created` to `dropped` are the newest tally's, counted since the process began. `arrived` is what that tally calls
    accepted and what came with it. `requests`, `durable` and `queryable` are sums over the envelopes. Times are Unix
    nanoseconds.
    """

    project: str
    instance: str
    minute: int
    service: str = ""
    began_ns: int = 0
    seen_ns: int = 0
    first_seq: int = 0
    seq: int = 0
    requests: int = 0
    created: int = 0
    sent: int = 0
    accepted: int = 0
    kept: int = 0
    dropped: Mapping[str, int] = {}
    arrived: int = 0
    durable: int = 0
    queryable: int = 0

    @property
    def key(self) -> Key:
        """Which one it is."""
        return self.project, self.instance, self.minute

    def after(self, delivery: Delivery) -> "Standing":
        """How it stands with one delivery more. The order in which they come does not matter."""
        tally = delivery.tally
        summed = msgspec.structs.replace(
            self,
            service=delivery.service or self.service,
            seen_ns=max(self.seen_ns, delivery.received_ns),
            first_seq=min(self.first_seq or tally.seq, tally.seq),
            requests=self.requests + 1,
            durable=self.durable + delivery.durable,
            queryable=self.queryable + delivery.queryable,
        )
        if tally.seq < self.seq:
            return summed
        return msgspec.structs.replace(
            summed,
            began_ns=tally.began_ns,
            seq=tally.seq,
            created=tally.created,
            sent=tally.sent,
            accepted=tally.accepted,
            kept=tally.kept,
            dropped=tally.dropped,
            arrived=tally.accepted + delivery.durable,
        )


def nothing_at(key: Key) -> Standing:
    """How it stands before any delivery."""
    return Standing(project=key[0], instance=key[1], minute=key[2])


def keys_of(delivery: Delivery) -> tuple[Key, Key]:
    """The standings that a delivery belongs to: its instance's, and that of its minute."""
    project, instance = delivery.project, delivery.tally.instance
    return (project, instance, 0), (project, instance, delivery.received_ns // MINUTE_NS)


def delivery_of(envelope: Envelope, queryable: int = 0, service: str = "") -> Delivery | None:
    """What an envelope tells of its sender; None where it tells nothing."""
    tally = tally_from(envelope.headers.get(TALLY_HEADER, ""))
    if tally is None:
        return None
    return Delivery(
        project=envelope.project,
        received_ns=envelope.received_ns,
        tally=tally,
        durable=envelope.items,
        queryable=queryable,
        service=service,
    )


def delivery_in(head: bytes) -> Delivery | None:
    """The same of a record's head alone, as long as nothing of it is queryable."""
    try:
        return delivery_of(envelope_from(head, b""))
    except HeadwaterError:
        return None
