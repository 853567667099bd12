"""Spool: a folder in which what has not arrived outlives its process.

Each instance has a file `<instance>.lock`, locked as long as it lives, which holds its ledger; and a file for each
batch, `<instance>-<number>-<items>.<signal>.json`, `.gz` where it is compressed: the body as it goes over the wire,
on disk before it is sent, gone after it was taken. What an instance that died leaves, the next to look takes over: its
files, and its ledger, to speak for it. A batch may so be sent twice; the server knows spans by their ids.
"""

import contextlib
import os
import re
from collections.abc import Iterator
from pathlib import Path
from threading import Lock
from typing import cast

import msgspec

from headwater.clock import monotonic_s
from headwater.event import Tally
from headwater.outbox.item import Batch, Signal

try:
    import fcntl
except ImportError:  # Windows: nothing can be taken over there, for nobody can tell who lives.
    fcntl = None

_FILE = re.compile(r"([0-9a-f]{32})-\d+-(\d+)\.(traces|logs)\.json(\.gz)?\Z")
_INSTANCE = re.compile(r"([0-9a-f]{32})[.-]")
_COUNT_AGAIN_S = 5.0
_PRIVATE = 0o700
_PRIVATE_FILE = 0o600


class Stored(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A batch on disk."""

    path: Path
    signal: Signal
    items: int
    is_gzip: bool
    size_bytes: int

    def batch(self) -> Batch:
        """Read it back. Raises OSError."""
        return Batch(signal=self.signal, items=self.items, body=self.path.read_bytes(), is_gzip=self.is_gzip)


class Estate(msgspec.Struct, frozen=True, kw_only=True):
    """What a dead instance left; `lock` is held until it is closed."""

    tally: Tally
    files: list[Stored]
    lock_path: Path
    lock: int

    def note(self, tally: Tally) -> None:
        """Keep its ledger, if that can be."""
        _note(self.lock, tally)

    def close(self) -> None:
        """Let go of it; where nothing is left in it, it is gone."""
        if not any(stored.path.exists() for stored in self.files):
            self.lock_path.unlink(missing_ok=True)
        os.close(self.lock)


class Spool:
    """One instance's part of the folder. Raises OSError where the folder cannot be written."""

    def __init__(self, folder: str, instance: str, limit_bytes: int) -> None:
        self._folder = Path(folder)
        self._folder.mkdir(mode=_PRIVATE, parents=True, exist_ok=True)
        self._instance = instance
        self._limit_bytes = limit_bytes
        self._number = 0
        self._noting = Lock()
        self._used_bytes = 0
        self._counted_s = -_COUNT_AGAIN_S
        self._lock = _locked(self._folder / f"{instance}.lock")

    def add(self, batch: Batch) -> Stored | None:
        """Write a batch to disk and wait until it is there; None where the folder is full. Raises OSError."""
        if self._used() + len(batch.body) > self._limit_bytes:
            return None
        self._used_bytes += len(batch.body)
        self._number += 1
        name = f"{self._instance}-{self._number:08d}-{batch.items}.{batch.signal}.json{'.gz' if batch.is_gzip else ''}"
        path = self._folder / name
        part = path.with_name(f"{name}.part")
        try:
            _write(part, batch.body)
            part.rename(path)
        except OSError:
            part.unlink(missing_ok=True)
            raise
        return Stored(
            path=path, signal=batch.signal, items=batch.items, is_gzip=batch.is_gzip, size_bytes=len(batch.body)
        )

    def note(self, tally: Tally) -> None:
        """Keep the ledger, if that can be, for whoever may have to speak for this instance."""
        with self._noting:
            _note(self._lock, tally)

    def estates(self) -> Iterator[Estate]:
        """Take over what dead instances left, one after the other."""
        if fcntl is None:
            return
        names = [_INSTANCE.match(path.name) for path in self._folder.iterdir()]
        for instance in sorted({named[1] for named in names if named is not None} - {self._instance}):
            path = self._folder / f"{instance}.lock"
            with contextlib.suppress(OSError):
                lock = _locked(path)
                for part in self._folder.glob(f"{instance}-*.part"):
                    part.unlink(missing_ok=True)
                files = list(self._files(instance))
                yield Estate(tally=_tally(path, instance, files), files=files, lock_path=path, lock=lock)

    def close(self) -> None:
        """Leave the folder; the lock's file stays where batches of this instance do."""
        with contextlib.suppress(OSError):
            if not list(self._files(self._instance)):
                (self._folder / f"{self._instance}.lock").unlink(missing_ok=True)
        self.forget()

    def forget(self) -> None:
        """Let go of what a forked child inherits; the parent's lock stays locked."""
        with contextlib.suppress(OSError):
            os.close(self._lock)

    def _used(self) -> int:
        """Bytes of all files; what others add and what is sent shows when it is counted again."""
        if monotonic_s() - self._counted_s >= _COUNT_AGAIN_S:
            self._counted_s = monotonic_s()
            self._used_bytes = sum(stored.size_bytes for stored in self._files())
        return self._used_bytes

    def _files(self, instance: str = "") -> Iterator[Stored]:
        """The batches on disk, oldest first within each instance."""
        for entry in sorted(os.scandir(self._folder), key=lambda entry: entry.name):
            named = _FILE.match(entry.name)
            if named is None or not named[1].startswith(instance):
                continue
            with contextlib.suppress(FileNotFoundError):
                yield Stored(
                    path=Path(entry.path),
                    signal=cast("Signal", named[3]),
                    items=int(named[2]),
                    is_gzip=named[4] is not None,
                    size_bytes=entry.stat().st_size,
                )


def _locked(path: Path) -> int:
    """Open a file and lock it. Raises OSError where somebody holds it, or took it away in the meantime."""
    opened = os.open(path, os.O_RDWR | os.O_CREAT, _PRIVATE_FILE)
    try:
        if fcntl is not None:
            fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if os.stat(path).st_ino != os.fstat(opened).st_ino:
                raise BlockingIOError(f"{path} was taken over")
    except OSError:
        os.close(opened)
        raise
    return opened


def _note(lock: int, tally: Tally) -> None:
    text = msgspec.json.encode(tally)
    with contextlib.suppress(OSError):
        os.pwrite(lock, text, 0)
        os.ftruncate(lock, len(text))


def _write(path: Path, body: bytes) -> None:
    opened = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, _PRIVATE_FILE)
    with open(opened, "wb") as file:
        file.write(body)
        file.flush()
        os.fsync(opened)


def _tally(path: Path, instance: str, files: list[Stored]) -> Tally:
    """The ledger that a dead instance kept; where it could not, what is known: the items that it left."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=Tally)
    except (OSError, msgspec.MsgspecError):
        items = sum(stored.items for stored in files)
        return Tally(instance=instance, began_ns=0, seq=1, created=items, sent=0, accepted=0, kept=items)
