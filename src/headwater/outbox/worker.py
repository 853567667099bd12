"""Worker: the thread that reads, sends, and tells those who wait; with a spool, a second one sends.

Without a spool a batch is sent as soon as it is made. With one, the first thread only writes batches to disk, promptly
whatever the server does, and the second sends what is there.
"""

import contextlib
import logging
from collections import deque
from collections.abc import Callable, Generator, Iterator
from threading import Event, Lock, Thread

import msgspec

from headwater.clock import monotonic_s
from headwater.outbox.bell import Bell
from headwater.outbox.calm import calm
from headwater.outbox.deliver import Delivery
from headwater.outbox.item import Batch
from headwater.outbox.ledger import Counts, Ledger, Outcomes, counts_of
from headwater.outbox.queue import Queue
from headwater.outbox.reading import Prepare, Reader
from headwater.outbox.send import Sender
from headwater.outbox.settings import OutboxSettings
from headwater.outbox.spool import Estate, Spool, Stored

_log = logging.getLogger("headwater.outbox")

_SPOOL_INTERVAL_S = 0.2
_QUIET_S = 60.0


class _Waiter(msgspec.Struct, frozen=True):
    """Somebody who waits until so many items are settled, at most until then."""

    settled: int
    until_s: float
    is_last: bool
    done: Callable[[], object]


