"""Background: what the program does not wait for. A thread for each server does it, one errand after the other.

An errand that fails in passing is tried again, and what came after it waits, so the order stays. What waits is bounded:
beyond that the oldest is dropped and counted. The end of the program waits for it, but no longer than some seconds.
"""

import atexit
import contextlib
import os
import sys
import threading
from collections.abc import Callable
from queue import Empty, SimpleQueue
from typing import Any, Protocol

from headwater.clock import monotonic_s
from headwater.compat.prysmai.client.config import logger

Errand = Callable[[], bool]
"""Does something that takes time. False: it could not be done now, and may be tried again."""

_MOST = 2_000
_RETRY_FOR_S = 120.0
_FIRST_PAUSE_S = 0.2
_LONGEST_PAUSE_S = 10.0
EXIT_S = 5.0


class Holder(Protocol):
    """Somebody who collects until it is time to send."""

    def due_s(self) -> float:
        """When that is, on the monotonic clock."""
        ...

    def hand_over(self) -> None:
        """Give what was collected to the background."""
        ...


class Background:
    """The errands to one server."""

    def __init__(self) -> None:
        self.dropped = 0
        self._errands: SimpleQueue[Errand | None] = SimpleQueue()
        self._holders: dict[int, Holder] = {}
        self._hurry = threading.Event()
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None

    def put(self, errand: Errand) -> None:
        """Have an errand done. Never blocks, never raises."""
        while self._errands.qsize() >= _MOST:
            with contextlib.suppress(Empty):
                self._drop(self._errands.get_nowait())
        self._errands.put(errand)
        self._start()

    def hold(self, holder: Holder) -> None:
        """Ask a holder when its time has come; once, until it comes again."""
        if id(holder) not in self._holders:
            self._holders[id(holder)] = holder
            self._errands.put(None)
            self._start()

    def let_go(self, holder: Holder) -> None:
        """A holder holds nothing more."""
        self._holders.pop(id(holder), None)

    def flush(self, timeout_s: float) -> bool:
        """Wait until all that was put is done, for at most so many seconds; whether it is."""
        for holder in list(self._holders.values()):
            holder.hand_over()
        done = threading.Event()

        def tell() -> bool:
            done.set()
            return True

        self.put(tell)
        self._hurry.set()
        if self._thread is None:
            self._do_here()
        return done.wait(timeout_s)

    def _do_here(self) -> None:
        """Do each errand once, where there can be no thread: at the very end of an interpreter."""
        with contextlib.suppress(Empty):
            while True:
                errand = self._errands.get_nowait()
                with contextlib.suppress(Exception):
                    if errand is not None:
                        errand()

    def _start(self) -> None:
        if self._thread is not None or not self._starting.acquire(blocking=False):
            return
        try:
            if self._thread is None:
                thread = threading.Thread(target=self._run, name="headwater-prysm", daemon=True)
                thread.start()
                self._thread = thread
                _leave_with_multiprocessing()
        except RuntimeError:
            logger.debug("no thread can be started; what waits is sent at the end, if it can be")
        finally:
            self._starting.release()

    def _run(self) -> None:
        while True:
            with contextlib.suppress(Empty):
                errand = self._errands.get(timeout=self._pause_s())
                if errand is not None:
                    self._do(errand)
            for holder in list(self._holders.values()):
                if holder.due_s() <= monotonic_s():
                    holder.hand_over()

    def _pause_s(self) -> float | None:
        due = [holder.due_s() for holder in list(self._holders.values())]
        return max(0.0, min(due) - monotonic_s()) if due else None

    def _do(self, errand: Errand) -> None:
        until_s, pause_s = monotonic_s() + _RETRY_FOR_S, _FIRST_PAUSE_S
        while True:
            try:
                if errand():
                    return
            except Exception:  # noqa: BLE001 - whatever an errand does, the thread goes on with the next
                logger.debug("an errand failed", exc_info=True)
                return
            if monotonic_s() > until_s:
                self._drop(errand)
                return
            self._hurry.clear()
            self._hurry.wait(pause_s)
            pause_s = min(2 * pause_s, _LONGEST_PAUSE_S)

    def _drop(self, errand: Errand | None) -> None:
        if errand is not None:
            self.dropped += 1
            logger.warning("%d reports could not be delivered and were dropped", self.dropped)


_all: dict[str, Background] = {}


def background_for(origin: str) -> Background:
    """The one for a server, by its address. It is never kept by who uses it: a forked process has others."""
    return _all.get(origin) or _all.setdefault(origin, Background())


def _leave() -> None:
    until_s = monotonic_s() + EXIT_S
    for background in list(_all.values()):
        with contextlib.suppress(Exception):
            background.flush(max(0.0, until_s - monotonic_s()))


def _leave_with_multiprocessing() -> None:
    """A child of multiprocessing ends without running `atexit`, but it runs its own finalizers."""
    process: Any = sys.modules.get("multiprocessing.process")
    util: Any = sys.modules.get("multiprocessing.util")
    if process is not None and util is not None and process.parent_process() is not None:
        util.Finalize(None, _leave, exitpriority=-1000)


def _start_anew() -> None:
    _all.clear()


atexit.register(_leave)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_start_anew)
