"""Making ahead: while one run is stored, the next is made by a process of its own, on another core."""

import contextlib
import fcntl
import queue
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

import msgspec

from headwater.errors import HeadwaterError
from headwater.loader.made import Made, decode
from headwater.loader.settings import LoaderSettings
from headwater.pricing import OwnPrice

PRICES = b"prices "
"""How a line begins that brings other prices; all others bring a token."""

_GIVE_UP_S = 0.05
_END_S = 10
_PIPE_BYTES = 1024 * 1024


class Orders(msgspec.Struct, frozen=True, kw_only=True):
    """What the process is told: whose journal, from which positions on, and how."""

    journal: str
    positions: Mapping[str, int]
    settings: LoaderSettings
    prices: Sequence[OwnPrice]


class Ahead:
    """Runs made from a journal, in order, at most two of them ahead. For one reader."""

    def __init__(
        self, journal: Path, positions: Mapping[str, int], settings: LoaderSettings, prices: Sequence[OwnPrice]
    ) -> None:
        orders = Orders(journal=str(journal), positions=positions, settings=settings, prices=prices)
        command = [sys.executable, "-m", "headwater.loader.maker"]
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(command, stdin=pipe, stdout=pipe)  # noqa: S603  # our own module
        _widen(self._process.stdout)
        self._frames: queue.Queue[bytes | None] = queue.Queue(maxsize=1)
        self._is_over = threading.Event()
        self._say(msgspec.json.encode(orders))
        self._thread = threading.Thread(target=self._read, name="ahead", daemon=True)
        self._thread.start()

    def next(self, timeout_s: float) -> Made | None:
        """The next run; None where there is none within the time. Raises HeadwaterError when the process failed."""
        try:
            frame = self._frames.get(timeout=timeout_s)
        except queue.Empty:
            return None
        if frame is None:
            raise HeadwaterError("the process that makes rows has ended; its reason stands above in the log")
        return decode(frame)

    def stored(self, made: Made) -> None:
        """Say that all messages of a run are durable, so that they need not come again."""
        self._say(made.intent.token.encode())

    def reprice(self, own: Sequence[OwnPrice]) -> None:
        """Have the runs that are not begun yet priced with these own prices."""
        self._say(PRICES + msgspec.json.encode(own))

    def close(self) -> None:
        """End the process; nothing of it is needed any more."""
        self._is_over.set()
        self._process.terminate()
        self._process.wait(_END_S)
        for stream in (self._process.stdin, self._process.stdout):
            assert stream is not None  # noqa: S101  # both are pipes
            stream.close()
        self._thread.join(_END_S)

    def _say(self, line: bytes) -> None:
        stream = self._process.stdin
        assert stream is not None  # noqa: S101  # stdin=PIPE makes it so
        try:
            stream.write(line + b"\n")
            stream.flush()
        except BrokenPipeError:
            return  # its reader will tell

    def _read(self) -> None:
        stream = self._process.stdout
        assert stream is not None  # noqa: S101  # stdout=PIPE makes it so
        frame: bytes | None = b""
        while frame is not None and not self._is_over.is_set():
            frame = _frame(stream)
            while not self._is_over.is_set():
                try:
                    self._frames.put(frame, timeout=_GIVE_UP_S)
                    break
                except queue.Full:
                    continue


def _widen(stream: IO[bytes] | None) -> None:
    """A run is some megabytes: a pipe that takes one of them at once saves many changes from process to process."""
    if stream is not None and hasattr(fcntl, "F_SETPIPE_SZ"):
        with contextlib.suppress(OSError):
            fcntl.fcntl(stream, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)


def _frame(stream: IO[bytes]) -> bytes | None:
    """The next run as bytes, in which it waits: as rows it is four times as large. None where the process has ended."""
    try:
        head = stream.read(8)
        size = int.from_bytes(head, "big")
        body = stream.read(size) if len(head) == 8 else b""
    except (OSError, ValueError):
        return None
    return body if len(head) == 8 and len(body) == size else None
