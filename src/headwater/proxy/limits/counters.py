"""Counters: what the edge workers of one machine have counted together, in one mapped file under one lock.

    header | Spent of limits | Spent of names | Flying of limits | Flying of names

What callers name (users, sessions) is counted apart from what only we name (limits), so that no flood of made-up names
can crowd out the budget of a project or a key. A worker may die at any instruction: the kernel gives its lock back, and
each step below leaves a slot that means what it meant, or nothing. Nothing is synced to disk: the pages are the
kernel's, which outlives the workers, and which writes them out within half a minute.

One `Counters` a process, made after any fork, as a forked child would share its lock. No file of it may be deleted or
cut while a worker runs.
"""

import fcntl
import logging
import mmap
import os
import struct
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal, NamedTuple, Self

import msgspec

from headwater.errors import HeadwaterError

_log = logging.getLogger("headwater.proxy")
_MAGIC = b"headwater limits"
_VERSION = 1
# Magic, version, and the shape; then, in a word of its own, how many rows of workers were ever in use.
_HEADER = struct.Struct("=16s5q")
_ROWS_AT = 64
_HEADER_BYTES = 4096
_BUCKET = 64
_KEY_BYTES = 16
# Two months and a day: a window that ends later than that from now was written by a clock that was wrong.
_LONGEST_NS = 63 * 86_400 * 10**9


class Shape(msgspec.Struct, frozen=True, kw_only=True):
    """How much the file has room for. Slots come in multiples of 64; another shape is another file, begun at nothing.

    At the default it has 11 MB.
    """

    limits: int = 32_768
    """Windows of limits that count all calls together."""

    names: int = 131_072
    """Windows of users and sessions."""

    flying: int = 8_192
    """Subjects with calls under way, twice: of limits, and of users and sessions."""

    workers: int = 64
    """Workers at one time."""


DEFAULT_SHAPE = Shape()


class Window(NamedTuple):
    """A span of Unix nanoseconds, end excluded, and the end of the one that follows it."""

    start_ns: int
    end_ns: int
    next_end_ns: int


class _Keys:
    """Keys of 16 bytes. A key lies anywhere in the one bucket that its own bits name, so a slot can be given to another
    key without a gap in anyone's search."""

    def __init__(self, file: mmap.mmap, at: int, slots: int) -> None:
        self._file = file
        self._at = at
        self._buckets = slots // _BUCKET
        self.slots = slots

    def bucket(self, key: bytes) -> range:
        """The slots that the key may lie in."""
        first = int.from_bytes(key[:4], "little") % self._buckets * _BUCKET
        return range(first, first + _BUCKET)

    def find(self, key: bytes) -> int:
        """The key's slot, or -1. That 128 bits of a hash are met by chance, or across two keys, is not looked for."""
        start = self._at + int.from_bytes(key[:4], "little") % self._buckets * _BUCKET * _KEY_BYTES
        at = self._file.find(key, start, start + _BUCKET * _KEY_BYTES)
        return (at - self._at) // _KEY_BYTES if at >= 0 else -1

    def put(self, slot: int, key: bytes) -> None:
        """Give the slot to the key."""
        at = self._at + slot * _KEY_BYTES
        self._file[at : at + _KEY_BYTES] = key


class Spent:
    """Sums, each of one key's running window. To be used while `Counters` is held."""

    def __init__(
        self, keys: _Keys, ends: "memoryview[int]", amounts: "memoryview[float]", unknowns: "memoryview[int]"
    ) -> None:
        self._keys = keys
        self._ends = ends
        self._amounts = amounts
        self._unknowns = unknowns

    def used(self, key: bytes, window: Window) -> float:
        """The sum so far."""
        slot = self._keys.find(key)
        return self._amounts[slot] if slot >= 0 and self._is_in(slot, window) else 0.0

    def unknown(self, key: bytes, window: Window) -> int:
        """How many calls are missing from the sum, as nobody knows their amount."""
        slot = self._keys.find(key)
        return self._unknowns[slot] if slot >= 0 and self._is_in(slot, window) else 0

    def add(self, key: bytes, window: Window, now_ns: int, amount: float, unknown: int = 0) -> bool:
        """Add to the sum and to the calls missing from it. False: no slot is free, and nothing was counted."""
        slot = self._keys.find(key)
        if slot < 0:
            slot = self._free(key, now_ns)
            if slot < 0:
                return False
            self._begin(slot, key, window)
        elif not self._is_in(slot, window):
            self._begin(slot, key, window)
        self._amounts[slot] += amount
        if unknown:
            self._unknowns[slot] += unknown
        return True

    def _is_in(self, slot: int, window: Window) -> bool:
        """Whether the slot counts this window, or the next: a worker that read its clock just before the turn of a
        window may come after one that read it just behind, and must not set that one's count back."""
        return window.end_ns <= self._ends[slot] <= window.next_end_ns

    def _begin(self, slot: int, key: bytes, window: Window) -> None:
        # The end comes last: until then the slot's window is over, whoever's key it bears.
        self._amounts[slot] = 0.0
        self._unknowns[slot] = 0
        self._keys.put(slot, key)
        self._ends[slot] = window.end_ns

    def _free(self, key: bytes, now_ns: int) -> int:
        bucket = self._keys.bucket(key)
        latest_ns = now_ns + _LONGEST_NS
        for slot, end_ns in enumerate(self._ends[bucket.start : bucket.stop].tolist(), bucket.start):
            if end_ns <= now_ns or end_ns > latest_ns:
                return slot
        return -1


