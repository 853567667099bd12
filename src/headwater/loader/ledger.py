"""The ledger: what has been loaded, what is being loaded, what could not be; in SQLite, one row of truth each.

An intent is written before a block is stored and removed with the advance of the positions in one transaction. A loader
that was killed in between finds it and stores exactly the same run again under the same token.
"""

import contextlib
import sqlite3
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

import msgspec

from headwater.clock import now_ns
from headwater.journal import Position, Record
from headwater.loader import held, receipts, samples, standings, wishes
from headwater.loader.delivery import Delivery, Standing, delivery_in
from headwater.loader.held import Poison as Poison
from headwater.loader.held import Quarantined as Quarantined
from headwater.loader.repricings import SCHEMA as _REPRICINGS
from headwater.loader.repricings import Repricings
from headwater.loader.wishes import Reload as Reload
from headwater.loader.wishes import ReloadKind as ReloadKind
from headwater.loader.wishes import ReloadState as ReloadState

_SCHEMA = """
CREATE TABLE IF NOT EXISTS positions (writer TEXT PRIMARY KEY, seq INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS intent (only INTEGER PRIMARY KEY CHECK (only = 1), token TEXT NOT NULL, runs TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS dropped (reason TEXT PRIMARY KEY, items INTEGER NOT NULL);
"""
_SCHEMAS = (_SCHEMA, held.SCHEMA, wishes.SCHEMA, _REPRICINGS, standings.SCHEMA, receipts.SCHEMA, samples.SCHEMA)
_LATER: Mapping[str, Mapping[str, str]] = {"quarantine": held.COLUMNS, "reloads": wishes.COLUMNS}
_ANY_TIME_NS = (0, 2**63 - 1)

DISCARDED = "discarded from quarantine"
"""Why items are dropped that a person took out of quarantine without loading them."""

Taken = tuple[Position, Record]
"""A record and where it stands."""


class Run(msgspec.Struct, frozen=True):
    """A stretch of one writer's records, both ends included."""

    writer: str
    first: int
    last: int


class Intent(msgspec.Struct, frozen=True):
    """The runs that a block is made of, and its token."""

    token: str
    runs: tuple[Run, ...]


