"""What came in and what became of it, counted since this process began."""

from collections import Counter

import msgspec


class Counted(msgspec.Struct, frozen=True, kw_only=True):
    """A reading of the counters. Keys are `door status` for requests, a reason for rejected items, and the code of the
    error for calls that the proxy refused.
    """

    requests: dict[str, int]
    items_accepted: dict[str, int]
    items_rejected: dict[str, int]
    bytes_accepted: int
    calls_refused: dict[str, int] = {}


class Counters:
    """Counts for the health page and the metrics; adding from several threads may lose nothing worse than order."""

    def __init__(self) -> None:
        self._requests: Counter[str] = Counter()
        self._accepted: Counter[str] = Counter()
        self._rejected: Counter[str] = Counter()
        self._refused: Counter[str] = Counter()
        self._bytes = 0

    def answered(self, door: str, status: int) -> None:
        """Count an answer by door and HTTP status."""
        self._requests[f"{door} {status}"] += 1

    def accepted(self, door: str, items: int, size_bytes: int) -> None:
        """Count items made durable."""
        self._accepted[door] += items
        self._bytes += size_bytes

    def rejected(self, reason: str, items: int) -> None:
        """Count items turned away for a reason."""
        if items:
            self._rejected[reason] += items

    def refused(self, code: str) -> None:
        """Count a call that the proxy answered with an error of ours instead of sending it on."""
        self._refused[code] += 1

    def reading(self) -> Counted:
        """What stands now."""
        return Counted(
            requests=dict(self._requests),
            items_accepted=dict(self._accepted),
            items_rejected=dict(self._rejected),
            bytes_accepted=self._bytes,
            calls_refused=dict(self._refused),
        )
