"""Calm: no fork in the midst of what a child could not finish.

A fork copies one thread. Where ours is loading a module at that moment, the child finds it half loaded, under a lock
that nobody will ever release. So our thread says when it does more than wait, and a fork lets it finish that first: a
fraction of a millisecond for an item, some milliseconds for the modules at its start; never longer than a second.
"""

import os
import threading
from contextlib import suppress

_WAIT_S = 1.0


class Calm:
    """`with calm:` around what must not be cut by a fork."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._forking = threading.local()

    def __enter__(self) -> None:
        self._lock.acquire()

    def __exit__(self, *_: object) -> None:
        with suppress(RuntimeError):  # in a child that was forked in between, the lock is another
            self._lock.release()

    def before_fork(self) -> None:
        """Wait until nothing is going on, and keep it so."""
        self._forking.is_held = self._lock.acquire(timeout=_WAIT_S)

    def after_fork_in_parent(self) -> None:
        """Go on."""
        if getattr(self._forking, "is_held", False):
            self._lock.release()

    def after_fork_in_child(self) -> None:
        """Whoever held the lock does not exist here."""
        self._lock = threading.RLock()


calm = Calm()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(
        before=calm.before_fork,
        after_in_parent=calm.after_fork_in_parent,
        after_in_child=calm.after_fork_in_child,
    )
