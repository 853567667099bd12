"""What goes, and when: whole segments that are loaded and either old enough or in the way."""

from itertools import pairwise
from pathlib import Path

from headwater.clock import now_ns
from headwater.journal.format import SUFFIX, first_seqs, segment_path
from headwater.journal.settings import JournalSettings


def size_bytes(journal: Path, writer: str = "*") -> int:
    """Bytes that the segments of one writer, or of all, take on disk."""
    return sum(_size(path) for path in journal.glob(f"{writer}/*{SUFFIX}*"))


def is_at_cap(journal: Path, settings: JournalSettings) -> bool:
    """True when the journal may not grow."""
    return size_bytes(journal) >= settings.cap_bytes


def drop_loaded(journal: Path, loaded: dict[str, int], settings: JournalSettings) -> int:
    """Delete closed segments whose records are all loaded (`loaded`: the last loaded number of each writer) when they
    are older than the keep time, or, oldest first, while the journal is past nine tenths of its cap. Return the bytes
    that were freed."""
    closed = sorted(_closed(journal, loaded))
    excess = size_bytes(journal) - settings.cap_bytes * 9 // 10
    oldest_kept_s = now_ns() / 1e9 - settings.keep_s
    freed = 0
    for written_s, path in closed:
        if written_s < oldest_kept_s or freed < excess:
            freed += _unlink(path)
    return freed


def _closed(journal: Path, loaded: dict[str, int]) -> list[tuple[float, Path]]:
    found: list[tuple[float, Path]] = []
    for writer, last_loaded in loaded.items():
        folder = journal / writer
        firsts = first_seqs(folder)
        for first, following in pairwise(firsts):
            if following - 1 <= last_loaded:
                path = segment_path(folder, first)
                found.append((_modified_s(path), path))
    return found


def _companions(path: Path) -> tuple[Path, ...]:
    # The segment itself goes last: while it is there, a cut-short deletion is seen and done again.
    return (path.with_name(path.name + "-shm"), path.with_name(path.name + "-wal"), path)


def _modified_s(path: Path) -> float:
    times = [each.stat().st_mtime for each in _companions(path) if each.exists()]
    return max(times, default=0.0)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def _unlink(path: Path) -> int:
    freed = 0
    for each in _companions(path):
        freed += _size(each)
        each.unlink(missing_ok=True)
    return freed