class Ledger:
    """The loader's own memory on disk; safe to read from other processes."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        self._lock = threading.Lock()
        self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=10.0)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=FULL")
        self._db.executescript("".join(_SCHEMAS))
        self._add_later_columns()
        self.repricings = Repricings(self._db, self._lock)

    def positions(self) -> dict[str, int]:
        """The last loaded number of each writer."""
        with self._lock:
            return dict(self._db.execute("SELECT writer, seq FROM positions").fetchall())

    def begin(self, intent: Intent) -> None:
        """Write down what is about to be stored."""
        runs = msgspec.json.encode(intent.runs).decode()
        with self._lock:
            self._db.execute("INSERT OR REPLACE INTO intent VALUES (1, ?, ?)", (intent.token, runs))

    def unfinished(self) -> Intent | None:
        """The intent that a killed loader left, if any."""
        with self._lock:
            row = self._db.execute("SELECT token, runs FROM intent").fetchone()
        return None if row is None else Intent(row[0], msgspec.json.decode(row[1], type=tuple[Run, ...]))

    def finish(
        self,
        intent: Intent,
        poison: Sequence[Poison],
        dropped: Mapping[str, int],
        deliveries: Sequence[Delivery] = (),
        received: Sequence[receipts.Receipt] = (),
    ) -> None:
        """Advance the positions past an intent, with what was set aside, what was dropped by reason, what the envelopes
        tell of their senders and what came with which key, all or nothing."""
        at = now_ns()
        with self._lock, self._transaction():
            self._db.executemany(
                "INSERT INTO positions VALUES (?, ?) ON CONFLICT (writer) DO UPDATE SET seq = max(seq, excluded.seq)",
                [(run.writer, run.last) for run in intent.runs],
            )
            held.put(self._db, poison, at)
            self._drop(dropped)
            standings.add(self._db, deliveries)
            receipts.add(self._db, received)
            self._db.execute("DELETE FROM intent")

    def quarantined(
        self, limit: int = 100, before_id: int = 0, projects: Sequence[str] | None = None, only_id: int = 0
    ) -> list[Quarantined]:
        """What was set aside, newest first, past one; of some projects where these are named."""
        with self._lock:
            return held.find(self._db, limit, before_id, projects, only_id)

    def quarantined_records(
        self, after_id: int = 0, limit: int = 1_000, only_id: int = 0
    ) -> list[tuple[int, Position, Record]]:
        """The set-aside records themselves with their ids, oldest first, past one."""
        with self._lock:
            return held.records(self._db, after_id, limit, only_id)

    def quarantined_body(self, held_id: int, limit_bytes: int) -> bytes | None:
        """The first bytes of a set-aside record's body; None where it is gone."""
        with self._lock:
            return held.body(self._db, held_id, limit_bytes)

    def release(self, positions: Sequence[Position]) -> None:
        """Take records out of quarantine: they were loaded after all. Those that are not there are passed over."""
        with self._lock, self._transaction():
            for position in positions:
                head = held.take_out(self._db, position)
                if head is not None:
                    healed = delivery_in(head)
                    standings.heal(self._db, [healed] if healed is not None else [])
                    receipts.settle(self._db, head, "queryable")

    def still_held(self, poison: Sequence[Poison]) -> None:
        """Note that records in quarantine were tried again and could not be loaded, and why."""
        with self._lock, self._transaction():
            held.tried(self._db, poison, now_ns())

    def discard(self, position: Position) -> int | None:
        """Take a record out of quarantine for good and count its items as dropped; return them, None if it is gone."""
        with self._lock, self._transaction():
            head = held.take_out(self._db, position)
            if head is None:
                return None
            items = receipts.settle(self._db, head, "dropped")
            self._drop({DISCARDED: items})
            return items

    def deliveries(self, wanted: standings.Wanted) -> tuple[dict[str, int], list[Standing]]:
        """The standings that are asked for, and the positions up to which they are counted."""
        with self._lock, self._transaction("DEFERRED"):
            positions = dict(self._db.execute("SELECT writer, seq FROM positions").fetchall())
            return positions, standings.find(self._db, wanted)

    def receipts(self, wanted: receipts.WantedReceipts) -> tuple[dict[str, int], list[receipts.Receipt]]:
        """The receipts that are asked for, and the positions up to which they are counted."""
        with self._lock, self._transaction("DEFERRED"):
            positions = dict(self._db.execute("SELECT writer, seq FROM positions").fetchall())
            return positions, receipts.find(self._db, wanted)

    def sample(self, sample: samples.Sample) -> None:
        """Keep how large things are and how far behind the loader is."""
        with self._lock, self._transaction():
            samples.add(self._db, sample)

    def samples(self, since_ns: int) -> Sequence[samples.Sample]:
        """The samples since a moment, in their order."""
        with self._lock:
            return samples.find(self._db, since_ns)

    def prune(self) -> None:
        """Forget what is too old or too much of the standings, receipts and samples."""
        now = now_ns()
        with self._lock, self._transaction():
            standings.prune(self._db, now)
            receipts.prune(self._db, now)
            samples.prune(self._db, now)

    def ask_reload(self, what: ReloadKind, since_ns: int, until_ns: int, only_id: int = 0, asked_by: str = "") -> int:
        """Ask for a re-load; the loader does it between its blocks. Return the wish's id."""
        with self._lock, self._transaction():
            return wishes.ask(self._db, what, (since_ns, until_ns), only_id, asked_by, now_ns())

    def ask_again(self, only_id: int = 0, asked_by: str = "") -> int:
        """Ask that what is in quarantine is tried again, one record or all. Return the wish's id."""
        return self.ask_reload("quarantine", *_ANY_TIME_NS, only_id, asked_by)

    def reload(self, reload_id: int) -> Reload | None:
        """One wish as it stands."""
        with self._lock:
            return next(iter(wishes.find(self._db, "id = ?", (reload_id,))), None)

    def open_reloads(self) -> list[Reload]:
        """Wishes that are not done, oldest first."""
        with self._lock:
            return wishes.find(self._db, "state != ?", ("done",))

    def reloads(self, limit: int, before_id: int = 0) -> list[Reload]:
        """Wishes, the newest first, past one."""
        with self._lock:
            return wishes.find(self._db, "? = 0 OR id < ?", (before_id, before_id), "id DESC", limit)

    def report_reload(self, wish: Reload) -> None:
        """Write down how far a wish is."""
        with self._lock, self._transaction():
            wishes.report(self._db, wish)

    def dropped(self) -> dict[str, int]:
        """Items that were accepted and not stored, by reason, since the first start."""
        with self._lock:
            return dict(self._db.execute("SELECT reason, items FROM dropped").fetchall())

    def quarantine_size(self, projects: Sequence[str] | None = None) -> int:
        """How many records are set aside, of some projects where these are named."""
        with self._lock:
            return held.size(self._db, projects)

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()

    def _drop(self, dropped: Mapping[str, int]) -> None:
        self._db.executemany(
            "INSERT INTO dropped VALUES (?, ?) ON CONFLICT (reason) DO UPDATE SET items = items + excluded.items",
            list(dropped.items()),
        )

    def _add_later_columns(self) -> None:
        """Bring tables that an earlier version made up to date; other processes may do the same at this moment."""
        for table, columns in _LATER.items():
            known = {row[1] for row in self._db.execute(f"PRAGMA table_info({table})")}
            for name, kind in columns.items():
                if name not in known:
                    with contextlib.suppress(sqlite3.OperationalError):
                        self._db.execute(f"ALTER TABLE {table} ADD COLUMN {name} {kind}")

    def _transaction(self, kind: Literal["IMMEDIATE", "DEFERRED"] = "IMMEDIATE") -> sqlite3.Connection:
        self._db.execute(f"BEGIN {kind}")
        # As a context manager a sqlite3 connection commits, or rolls back on an error.
        return self._db
