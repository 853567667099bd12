"""Ledger: how many items an instance made, and what became of them. Every request tells it to the server."""

from collections.abc import Callable, Mapping

import msgspec

from headwater.clock import now_ns
from headwater.event import Tally
from headwater.ids import trace_id


class Counts(msgspec.Struct, frozen=True, kw_only=True):
    """Items since the instance began; `created` is the sum of `accepted`, `kept` and all that was dropped.

    `sent` were handed to the wire at least once, `accepted` acknowledged by the server, `kept` wait for either.
    """

    created: int = 0
    sent: int = 0
    accepted: int = 0
    kept: int = 0
    dropped: Mapping[str, int] = {}

    @property
    def settled(self) -> int:
        """Items about which nothing more will happen."""
        return self.created - self.kept


class Flushed(msgspec.Struct, frozen=True, kw_only=True):
    """What a flush found, since the process began: acknowledged by the server, still kept, dropped by reason."""

    sent: int = 0
    kept: int = 0
    dropped: Mapping[str, int] = {}


class Outcomes:
    """What became of items, as one thread counts it: one writer, any number of readers."""

    __slots__ = ("accepted", "dropped", "sent")

    def __init__(self) -> None:
        self.sent = 0
        self.accepted = 0
        self.dropped: dict[str, int] = {}

    def drop(self, reason: str, items: int = 1) -> None:
        """Count items that will not arrive."""
        if items:
            self.dropped[reason] = self.dropped.get(reason, 0) + items


def counts_of(created: int, writers: tuple[Outcomes, ...], lost: Mapping[str, int]) -> Counts:
    """Add up what the writers have counted."""
    dropped = dict(lost)
    for outcomes in writers:
        for reason, items in dict(outcomes.dropped).items():
            dropped[reason] = dropped.get(reason, 0) + items
    accepted = sum(outcomes.accepted for outcomes in writers)
    return Counts(
        created=created,
        sent=sum(outcomes.sent for outcomes in writers),
        accepted=accepted,
        kept=max(0, created - accepted - sum(dropped.values())),
        dropped=dropped,
    )


class Ledger:
    """One instance's account. `count` says how things stand; requests are numbered from 1 by whoever sends them."""

    def __init__(self, count: Callable[[], Counts]) -> None:
        self.instance = trace_id()
        self.began_ns = now_ns()
        self.counts = count
        self._seq = 0
        self._saying: Tally | None = None
        self._said: Tally | None = None

    @classmethod
    def of_the_dead(cls, left: Tally, outcomes: Outcomes) -> "Ledger":
        """Take up the account of an instance that ended; `outcomes` counts what became of what it left."""
        before = Outcomes()
        before.sent, before.accepted, before.dropped = left.sent, left.accepted, dict(left.dropped)
        ledger = cls(lambda: counts_of(left.created, (before, outcomes), {}))
        ledger.instance, ledger.began_ns, ledger._seq = left.instance, left.began_ns, left.seq - 1
        return ledger

    def now(self) -> Tally:
        """Say how things stand, as the next request will tell it."""
        counts = self.counts()
        return Tally(
            instance=self.instance,
            began_ns=self.began_ns,
            seq=self._seq + 1,
            created=counts.created,
            sent=counts.sent,
            accepted=counts.accepted,
            kept=counts.kept,
            dropped=counts.dropped,
        )

    def header(self) -> str:
        """Say how things stand to the next request."""
        self._saying = self.now()
        self._seq += 1
        return msgspec.json.encode(self._saying).decode()

    def heard(self) -> None:
        """Note that the last header arrived."""
        self._said = self._saying

    def is_news(self, is_last: bool) -> bool:
        """Whether the server was not told how things stand. Its own answers are news only when it is told for the last
        time: until then the next request tells them."""
        said, counts = self._said or Counts(), self.counts()
        if is_last and said.accepted != counts.accepted:
            return True
        return said.created != counts.created or said.dropped != counts.dropped