class Flying:
    """Calls under way, each key's in a column a worker, so that a worker's death takes its own with it.

    To be used while `Counters` is held. A worker writes its own row alone; a count is the sum over all rows.
    """

    def __init__(
        self,
        keys: _Keys,
        counts: "memoryview[int]",
        rows: "memoryview[int]",
        row: int,
        forget_the_dead: Callable[[], None],
    ) -> None:
        self._keys = keys
        self._slots = keys.slots
        self._counts = counts
        self._rows = rows
        self._mine = row * self._slots
        self._forget_the_dead = forget_the_dead

    def count(self, key: bytes, enough: float) -> int:
        """Calls of this key under way. Before they are said to be `enough`, those of dead workers are taken off."""
        slot = self._keys.find(key)
        if slot < 0:
            return 0
        count = self._sum(slot)
        if count < enough:
            return count
        self._forget_the_dead()
        return self._sum(slot)

    def take(self, key: bytes) -> int:
        """Count one more call of this worker's; the slot to give back when it ends, or -1 where none is free."""
        slot = self._keys.find(key)
        if slot < 0:
            slot = self._free(key)
            if slot < 0:
                return -1
            self._keys.put(slot, key)
        self._counts[self._mine + slot] += 1
        return slot

    def give_back(self, slot: int) -> None:
        """A call of this worker's has ended. Its slot is still its key's, as slots move on at a sum of 0 only."""
        at = self._mine + slot
        self._counts[at] = max(0, self._counts[at] - 1)

    def forget(self, row: int) -> None:
        """A worker is no more, and none of its calls is."""
        start = row * self._slots
        self._counts[start : start + self._slots] = memoryview(bytes(4 * self._slots)).cast("I")

    def _free(self, key: bytes) -> int:
        bucket = self._keys.bucket(key)
        free = next((slot for slot in bucket if not self._sum(slot)), -1)
        if free >= 0:
            return free
        self._forget_the_dead()
        return next((slot for slot in bucket if not self._sum(slot)), -1)

    def _sum(self, slot: int) -> int:
        return sum(self._counts[slot : self._rows[0] * self._slots : self._slots].tolist())


class _Cutter:
    """Cuts a mapped file into typed views, one behind the other."""

    def __init__(self, file: mmap.mmap) -> None:
        self._file = file
        self._at = _HEADER_BYTES
        self._whole = memoryview(file)
        self.rows = self._whole[_ROWS_AT : _ROWS_AT + 8].cast("q")
        self.views: list[memoryview[Any]] = [self._whole, self.rows]

    def keys(self, slots: int) -> _Keys:
        """Room for so many keys."""
        keys = _Keys(self._file, self._at, slots)
        self._at += _KEY_BYTES * slots
        return keys

    def numbers(self, code: Literal["q", "d", "I"], count: int) -> "memoryview[Any]":
        """Room for so many numbers of one kind."""
        end = self._at + struct.calcsize(code) * count
        view = self._whole[self._at : end].cast(code)
        self._at = end
        self.views.append(view)
        return view

    def spent(self, slots: int) -> Spent:
        """Room for so many sums."""
        keys, ends = self.keys(slots), self.numbers("q", slots)
        return Spent(keys, ends, self.numbers("d", slots), self.numbers("q", slots))


