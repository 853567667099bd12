"""Sampling: once a minute how large things are and how far behind the loader is, into its ledger. Charts and the disk's
days are made of it."""

import contextlib
import logging
import shutil
import sqlite3
import threading

from headwater.clock import now_ns
from headwater.errors import HeadwaterError
from headwater.journal import Reader, size_bytes, writer_names
from headwater.loader import Ledger, Sample
from headwater.server.folder import DataFolder
from headwater.store import Store

_EVERY_S = 60.0
_FIRST_S = 1.0
_log = logging.getLogger("headwater.loader")


def begin_samples(folder: DataFolder, ledger: Ledger, store: Store, stop: threading.Event) -> None:
    """Sample in a thread until told to stop."""
    threading.Thread(target=_keep, args=(folder, ledger, store, stop), name="samples", daemon=True).start()


def sample_of(folder: DataFolder, ledger: Ledger, store: Store) -> Sample:
    """How things are now."""
    positions = ledger.positions()
    waiting, oldest_ns = 0, None
    for writer in writer_names(folder.journal):
        reader = Reader(folder.journal, writer)
        depth = reader.depth(positions.get(writer, 0))
        reader.close()
        waiting += depth.records
        if depth.oldest_ns is not None:
            oldest_ns = min(oldest_ns or depth.oldest_ns, depth.oldest_ns)
    store_bytes = None
    with contextlib.suppress(HeadwaterError):
        store_bytes = store.stats().disk_bytes
    return Sample(
        at_ns=now_ns(),
        journal_bytes=size_bytes(folder.journal),
        store_bytes=store_bytes,
        free_bytes=shutil.disk_usage(folder.root).free,
        waiting=waiting,
        lag_ms=0 if oldest_ns is None else max(0, (now_ns() - oldest_ns) // 1_000_000),
    )


def _keep(folder: DataFolder, ledger: Ledger, store: Store, stop: threading.Event) -> None:
    pause_s = _FIRST_S
    while not stop.wait(pause_s):
        pause_s = _EVERY_S
        try:
            ledger.sample(sample_of(folder, ledger, store))
        except (HeadwaterError, OSError, sqlite3.Error) as error:
            _log.warning("how large things are could not be noted", extra={"reason": str(error)})
