"""A lock that a forked child finds free: whoever held it in the parent does not exist there."""

import os
import threading
from types import TracebackType


class Lock:
    """One thread within at a time; the same may enter again. Made once, for as long as the process lives."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self._free)

    def __enter__(self) -> None:
        self._lock.acquire()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._lock.release()

    def _free(self) -> None:
        self._lock = threading.RLock()
