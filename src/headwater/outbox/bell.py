"""Bell: one thread sleeps until another rings.

A bare lock, because it is safe where an Event is not: ringing never blocks, not even when a signal handler or a
finalizer rings in the midst of ringing.
"""

from threading import Lock


class Bell:
    """Rung any number of times, it wakes its one waiter once."""

    __slots__ = ("_lock",)

    def __init__(self) -> None:
        self._lock = Lock()
        self._lock.acquire()

    def ring(self) -> None:
        """Wake the waiter, or let its next wait return at once."""
        if self._lock.locked():
            try:
                self._lock.release()
            except RuntimeError:
                return  # Another thread rang between the two lines.

    def wait(self, timeout_s: float) -> bool:
        """Sleep until it rings; False where it did not for that many seconds."""
        return self._lock.acquire(timeout=max(0.0, timeout_s))
