"""Asking: questions block, the event loop must not; so they run in a bounded number of threads. Who asks on and on
takes a seat, of which there are only so many."""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

from headwater.errors import Unavailable

Answered = TypeVar("Answered")


class Asker:
    """Runs blocking calls in its own threads, and refuses more than may wait, instead of queueing without end."""

    def __init__(self, threads: int, waiting: int) -> None:
        self._pool = ThreadPoolExecutor(max_workers=threads, thread_name_prefix="question")
        self._bound = threads + waiting
        self._pending = 0
        self._lock = threading.Lock()

    async def ask(self, question: Callable[[], Answered]) -> Answered:
        """Return what `question()` returns. Raises Unavailable when too many already wait."""
        self._enter()
        future = self._pool.submit(question)
        # Counted down when the thread is done, not when a browser stops waiting: its question still takes a thread.
        future.add_done_callback(self._leave)
        return await asyncio.wrap_future(future)

    def close(self) -> None:
        """Let no new question in; those that run end by themselves."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _enter(self) -> None:
        with self._lock:
            if self._pending >= self._bound:
                raise Unavailable(f"{self._pending} questions already wait for the store; ask again in a moment")
            self._pending += 1

    def _leave(self, _: Future[Any]) -> None:
        with self._lock:
            self._pending -= 1


class Seats:
    """Places for those whose request asks again and again; used on the event loop only."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._taken = 0

    def take(self) -> None:
        """Take a seat; raises Unavailable when none is left."""
        if self._taken >= self._count:
            raise Unavailable(f"{self._taken} lists are followed live already; try again in a moment")
        self._taken += 1

    def leave(self) -> None:
        """Give a seat back."""
        self._taken -= 1
