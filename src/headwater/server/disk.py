"""Disk: what takes how much of it, how fast that grows, and how long what is free will last."""

import shutil
from collections.abc import Sequence
from pathlib import Path

from headwater.journal import size_bytes
from headwater.loader import Sample
from headwater.query import show_time
from headwater.server.folder import DataFolder
from headwater.server.settings import Settings
from headwater.web import DiskShown, MomentShown

_DAY_S = 86_400
_KNOWN_AFTER_S = 600
_CHARTED_NS = 3_600 * 10**9


def disk_of(folder: DataFolder, settings: Settings, store_bytes: int | None, samples: Sequence[Sample]) -> DiskShown:
    """The disk now. `samples` are those of the last day; a store elsewhere takes nothing of this disk."""
    usage = shutil.disk_usage(folder.root)
    is_store_here = not settings.store_dsn
    growth, measured_s = _growth(samples, is_store_here)
    return DiskShown(
        total_bytes=usage.total,
        free_bytes=usage.free,
        journal_bytes=size_bytes(folder.journal),
        store_bytes=store_bytes if is_store_here else None,
        catalog_bytes=_files(folder.catalog) if not settings.catalog_url else None,
        ledger_bytes=_files(folder.ledger),
        is_store_here=is_store_here,
        growth_bytes_per_day=growth,
        measured_s=measured_s,
        days_left=usage.free / growth if growth is not None and growth > 0 else None,
        journal_keep_s=settings.journal.keep_s,
        journal_cap_bytes=settings.journal.cap_bytes,
    )


def moments_of(samples: Sequence[Sample], now_ns: int) -> tuple[MomentShown, ...]:
    """The samples of the last hour."""
    return tuple(
        MomentShown(
            time=show_time(each.at_ns),
            lag_s=each.lag_ms / 1000,
            waiting=each.waiting,
            journal_bytes=each.journal_bytes,
            store_bytes=each.store_bytes,
            free_bytes=each.free_bytes,
        )
        for each in samples
        if each.at_ns >= now_ns - _CHARTED_NS
    )


def _growth(samples: Sequence[Sample], is_store_here: bool) -> tuple[float | None, float]:
    """Bytes a day that journal and store grew by, over as many seconds as were measured; None before ten minutes."""
    told = [each for each in samples if each.store_bytes is not None or not is_store_here]
    if len(told) < 2:
        return None, 0.0
    measured_s = (told[-1].at_ns - told[0].at_ns) / 1e9
    if measured_s < _KNOWN_AFTER_S:
        return None, measured_s
    grown = _taken(told[-1], is_store_here) - _taken(told[0], is_store_here)
    return grown * _DAY_S / measured_s, measured_s


def _taken(sample: Sample, is_store_here: bool) -> int:
    return sample.journal_bytes + ((sample.store_bytes or 0) if is_store_here else 0)


def _files(path: Path) -> int:
    """A SQLite file with what lies beside it."""
    found = (path.with_name(path.name + suffix) for suffix in ("", "-wal", "-shm"))
    return sum(each.stat().st_size for each in found if each.exists())
