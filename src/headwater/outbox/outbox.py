"""Outbox: the face of it all, and what ties it to the process: exit, fork, multiprocessing's children."""

import atexit
import contextlib
import os
import sys
from weakref import WeakSet

from headwater.clock import monotonic_s
from headwater.event import Told
from headwater.outbox.item import Item
from headwater.outbox.ledger import Counts, Flushed
from headwater.outbox.reading import Prepare
from headwater.outbox.settings import OutboxSettings
from headwater.outbox.worker import Worker


def _as_it_is(told: Told) -> Told | None:
    return told


class Outbox:
    """Takes items from any thread and sees to it that they arrive.

    `prepare` runs in the outbox's thread on each span or log event before it is encoded: what it returns is sent, None
    drops it (reason "hook"), and so does raising (reason "hook failed").
    """

    def __init__(self, settings: OutboxSettings, prepare: Prepare = _as_it_is) -> None:
        self._settings = settings
        self._prepare = prepare
        self._is_closed = False
        self._worker = Worker(settings, prepare)
        _all.add(self)
        atexit.register(self._leave)

    def put(self, item: Item) -> bool:
        """Take an item; False after `close`. Never blocks, never raises.

        Over the bound of bytes the oldest item that waits is dropped (reason "queue full").
        """
        try:
            if self._is_closed:
                return False
            worker = self._worker
            worker.queue.put(item)
            if not worker.is_started:
                self._start(worker)
        except Exception:  # noqa: BLE001 - this runs in the midst of a user's program
            return False
        return True

    def count_dropped(self, reason: str, items: int = 1) -> None:
        """Count items that should have been put and could not be made. Never raises."""
        with contextlib.suppress(Exception):
            worker = self._worker
            worker.queue.lose(reason, items)
            if not worker.is_started and not self._is_closed:
                self._start(worker)

    def flush(self, timeout_s: float) -> Flushed:
        """Send what waits now, waiting at most so many seconds; return how things stand then. Never raises."""
        self._wait(timeout_s, is_last=False)
        return self._flushed()

    async def aflush(self, timeout_s: float) -> Flushed:
        """`flush` for a coroutine: others of its event loop go on meanwhile."""
        import asyncio

        worker = self._worker
        if not self._is_closed and worker.queue.made():
            loop = asyncio.get_running_loop()
            settled = asyncio.Event()
            if not worker.is_started:
                self._start(worker)
            worker.when_settled(timeout_s, False, lambda: loop.call_soon_threadsafe(settled.set))
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(settled.wait(), timeout_s)
        return self._flushed()

    def close(self, timeout_s: float) -> Flushed:
        """Flush, then end the threads; both within so many seconds. Never raises."""
        until_s = monotonic_s() + timeout_s
        self._wait(timeout_s, is_last=True)
        self._is_closed = True
        with contextlib.suppress(Exception):
            atexit.unregister(self._leave)
            self._worker.end(until_s - monotonic_s())
        return self._flushed()

    def counts(self) -> Counts:
        """Return how things stand, since the process began or was forked."""
        return self._worker.counts()

    def start_anew(self) -> None:
        """Become the outbox of a child that was just forked: nothing waits, nothing is counted, nothing is open."""
        parents = self._worker
        self._worker = Worker(self._settings, self._prepare)
        parents.forget()

    def _flushed(self) -> Flushed:
        counts = self.counts()
        return Flushed(sent=counts.accepted, kept=counts.kept, dropped=counts.dropped)

    def _wait(self, timeout_s: float, is_last: bool) -> None:
        worker = self._worker
        if self._is_closed or worker.queue.made() == 0:
            return
        with contextlib.suppress(Exception):
            if not worker.is_started:
                self._start(worker)
            worker.wait(timeout_s, is_last)

    def _leave(self) -> None:
        self._wait(self._settings.exit_timeout_s, is_last=True)

    def _start(self, worker: Worker) -> None:
        if worker.start():
            _leave_with_multiprocessing(self)


def _leave_with_multiprocessing(outbox: Outbox) -> None:
    """A child of multiprocessing ends without running `atexit`, but it runs its own finalizers."""
    process = sys.modules.get("multiprocessing.process")
    util = sys.modules.get("multiprocessing.util")
    if process is not None and util is not None and process.parent_process() is not None:
        util.Finalize(None, outbox._leave, exitpriority=_LAST)  # pyright: ignore[reportPrivateUsage] - the same file


def _start_all_anew() -> None:
    for outbox in list(_all):
        with contextlib.suppress(Exception):
            outbox.start_anew()


_LAST = -1000
_all: WeakSet[Outbox] = WeakSet()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_start_all_anew)
