"""From items to batches: each is told, prepared, encoded, and put with its like; what fails is counted."""

from collections.abc import Callable

from headwater.clock import sleep, ticks_ns
from headwater.event import Span, Told
from headwater.outbox.calm import calm
from headwater.outbox.encode import Wrapping, encode_log, encode_span
from headwater.outbox.item import Batch, Item, Signal
from headwater.outbox.ledger import Outcomes
from headwater.outbox.queue import Queue
from headwater.outbox.send import compressed
from headwater.outbox.settings import OutboxSettings

# A program's threads wait no longer than this for us, and a hand-over of the interpreter is not paid for every item.
_AT_A_STRETCH_NS = 250_000

Prepare = Callable[[Told], Told | None]


class _Heap:
    """Records of one signal that are to go together."""

    def __init__(self) -> None:
        self.records: list[bytes] = []
        self.record_bytes = 0
        self.held_bytes = 0


class Reader:
    """Makes batches of what waits in the queue. One thread's; it lets others run every quarter of a millisecond."""

    def __init__(self, queue: Queue, settings: OutboxSettings, instance: str, prepare: Prepare, has_gzip: bool) -> None:
        self.outcomes = Outcomes()
        self._queue = queue
        self._prepare = prepare
        self._has_gzip = has_gzip
        self._batch_items = settings.batch_items
        self._batch_bytes = settings.batch_bytes
        # By it a span's process is found in the ledger.
        self._wrapping = Wrapping({**settings.resource, "service.instance.id": instance})

    def read(self) -> list[Batch]:
        """Take items until a batch is full or nothing waits; at most one batch of each signal, none for nothing."""
        heaps: dict[Signal, _Heap] = {"traces": _Heap(), "logs": _Heap()}
        rested_ns = ticks_ns()
        while (taken := self._queue.take()) is not None:
            item, size = taken
            with calm:
                record = self._record(item)
            del item, taken
            if ticks_ns() - rested_ns > _AT_A_STRETCH_NS:
                sleep(0)
                rested_ns = ticks_ns()
            if record is None:
                self._queue.release(size)
                continue
            heap = heaps[record[0]]
            heap.records.append(record[1])
            heap.record_bytes += len(record[1])
            heap.held_bytes += size
            if len(heap.records) >= self._batch_items or heap.record_bytes >= self._batch_bytes:
                break
        return [self._batch(signal, heap) for signal, heap in heaps.items() if heap.records]

    def _record(self, item: Item) -> tuple[Signal, bytes] | None:
        try:
            told = item.told()
        except BaseException:  # noqa: BLE001 - bytes of others are read here; and nothing may end this thread
            told = None
        if told is None:
            return self._drop("unreadable")
        try:
            prepared = self._prepare(told)
        except BaseException:  # noqa: BLE001 - the user's own hook runs here, and may even try to exit
            return self._drop("hook failed")
        if prepared is None:
            return self._drop("hook")
        try:
            return ("traces", encode_span(prepared)) if isinstance(prepared, Span) else ("logs", encode_log(prepared))
        except BaseException:  # noqa: BLE001 - a program's own objects are shown here
            return self._drop("unreadable")

    def _drop(self, reason: str) -> None:
        self.outcomes.drop(reason)

    def _batch(self, signal: Signal, heap: _Heap) -> Batch:
        body = self._wrapping.body(signal, heap.records)
        return Batch(
            signal=signal,
            items=len(heap.records),
            body=compressed(body) if self._has_gzip else body,
            is_gzip=self._has_gzip,
            held_bytes=heap.held_bytes,
        )
