"""A program that has recorded something and then ends, in the way that it is told."""

import atexit
import os
import signal
import sys
import threading
from collections.abc import Callable
from typing import Any

mark: Callable[[Any], Any] = globals()["mark"]


@mark
def work(number: int) -> int:
    """Something to record."""
    return number + 1


@mark
def interrupted() -> None:
    """Be interrupted as by Ctrl-C, in the middle of something marked.

    Python forgets that it was interrupted when modules are loaded afterwards, so whoever watches may load his before.
    """
    headwater = sys.modules.get("headwater")
    if headwater is not None:
        headwater.flush(60)
    signal.raise_signal(signal.SIGINT)


def _raise() -> None:
    raise RuntimeError("the program's own")


def _raise_in_a_thread() -> None:
    thread = threading.Thread(target=_raise, name="worker")
    thread.start()
    thread.join()


ENDS: dict[str, Callable[[], Any]] = {
    "quietly": lambda: None,
    "with a code": lambda: sys.exit(3),
    "with a message": lambda: sys.exit("the program's own last words"),
    "with an exception": _raise,
    "with an exception in a thread": _raise_in_a_thread,
    "at once": lambda: os._exit(4),
    "terminated": lambda: os.kill(os.getpid(), signal.SIGTERM),
    "interrupted": interrupted,
}


def main(how: str) -> None:
    """Work, and end."""
    atexit.register(lambda: sys.stdout.write("the program's own exit function\n"))
    for number in range(50):
        sys.stdout.write(f"{work(number)}\n")
    sys.stdout.flush()
    ENDS[how]()


if __name__ == "__main__":
    main(sys.argv[1])