class Worker:
    """All that one instance has: queue, counters, connection, spool, threads. A forked child gets another."""

    def __init__(self, settings: OutboxSettings, prepare: Prepare) -> None:
        self.is_started = False
        self._settings = settings
        self._more, self._hurry, self._filled = Bell(), Bell(), Bell()
        self.queue = Queue(settings.queue_bytes, settings.batch_items, settings.batch_bytes, self._more)
        self._sender = Sender(settings)
        self._outcomes = Outcomes()
        self._ledger = Ledger(self.counts)
        self._reader = Reader(self.queue, settings, self._ledger.instance, prepare, self._sender.has_gzip)
        self._spool: Spool | None = None
        self._shelf: deque[Stored | Batch] = deque()
        self._delivery = self._deliver_for(settings.retry_for_s)
        self._waiters: list[_Waiter] = []
        self._told_s = monotonic_s()
        self._is_ending = False
        self._starting = Lock()
        self._threads: list[Thread] = []

    def counts(self) -> Counts:
        """Say how things stand."""
        return counts_of(self.queue.created, (self._reader.outcomes, self._outcomes), self.queue.dropped)

    def start(self) -> bool:
        """Start the thread, unless another caller is doing so. Raises RuntimeError where none can be started."""
        if not self._starting.acquire(blocking=False):
            return False
        try:
            if self.is_started:
                return False
            self._start(self._run)
            self.is_started = True
        finally:
            self._starting.release()
        return True

    def wait(self, timeout_s: float, is_last: bool) -> None:
        """Wait until what was made by now is settled and the server knows, but no longer than so many seconds."""
        done = Event()
        self.when_settled(timeout_s, is_last, done.set)
        done.wait(max(0.0, timeout_s))

    def when_settled(self, timeout_s: float, is_last: bool, done: Callable[[], object]) -> None:
        """Have `done` called, in the thread, when what was made by now is settled, or about when time is up."""
        self._waiters.append(_Waiter(self.queue.made(), monotonic_s() + timeout_s, is_last, done))
        self._ring()

    def end(self, timeout_s: float) -> None:
        """End the threads, and wait for that no longer than so many seconds."""
        until_s = monotonic_s() + timeout_s
        self._is_ending = True
        self._ring()
        for thread in list(self._threads):
            thread.join(max(0.0, until_s - monotonic_s()))

    def forget(self) -> None:
        """Let go, in a forked child, of what belongs to its parent."""
        self._sender.close()
        if self._spool is not None:
            self._spool.forget()

    def _deliver_for(self, retry_for_s: float | None) -> Delivery:
        return Delivery(self._sender, self._hurry, retry_for_s, lambda: self._is_ending)

    def _start(self, run: Callable[[], None]) -> None:
        thread = Thread(target=run, name="headwater-outbox", daemon=True)
        thread.start()
        self._threads.append(thread)

    def _ring(self) -> None:
        self._more.ring()
        self._hurry.ring()
        self._filled.ring()

    def _run(self) -> None:
        with calm:
            self._sender.load()
        spool = self._open_spool()
        if spool is None:
            self._repeat(self._send_what_waits, self._more, self._settings.interval_s)
            self._sender.close()
            return
        self._repeat(lambda: self._store_what_waits(spool), self._more, _SPOOL_INTERVAL_S)

    def _repeat(self, step: Callable[[], None], bell: Bell, interval_s: float) -> None:
        while not self._is_ending:
            bell.wait(interval_s)
            try:
                step()
            except Exception:  # noqa: BLE001 - whatever happens, the thread goes on with the next
                _log.debug("a step of the outbox failed", exc_info=True)

    def _send_what_waits(self) -> None:
        while batches := self._reader.read():
            for batch in batches:
                if not self._deliver(batch):
                    return
                self.queue.release(batch.held_bytes)
            self._answer_waiters()
        self._rest()

    def _rest(self) -> None:
        """Nothing waits: answer those who asked for that, and now and then tell the server how things stand."""
        self._answer_waiters()
        if monotonic_s() - self._told_s > _QUIET_S and self._ledger.is_news(is_last=True):
            self._tell()

    def _deliver(self, batch: Batch) -> bool:
        self._told_s = monotonic_s()
        return self._delivery.deliver(batch, self._ledger, self._outcomes)

    def _tell(self) -> None:
        self._told_s = monotonic_s()
        self._delivery.tell(self._ledger)

    def _answer_waiters(self) -> None:
        for waiter in list(self._waiters):
            is_settled = self.counts().settled >= waiter.settled
            if is_settled and self._ledger.is_news(waiter.is_last):
                self._tell()
            if is_settled or monotonic_s() > waiter.until_s:
                self._waiters.remove(waiter)
                with contextlib.suppress(RuntimeError):  # an event loop that is closed meanwhile
                    waiter.done()

    def _open_spool(self) -> Spool | None:
        if not self._settings.spool:
            return None
        try:
            spool = Spool(self._settings.spool, self._ledger.instance, self._settings.spool_bytes)
        except OSError as error:
            _log.debug("no spool: %s", error)
            return None
        try:
            self._delivery = self._deliver_for(None)
            self._spool = spool
            self._start(lambda: self._run_sending(spool))
        except RuntimeError:
            spool.close()
            return None
        return spool

    def _store_what_waits(self, spool: Spool) -> None:
        while batches := self._reader.read():
            for batch in batches:
                self._store(spool, batch)
            self._filled.ring()
        if self._waiters:
            # What was dropped while it was read may be all that they wait for.
            self._filled.ring()

    def _store(self, spool: Spool, batch: Batch) -> None:
        """Put a batch on disk; where that fails it stays in memory, which is bounded by the queue."""
        try:
            # The ledger first: whoever finds the batch must know that it was made.
            spool.note(self._ledger.now())
            stored = spool.add(batch)
        except OSError as error:
            _log.debug("the spool cannot be written: %s", error)
            self._shelf.append(batch)
            return
        if stored is None:
            self._reader.outcomes.drop("spool full", batch.items)
        else:
            self._shelf.append(stored)
        self.queue.release(batch.held_bytes)

    def _run_sending(self, spool: Spool) -> None:
        inherited = self._send_what_the_dead_left(spool)
        with contextlib.closing(inherited):
            self._repeat(lambda: self._send_what_is_stored(spool, inherited), self._filled, self._settings.interval_s)
        self._sender.close()
        spool.close()

    def _send_what_is_stored(self, spool: Spool, inherited: Iterator[bool]) -> None:
        while self._shelf:
            if not self._send_stored(self._shelf[0], self._ledger, self._outcomes):
                return
            self._shelf.popleft()
            spool.note(self._ledger.now())
            self._answer_waiters()
        self._rest()
        if next(inherited, False):
            self._filled.ring()

    def _send_stored(self, stored: Stored | Batch, ledger: Ledger, outcomes: Outcomes) -> bool:
        """Send a batch, from disk mostly; False where the end came before."""
        if isinstance(stored, Batch):
            is_settled = self._delivery.deliver(stored, ledger, outcomes)
            if is_settled:
                self.queue.release(stored.held_bytes)
            return is_settled
        try:
            batch = stored.batch()
        except OSError as error:
            _log.debug("a file of the spool cannot be read: %s", error)
            outcomes.drop("unreadable", stored.items)
            return True
        self._told_s = monotonic_s()
        is_settled = self._delivery.deliver(batch, ledger, outcomes)
        if is_settled:
            stored.path.unlink(missing_ok=True)
        return is_settled

    def _send_what_the_dead_left(self, spool: Spool) -> Generator[bool]:
        """Send, file by file, what other instances left; False where nothing is left, and now and then look again."""
        while True:
            for estate in spool.estates():
                with contextlib.closing(estate):
                    if self._is_ending:
                        return
                    yield from self._settle(estate)
            looked_s = monotonic_s()
            while monotonic_s() - looked_s < _QUIET_S:
                yield False

    def _settle(self, estate: Estate) -> Generator[bool]:
        """Send what a dead instance left, under its own ledger."""
        outcomes = Outcomes()
        ledger = Ledger.of_the_dead(estate.tally, outcomes)
        for stored in estate.files:
            if not self._send_stored(stored, ledger, outcomes):
                return
            estate.note(ledger.now())
            yield True
        if estate.files and ledger.is_news(is_last=True):
            self._delivery.tell(ledger)
