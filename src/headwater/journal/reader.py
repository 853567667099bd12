"""The reader: records in order, past any position, while the writer goes on."""

import sqlite3
from bisect import bisect_right
from pathlib import Path

import msgspec

from headwater.journal.format import FORMAT_VERSION, first_seqs, newer_format, open_to_read, segment_path, version_of
from headwater.journal.record import Position, Record

_WHOLE = "SELECT seq, head, body FROM records WHERE seq > ? ORDER BY seq"
_HEADS = "SELECT seq, head, x'' FROM records WHERE seq > ? ORDER BY seq"


class Depth(msgspec.Struct, frozen=True, kw_only=True):
    """What waits past a position: records, and when the oldest was appended (Unix nanoseconds; None: nothing)."""

    records: int
    oldest_ns: int | None


def writer_names(journal: Path) -> list[str]:
    """The writers that have ever written here, in order."""
    try:
        return sorted(path.name for path in journal.iterdir() if path.is_dir())
    except FileNotFoundError:
        return []


class Reader:
    """Reads one writer's records; for one thread. It holds one segment open at a time."""

    def __init__(self, journal: Path, writer: str) -> None:
        self.writer = writer
        self._folder = journal / writer
        self._open: tuple[int, sqlite3.Connection] | None = None

    def read(
        self, after: int, limit_bytes: int, limit_records: int = 10_000, has_bodies: bool = True
    ) -> list[tuple[Position, Record]]:
        """Return the records that follow number `after`, in order: at least one where any is there, then up to the
        bounds; without their bodies where only heads are wanted. An empty list means that the end is reached for now.
        """
        statement = _WHOLE if has_bodies else _HEADS
        firsts = first_seqs(self._folder)
        index = max(0, bisect_right(firsts, after + 1) - 1)
        while index < len(firsts):
            try:
                found = self._from_segment(statement, firsts[index], after, limit_bytes, limit_records)
            except sqlite3.OperationalError:
                # A segment that cannot be read just now may hold records: those after it must not overtake them.
                self.close()
                return []
            if found:
                return found
            index += 1
        return []

    def depth(self, after: int) -> Depth:
        """Count what follows number `after`."""
        firsts = first_seqs(self._folder)
        if not firsts:
            return Depth(records=0, oldest_ns=None)
        last = self._last_seq(firsts[-1])
        last = last if last is not None else firsts[-1] - 1
        oldest = self.read(after, limit_bytes=1, limit_records=1) if last > after else []
        return Depth(records=max(0, last - after), oldest_ns=self._appended_ns(oldest[0][0].seq) if oldest else None)

    def close(self) -> None:
        """Let go of the open segment."""
        if self._open is not None:
            self._open[1].close()
            self._open = None

    def _last_seq(self, first_seq: int) -> int | None:
        try:
            segment = self._connection(first_seq)
            return segment.execute("SELECT max(seq) FROM records").fetchone()[0] if segment else None
        except sqlite3.OperationalError:
            self.close()
            return None

    def _from_segment(
        self, statement: str, first_seq: int, after: int, limit_bytes: int, limit_records: int
    ) -> list[tuple[Position, Record]]:
        connection = self._connection(first_seq)
        if connection is None:
            return []
        found: list[tuple[Position, Record]] = []
        size = 0
        cursor = connection.execute(statement, (after,))
        for seq, head, body in cursor:
            record = Record(head, body)
            found.append((Position(self.writer, seq), record))
            size += record.size_bytes
            if size >= limit_bytes or len(found) >= limit_records:
                break
        cursor.close()
        return found

    def _connection(self, first_seq: int) -> sqlite3.Connection | None:
        """The open segment, or None for one that is gone or not made whole yet. Raises sqlite3.OperationalError."""
        if self._open is not None and self._open[0] == first_seq:
            return self._open[1]
        self.close()
        try:
            connection = open_to_read(segment_path(self._folder, first_seq))
        except FileNotFoundError:
            return None
        try:
            version = version_of(connection)
        except sqlite3.OperationalError:
            connection.close()
            raise
        if version != FORMAT_VERSION:
            connection.close()
            if version > FORMAT_VERSION:
                raise newer_format(version)
            return None
        self._open = (first_seq, connection)
        return connection

    def _appended_ns(self, seq: int) -> int | None:
        if self._open is None:
            return None
        row = self._open[1].execute("SELECT appended_ns FROM records WHERE seq = ?", (seq,)).fetchone()
        return int(row[0]) if row else None
