"""The writer: one thread that commits all that waits, then settles each.

Group commit needs no timer: while one fsync runs, the next group gathers.
"""

import contextlib
import fcntl
import os
import queue
import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from pathlib import Path

from headwater.clock import now_ns
from headwater.errors import HeadwaterError, Unavailable
from headwater.journal.format import close_as_log, first_seqs, open_to_write, segment_path
from headwater.journal.record import Position, Record
from headwater.journal.retention import is_at_cap
from headwater.journal.settings import JournalSettings

_PROBE_BYTES = 64 * 1024
Settle = Callable[[Position | HeadwaterError], None]
_Waiting = tuple[Sequence[Record], int, Settle]

# The interpreter changes hands around every statement, and a busy event loop gives it back late: so a group of usual
# size is one statement, which is a transaction of its own. A statement that is kept holds a copy of what it wrote last:
# so what is long is written in another way.
_AT_ONCE = 64
_BYTES_AT_ONCE = 256 * 1024
_LONG_BYTES = 64 * 1024
_MEASURED_EVERY = 64


class Writer:
    """The only writer of one folder. `append` waits; `submit` does not and settles on the writer's thread."""

    def __init__(self, journal: Path, name: str, settings: JournalSettings) -> None:
        self.name = name
        self._journal = journal
        self._folder = journal / name
        self._settings = settings
        self._queue: queue.SimpleQueue[_Waiting | None] = queue.SimpleQueue()
        self._queued_bytes = 0
        self._count_lock = threading.Lock()
        self._segment: sqlite3.Connection | None = None
        self._segment_path: Path | None = None
        self._segment_bytes = 0
        self._unmeasured_bytes = 0
        self._next_seq = 0
        self._folder.mkdir(parents=True, exist_ok=True)
        self._lock_file = _lock(self._folder)
        self._thread = threading.Thread(target=self._run, name=f"journal-{name}", daemon=True)
        self._thread.start()

    def submit(self, records: Sequence[Record], settle: Settle) -> None:
        """Queue records that become durable together; `settle` gets the first one's Position after fsync, or the error.

        Raises Unavailable past the bound.
        """
        size_bytes = sum([record.size_bytes for record in records])
        with self._count_lock:
            if self._queued_bytes + size_bytes > self._settings.queue_bytes:
                raise Unavailable("the journal is behind: too many bytes wait for their commit; send again later")
            self._queued_bytes += size_bytes
        self._queue.put((records, size_bytes, settle))

    def append(self, record: Record, timeout_s: float = 30.0) -> Position:
        """Append and wait until the record is durable. Raises Unavailable where it cannot be."""
        outcome: queue.SimpleQueue[Position | HeadwaterError] = queue.SimpleQueue()
        self.submit((record,), outcome.put)
        try:
            settled = outcome.get(timeout=timeout_s)
        except queue.Empty:
            raise Unavailable(f"the journal did not commit within {timeout_s:g} s; send again later") from None
        if isinstance(settled, HeadwaterError):
            raise settled
        return settled

    def probe(self) -> None:
        """Find out, without a record, whether the disk takes writes again. Raises Unavailable where it does not."""
        self._refuse_at_cap()
        path = self._folder / "probe"
        try:
            with path.open("wb") as probe:
                probe.write(bytes(_PROBE_BYTES))
                probe.flush()
                os.fsync(probe.fileno())
        except OSError as error:
            raise _unwritable(self.name, error) from error
        finally:
            with contextlib.suppress(OSError):
                path.unlink()

    def close(self) -> None:
        """Commit what waits, then stop."""
        self._queue.put(None)
        self._thread.join()
        self._forget_segment()
        os.close(self._lock_file)

    def _run(self) -> None:
        is_open = True
        while is_open:
            group, is_open = self._gather()
            if group:
                self._settle_all(group, self._commit(group))

    def _gather(self) -> tuple[list[_Waiting], bool]:
        """Take what waits, at least one, up to the bound; False when the end was among it."""
        group: list[_Waiting] = []
        size = 0
        item = self._queue.get()
        while item is not None:
            group.append(item)
            size += item[1]
            if size >= self._settings.commit_bytes:
                return group, True
            try:
                item = self._queue.get_nowait()
            except queue.Empty:
                return group, True
        return group, False

    def _settle_all(self, group: list[_Waiting], first: int | HeadwaterError) -> None:
        with self._count_lock:
            self._queued_bytes -= sum([size_bytes for _, size_bytes, _ in group])
        for records, _, settle in group:
            if isinstance(first, HeadwaterError):
                settle(first)
            else:
                settle(Position(self.name, first))
                first += len(records)

    def _commit(self, group: list[_Waiting]) -> int | HeadwaterError:
        """Write one group in one transaction; return the number of its first record, or why it could not be."""
        try:
            segment = self._writable()
            first = self._next_seq
            records = [record for records, _, _ in group for record in records]
            _insert(segment, records, first)
        except (sqlite3.Error, OSError) as error:
            self._forget_segment()
            return _unwritable(self.name, error)
        except HeadwaterError as error:
            return error
        self._next_seq = first + len(records)
        self._unmeasured_bytes += sum([size_bytes for _, size_bytes, _ in group])
        return first

    def _writable(self) -> sqlite3.Connection:
        if self._segment is None:
            return self._open_newest()
        if self._is_full():
            self._forget_segment()
            return self._open(self._next_seq)
        return self._segment

    def _is_full(self) -> bool:
        """Whether the segment has its size; looked up anew whenever a part of that was added."""
        bound = self._settings.segment_bytes
        if self._unmeasured_bytes * _MEASURED_EVERY >= bound and self._segment_path is not None:
            self._segment_bytes, self._unmeasured_bytes = _size_bytes(self._segment_path), 0
        return self._segment_bytes >= bound

    def _open_newest(self) -> sqlite3.Connection:
        known = first_seqs(self._folder)
        segment = self._open(known[-1] if known else 1)
        last = segment.execute("SELECT max(seq) FROM records").fetchone()[0]
        self._next_seq = (last + 1) if last is not None else (known[-1] if known else 1)
        return segment

    def _open(self, first_seq: int) -> sqlite3.Connection:
        self._refuse_at_cap()
        path = segment_path(self._folder, first_seq)
        self._segment = open_to_write(path)
        self._segment_path = path
        self._segment_bytes, self._unmeasured_bytes = _size_bytes(path), 0
        return self._segment

    def _refuse_at_cap(self) -> None:
        if is_at_cap(self._journal, self._settings):
            raise Unavailable("the journal is at its size cap and nothing of it is loaded yet: see the health page", 5)

    def _forget_segment(self) -> None:
        segment, self._segment = self._segment, None
        if segment is not None and self._segment_path is not None:
            # On the full or read-only disk that may have brought us here, closing can fail as well.
            with contextlib.suppress(sqlite3.Error, OSError):
                close_as_log(segment, self._segment_path)