class Counters:
    """The file, opened; made where it is missing, and made anew where it is not ours or of another shape or version.

    `with counters:` holds it against all other workers and threads, for some microseconds; the lock is the kernel's, so
    a worker's death frees it. Beside `path` lie its lock and one lock a worker, by which the others know that it lives:
    unlike a process id it is never given to another. Raises HeadwaterError where it cannot be had.
    """

    def __init__(self, path: Path, shape: Shape = DEFAULT_SHAPE) -> None:
        self._path = path
        self._shape = shape
        self._threads = threading.Lock()
        try:
            self._lock_file = _open(path.with_name(f"{path.name}.lock"))
            with self:
                self._file = self._map()
                self._row, self._row_file = self._claim_row()
                self._lay_out()
        except OSError as error:
            raise HeadwaterError(
                f"limits cannot be counted in {path.name!r} ({error}): free space or make its folder writable"
            ) from error

    def __enter__(self) -> Self:
        self._threads.acquire()
        try:
            fcntl.flock(self._lock_file, fcntl.LOCK_EX)
        except BaseException:
            self._threads.release()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        fcntl.flock(self._lock_file, fcntl.LOCK_UN)
        self._threads.release()

    def close(self) -> None:
        """Let go. What was under way here counts as a dead worker's; no ticket can be done any more."""
        for view in self._views:
            view.release()
        self._file.close()
        os.close(self._row_file)
        os.close(self._lock_file)

    def _map(self) -> mmap.mmap:
        size = _size_bytes(self._shape)
        if not self._path.exists():
            self._make(size)
        elif not self._is_ours(size):
            _log.warning("the counts of limits cannot be read and begin at nothing", extra={"file": self._path.name})
            self._make(size)
        descriptor = _open(self._path)
        try:
            return mmap.mmap(descriptor, size)
        finally:
            os.close(descriptor)

    def _is_ours(self, size: int) -> bool:
        with self._path.open("rb") as file:
            head = file.read(_ROWS_AT + 8)
        rows = int.from_bytes(head[_ROWS_AT:], sys.byteorder, signed=True)
        is_known = head.startswith(_head(self._shape)) and 0 <= rows <= self._shape.workers
        return is_known and self._path.stat().st_size == size

    def _make(self, size: int) -> None:
        """A file of zeros, put in place whole, so that whoever has another one mapped keeps it whole.

        All of it is written: where the disk is full this fails here, and not at the touch of some page later, which
        would be the worker's death."""
        part = self._path.with_name(f"{self._path.name}.part")
        part.unlink(missing_ok=True)
        with open(_open(part), "wb") as file:
            file.write(_head(self._shape).ljust(size, b"\0"))
        part.replace(self._path)

    def _claim_row(self) -> tuple[int, int]:
        for row in range(self._shape.workers):
            row_file = self._lock_row(row)
            if row_file is not None:
                return row, row_file
        raise HeadwaterError(f"{self._shape.workers} workers count limits already, and no more can: start fewer")

    def _lock_row(self, row: int) -> int | None:
        """The lock of a row, held, or None where its worker lives."""
        row_file = _open(self._path.with_name(f"{self._path.name}.worker-{row}"))
        try:
            fcntl.flock(row_file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(row_file)
            return None
        return row_file

    def _lay_out(self) -> None:
        shape = self._shape
        cutter = _Cutter(self._file)
        self._rows = cutter.rows
        self._rows[0] = max(self._rows[0], self._row + 1)
        self.spent_of_limits = cutter.spent(shape.limits)
        self.spent_of_names = cutter.spent(shape.names)
        self.flying_of_limits = self._flying(cutter)
        self.flying_of_names = self._flying(cutter)
        self._views = cutter.views
        self._forget(self._row)
        self._forget_the_dead()

    def _flying(self, cutter: _Cutter) -> Flying:
        keys = cutter.keys(self._shape.flying)
        counts = cutter.numbers("I", self._shape.flying * self._shape.workers)
        return Flying(keys, counts, self._rows, self._row, self._forget_the_dead)

    def _forget(self, row: int) -> None:
        self.flying_of_limits.forget(row)
        self.flying_of_names.forget(row)

    def _forget_the_dead(self) -> None:
        """Nobody can take the row of a dead worker meanwhile, as that is done while this file is held."""
        for row in range(self._rows[0]):
            if row == self._row:
                continue
            try:
                row_file = self._lock_row(row)
            except OSError:
                # This process is out of descriptors: the dead are found another time, and calls go on meanwhile.
                return
            if row_file is not None:
                self._forget(row)
                os.close(row_file)


def _head(shape: Shape) -> bytes:
    return _HEADER.pack(_MAGIC, _VERSION, shape.limits, shape.names, shape.flying, shape.workers)


def _size_bytes(shape: Shape) -> int:
    spent = (_KEY_BYTES + 3 * 8) * (shape.limits + shape.names)
    return _HEADER_BYTES + spent + 2 * (_KEY_BYTES + 4 * shape.workers) * shape.flying


def _open(path: Path) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
