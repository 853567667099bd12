"""The line: a journal, a loader on it, and a store in memory, run until nothing waits."""

import threading
import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import pytest

from headwater.event import Envelope, envelope_head
from headwater.journal import JournalSettings, Position, Record, Writer
from headwater.loader import Ledger, Loader, LoaderSettings
from headwater.pricing import PriceBooks
from headwater.store import Store
from tests.rooms.loader.memory_store import KilledHere, MemoryStore

PROTOBUF = "application/x-protobuf"
_AT_NS = 1_795_000_000_000_000_000


class Line:
    """Append envelopes, then `load`; a new loader is made each time, as after a restart."""

    def __init__(self, folder: Path, writer: str = "edge-0") -> None:
        self.journal = folder / "journal"
        self.store = MemoryStore()
        self.prices = PriceBooks()
        self.ledger = Ledger(folder / "loader.db")
        self._name = writer
        self._writer = Writer(self.journal, writer, JournalSettings())
        self._thread = threading.Thread()
        self._count = 0
        self._last = 0

    def append(self, body: bytes, door: str = "otlp.traces", content_type: str = PROTOBUF, **more: Any) -> Position:
        """Append one envelope, received a second after the one before."""
        self._count += 1
        envelope = Envelope(
            door=door,
            project=more.get("project", "p"),
            received_ns=_AT_NS + self._count * 1_000_000_000,
            headers={"content-type": content_type} | more.get("headers", {}),
            items=more.get("items", 1),
        )
        return self.append_record(Record(envelope_head(envelope), body))

    def append_record(self, record: Record) -> Position:
        """Append anything."""
        position = self._writer.append(record)
        self._last = position.seq
        return position

    def loader(self, settings: LoaderSettings | None = None) -> Loader:
        """A loader that was just started."""
        store = cast("Store", self.store)
        settings = settings or LoaderSettings(block_age_s=0.0)
        return Loader(self.journal, JournalSettings(), self.ledger, store, self.prices, settings)

    def load(self, settings: LoaderSettings | None = None, timeout_s: float = 20.0) -> None:
        """Load all that waits."""
        with self.running(settings):
            self.await_loaded(timeout_s)

    @contextmanager
    def running(self, settings: LoaderSettings | None = None) -> Generator[None]:
        """A loader at work."""
        stop = threading.Event()
        self._thread = threading.Thread(target=self.loader(settings).run, args=(stop,))
        self._thread.start()
        try:
            yield
        finally:
            stop.set()
            self._thread.join()

    def await_loaded(self, timeout_s: float = 20.0) -> None:
        """Wait until nothing waits any more."""
        deadline = time.monotonic() + timeout_s
        while not self._is_loaded() and self._thread.is_alive() and time.monotonic() < deadline:
            time.sleep(0.005)
        assert self._is_loaded(), "the line stands still"

    def load_until_killed(self, settings: LoaderSettings | None = None) -> None:
        """Load until the store plays the loader's death."""
        stop = threading.Event()
        with pytest.raises(KilledHere):
            self.loader(settings).run(stop)
        stop.set()

    def reasons(self) -> Sequence[str]:
        """Why envelopes are in quarantine, newest first."""
        return [each.reason for each in self.ledger.quarantined()]

    def close(self) -> None:
        """Let go of the files."""
        self._writer.close()
        self.ledger.close()

    def _is_loaded(self) -> bool:
        is_idle = not (self.ledger.open_reloads() or self.ledger.repricings.open() or self.ledger.unfinished())
        return is_idle and self.ledger.positions().get(self._name, 0) >= self._last
