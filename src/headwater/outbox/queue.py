"""Queue: items between the program's threads and ours, bounded by their bytes.

A caller never waits. It appends to `_arrived`, which is atomic, and whoever finds the gate open moves everything that
arrived into the queue; who finds it shut leaves its item to the holder, who looks again after opening it. So a put in
a signal handler, in a finalizer or in the midst of another put cannot lock anything up. All counters here have one
writer at a time, the gate's holder.
"""

from collections import deque
from threading import Lock
from typing import NamedTuple

from headwater.outbox.bell import Bell
from headwater.outbox.item import Item

QUEUE_FULL = "queue full"
# The gate is shut for microseconds; for longer only while another thread has the interpreter.
_PATIENCE_S = 0.1


class _Lost(NamedTuple):
    """Items that were lost before they came here."""

    reason: str
    items: int


class Queue:
    """`limit_bytes` bounds what waits and what was taken but not released; `much` rings when that makes a batch."""

    def __init__(self, limit_bytes: int, batch_items: int, batch_bytes: int, much: Bell) -> None:
        self.created = 0
        self.dropped: dict[str, int] = {}
        self._limit_bytes = limit_bytes
        self._batch_items = batch_items
        self._batch_bytes = batch_bytes
        self._much = much
        self._arrived: deque[tuple[Item, int] | _Lost] = deque()
        self._waiting: deque[tuple[Item, int]] = deque()
        self._waiting_bytes = 0
        self._taken_bytes = 0
        self._gate = Lock()

    def put(self, item: Item) -> None:
        """Append an item; over the limit the oldest that waits is dropped."""
        self._arrived.append((item, item.size_bytes))
        self._let_in()
        if len(self._waiting) >= self._batch_items or self._waiting_bytes >= self._batch_bytes:
            self._much.ring()

    def lose(self, reason: str, items: int) -> None:
        """Count items that were made and lost before they could be put."""
        self._arrived.append(_Lost(reason, items))
        self._let_in()

    def made(self) -> int:
        """How many items were made until now, those with them that are still on their way in."""
        self._let_in()
        if self._arrived and self._gate.acquire(timeout=_PATIENCE_S):
            self._gate.release()
            self._let_in()
        return self.created

    def take(self) -> tuple[Item, int] | None:
        """Return the oldest item and its bytes, which count until they are released; None where nothing waits."""
        self._let_in()
        taken = None
        with self._gate:
            if self._waiting:
                taken = self._waiting.popleft()
                self._waiting_bytes -= taken[1]
                self._taken_bytes += taken[1]
        self._let_in()
        return taken

    def release(self, size_bytes: int) -> None:
        """Say that taken items are held no more."""
        with self._gate:
            self._taken_bytes -= size_bytes
        self._let_in()

    def _let_in(self) -> None:
        arrived, waiting = self._arrived, self._waiting
        while arrived and self._gate.acquire(False):
            try:
                while arrived:
                    pair = arrived.popleft()
                    if isinstance(pair, _Lost):
                        self.created += pair.items
                        self._drop(pair.reason, pair.items)
                        continue
                    self.created += 1
                    waiting.append(pair)
                    self._waiting_bytes += pair[1]
                    while self._waiting_bytes + self._taken_bytes > self._limit_bytes and waiting:
                        self._waiting_bytes -= waiting.popleft()[1]
                        self._drop(QUEUE_FULL, 1)
            finally:
                self._gate.release()

    def _drop(self, reason: str, items: int) -> None:
        self.dropped[reason] = self.dropped.get(reason, 0) + items