def _insert(segment: sqlite3.Connection, records: Sequence[Record], first: int) -> None:
    """Write records in one transaction."""
    now = now_ns()
    runs = list(_runs(records))
    if len(runs) == 1 and not _is_long(records[0]):
        _insert_some(segment, records, first, now)
        return
    segment.execute("BEGIN IMMEDIATE")
    for at, end in runs:
        if _is_long(records[at]):
            _insert_long(segment, records[at], first + at, now)
        else:
            _insert_some(segment, records[at:end], first + at, now)
    segment.execute("COMMIT")


def _is_long(record: Record) -> bool:
    return len(record.body) > _LONG_BYTES


def _runs(records: Sequence[Record]) -> Iterator[tuple[int, int]]:
    """The records that are written at once: from one, to before another."""
    begin, size = 0, 0
    for at, record in enumerate(records):
        is_full = at - begin == _AT_ONCE or size + record.size_bytes > _BYTES_AT_ONCE
        if at > begin and (is_full or _is_long(record) or _is_long(records[begin])):
            yield begin, at
            begin, size = at, 0
        size += record.size_bytes
    yield begin, len(records)


def _insert_some(segment: sqlite3.Connection, records: Sequence[Record], first: int, now: int) -> None:
    values = [value for seq, record in enumerate(records, first) for value in (seq, now, record.head, record.body)]
    segment.execute(_statement(len(records)), values)


def _insert_long(segment: sqlite3.Connection, record: Record, seq: int, now: int) -> None:
    segment.execute("INSERT INTO records VALUES (?, ?, ?, zeroblob(?))", (seq, now, record.head, len(record.body)))
    with segment.blobopen("records", "body", seq) as body:
        body.write(record.body)


@lru_cache(maxsize=_AT_ONCE)
def _statement(size: int) -> str:
    return f"INSERT INTO records VALUES {', '.join(['(?, ?, ?, ?)'] * size)}"  # noqa: S608 - of constants


def _unwritable(name: str, error: Exception) -> Unavailable:
    return Unavailable(f"the journal cannot be written ({error}): free space or make its folder {name!r} writable")


def _size_bytes(path: Path) -> int:
    size = 0
    for each in (path, path.with_name(path.name + "-wal")):
        try:
            size += each.stat().st_size
        except FileNotFoundError:
            continue
    return size


def _lock(folder: Path) -> int:
    """Hold the folder's lock as long as this process lives, so that two writers never share it."""
    descriptor = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        raise HeadwaterError(f"journal folder {folder.name!r} is in use by another process") from None
    return descriptor
