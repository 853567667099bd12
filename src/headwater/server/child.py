"""What every child process shares: its orders on standard input, whose end means that the supervisor is gone."""

import contextlib
import ctypes
import gc
import os
import signal
import sys
import threading
from types import FrameType

import msgspec

from headwater.server.settings import Settings


class Orders(msgspec.Struct, frozen=True, kw_only=True):
    """What the supervisor tells a child. `sockets` are inherited descriptors, `store_dsn` holds the store's secret."""

    name: str
    settings: Settings
    store_dsn: str
    base_url: str
    sockets: tuple[int, ...] = ()


def read_orders() -> Orders:
    """Read the orders: one line of JSON."""
    return msgspec.json.decode(sys.stdin.buffer.readline(), type=Orders)


def stop_on_signal_or_orphaned(stop: threading.Event) -> None:
    """Set `stop` on SIGTERM, and when the supervisor has died. Interrupts from the keyboard are the supervisor's."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)

    def set_stop(number: int, frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, set_stop)

    def watch() -> None:
        # Past Python's own buffer: its lock, held by this thread, would abort the interpreter's shutdown.
        while os.read(sys.stdin.fileno(), 4096):
            pass
        stop.set()

    threading.Thread(target=watch, name="orphan-watch", daemon=True).start()


def collect_garbage_seldom() -> None:
    """Leave what was loaded at the start out of every collection, and look at the old generation seldom: a process that
    makes thousands of rows a second and remembers some hundred thousand would walk them all again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)


def give_memory_back() -> None:
    """Return to the system what the allocator holds free, as far as it can: it keeps what a busy time has taken."""
    gc.collect()
    with contextlib.suppress(OSError, AttributeError):  # an allocator of another kind than glibc's
        ctypes.CDLL(None).malloc_trim(0)


def be_nice(level: int) -> None:
    """Give way to the edges: what answers senders goes before what loads."""
    try:
        os.nice(level)
    except OSError:
        return
