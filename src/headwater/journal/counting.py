"""The survey: how much the journal keeps of a stretch of time, without reading what it keeps."""

import sqlite3
from contextlib import closing
from pathlib import Path

import msgspec

from headwater.clock import monotonic_s
from headwater.journal.format import FORMAT_VERSION, first_seqs, open_to_read, segment_path, version_of


class Survey(msgspec.Struct, frozen=True, kw_only=True):
    """Records appended within a stretch, their bytes, and the times of the first and the last (Unix nanoseconds; None:
    there is none). `is_partial` says that the time was up before all was counted."""

    records: int = 0
    size_bytes: int = 0
    first_ns: int | None = None
    last_ns: int | None = None
    is_partial: bool = False


_COUNT = (
    "SELECT count(*), coalesce(sum(length(head) + length(body)), 0), min(appended_ns), max(appended_ns) FROM records"
    " WHERE appended_ns >= ? AND appended_ns < ?"
)
_OLDEST = "SELECT appended_ns FROM records ORDER BY seq LIMIT 1"


def survey(journal: Path, writer: str, since_ns: int, until_ns: int, budget_s: float = 1.0) -> Survey:
    """Count what a writer appended from one moment until before another; what is gone meanwhile is not counted."""
    found = Survey()
    deadline_s = monotonic_s() + budget_s
    folder = journal / writer
    for first in reversed(first_seqs(folder)):
        if monotonic_s() > deadline_s:
            return msgspec.structs.replace(found, is_partial=True)
        found = _both(found, _segment(segment_path(folder, first), since_ns, until_ns))
    return found


def kept_since_ns(journal: Path, writer: str) -> int | None:
    """When the oldest record that a writer's journal keeps was appended, Unix nanoseconds; None where it keeps none."""
    for first in first_seqs(journal / writer):
        row = _row(segment_path(journal / writer, first), _OLDEST, ())
        if row is not None:
            return row[0]
    return None


def _segment(path: Path, since_ns: int, until_ns: int) -> Survey:
    row = _row(path, _COUNT, (since_ns, until_ns))
    if row is None:
        return Survey()
    return Survey(records=row[0] or 0, size_bytes=row[1] or 0, first_ns=row[2], last_ns=row[3])


def _row(path: Path, statement: str, values: tuple[int, ...]) -> tuple[int | None, ...] | None:
    """The one row of a statement on a segment; None where the segment is gone, half made, or cannot be read now."""
    try:
        with closing(open_to_read(path)) as segment:
            if version_of(segment) != FORMAT_VERSION:
                return None
            return segment.execute(statement, values).fetchone()
    except (FileNotFoundError, sqlite3.Error):
        return None


def _both(one: Survey, other: Survey) -> Survey:
    firsts = [each.first_ns for each in (one, other) if each.first_ns is not None]
    lasts = [each.last_ns for each in (one, other) if each.last_ns is not None]
    return Survey(
        records=one.records + other.records,
        size_bytes=one.size_bytes + other.size_bytes,
        first_ns=min(firsts, default=None),
        last_ns=max(lasts, default=None),
    )
