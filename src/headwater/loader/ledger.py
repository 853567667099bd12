"""The ledger: what has been loaded, what is being loaded, what could not be; in SQLite, one row of truth each.

An intent is written before a block is stored and removed with the advance of the positions in one transaction. A loader
that was killed in between finds it and stores exactly the same run again under the same token.
"""

import sqlite3
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

import msgspec

from headwater.clock import now_ns
from headwater.journal import Position, Record
from headwater.loader import standings
from headwater.loader.delivery import Delivery, Standing, delivery_in

_SCHEMA = """
CREATE TABLE IF NOT EXISTS positions (writer TEXT PRIMARY KEY, seq INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS intent (only INTEGER PRIMARY KEY CHECK (only = 1), token TEXT NOT NULL, runs TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS quarantine (
    id INTEGER PRIMARY KEY, writer TEXT NOT NULL, seq INTEGER NOT NULL, door TEXT NOT NULL, project TEXT NOT NULL,
    reason TEXT NOT NULL, at_ns INTEGER NOT NULL, head BLOB NOT NULL, body BLOB NOT NULL, UNIQUE (writer, seq));
CREATE TABLE IF NOT EXISTS dropped (reason TEXT PRIMARY KEY, items INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS reloads (
    id INTEGER PRIMARY KEY, what TEXT NOT NULL, since_ns INTEGER NOT NULL, until_ns INTEGER NOT NULL,
    state TEXT NOT NULL, done INTEGER NOT NULL, failed INTEGER NOT NULL, asked_ns INTEGER NOT NULL);
"""

ReloadKind = Literal["journal", "quarantine"]
ReloadState = Literal["asked", "running", "done"]


Taken = tuple[Position, Record]
"""A record and where it stands."""

Poison = tuple[Position, Record, str, str, str]
"""A record that cannot be loaded: where it stands, itself, its door, its project, the reason."""


class Run(msgspec.Struct, frozen=True):
    """A stretch of one writer's records, both ends included."""

    writer: str
    first: int
    last: int


class Intent(msgspec.Struct, frozen=True):
    """The runs that a block is made of, and its token."""

    token: str
    runs: tuple[Run, ...]


class Quarantined(msgspec.Struct, frozen=True, kw_only=True):
    """An envelope that could not be loaded. `at_ns` is when that was found, Unix nanoseconds."""

    id: int
    position: Position
    door: str
    project: str
    reason: str
    at_ns: int
    size_bytes: int


class Reload(msgspec.Struct, frozen=True, kw_only=True):
    """A wish to load again what was received from `since_ns` until before `until_ns`, or what is in quarantine."""

    id: int
    what: ReloadKind
    since_ns: int
    until_ns: int
    state: ReloadState
    done: int
    failed: int


class Ledger:
    """The loader's own memory on disk; safe to read from other processes."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = threading.Lock()
        self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=10.0)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=FULL")
        self._db.executescript(_SCHEMA + standings.SCHEMA)

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
    ) -> None:
        """Advance the positions past an intent, with what was set aside (position, record, door, project, reason),
        what was dropped by reason and what the envelopes tell of their senders, all or nothing."""
        at = now_ns()
        with self._lock, self._transaction():
            self._db.executemany(
                "INSERT INTO positions VALUES (?, ?) ON CONFLICT (writer) DO UPDATE SET seq = max(seq, excluded.seq)",
                [(run.writer, run.last) for run in intent.runs],
            )
            self._db.executemany(
                "INSERT OR REPLACE INTO quarantine (writer, seq, door, project, reason, at_ns, head, body)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                [
                    (position.writer, position.seq, door, project, reason, at, record.head, record.body)
                    for position, record, door, project, reason in poison
                ],
            )
            self._db.executemany(
                "INSERT INTO dropped VALUES (?, ?) ON CONFLICT (reason) DO UPDATE SET items = items + excluded.items",
                list(dropped.items()),
            )
            standings.add(self._db, deliveries)
            self._db.execute("DELETE FROM intent")

    def quarantined(self, limit: int = 100) -> list[Quarantined]:
        """What was set aside, newest first."""
        with self._lock:
            rows = self._db.execute(
                "SELECT id, writer, seq, door, project, reason, at_ns, length(body) FROM quarantine"
                " ORDER BY id DESC LIMIT ?",
                (limit,),
            ).fetchall()
        return [
            Quarantined(
                id=row[0],
                position=Position(row[1], row[2]),
                door=row[3],
                project=row[4],
                reason=row[5],
                at_ns=row[6],
                size_bytes=row[7],
            )
            for row in rows
        ]

    def quarantined_records(self) -> list[tuple[Position, Record]]:
        """The set-aside records themselves, oldest first."""
        with self._lock:
            rows = self._db.execute("SELECT writer, seq, head, body FROM quarantine ORDER BY id").fetchall()
        return [(Position(row[0], row[1]), Record(row[2], row[3])) for row in rows]

    def release(self, positions: Sequence[Position]) -> None:
        """Take records out of quarantine: they were loaded after all."""
        with self._lock, self._transaction():
            for position in positions:
                row = self._db.execute(
                    "DELETE FROM quarantine WHERE writer = ? AND seq = ? RETURNING head",
                    (position.writer, position.seq),
                ).fetchone()
                healed = delivery_in(row[0]) if row is not None else None
                standings.heal(self._db, [healed] if healed is not None else [])

    def deliveries(self, wanted: standings.Wanted) -> tuple[dict[str, int], list[Standing]]:
        """The standings that are asked for, and the positions up to which they are counted."""
        with self._lock, self._transaction("DEFERRED"):
            positions = dict(self._db.execute("SELECT writer, seq FROM positions").fetchall())
            return positions, standings.find(self._db, wanted)

    def prune_deliveries(self) -> None:
        """Forget what is too old or too much of the standings."""
        with self._lock, self._transaction():
            standings.prune(self._db, now_ns())

    def ask_reload(self, what: ReloadKind, since_ns: int, until_ns: int) -> int:
        """Ask for a re-load; the loader does it between its blocks. Return the wish's id."""
        with self._lock:
            cursor = self._db.execute(
                "INSERT INTO reloads (what, since_ns, until_ns, state, done, failed, asked_ns)"
                " VALUES (?, ?, ?, 'asked', 0, 0, ?)",
                (what, since_ns, until_ns, now_ns()),
            )
        return int(cursor.lastrowid or 0)

    def reload(self, reload_id: int) -> Reload | None:
        """One wish as it stands."""
        return next(iter(self._reloads("id = ?", reload_id)), None)

    def open_reloads(self) -> list[Reload]:
        """Wishes that are not done, oldest first."""
        return self._reloads("state != ?", "done")

    def report_reload(self, reload_id: int, state: ReloadState, done: int, failed: int) -> None:
        """Write down how far a wish is: envelopes loaded again and envelopes that failed."""
        with self._lock:
            self._db.execute(
                "UPDATE reloads SET state = ?, done = ?, failed = ? WHERE id = ?", (state, done, failed, reload_id)
            )

    def _reloads(self, where: str, value: int | str) -> list[Reload]:
        statement = f"SELECT id, what, since_ns, until_ns, state, done, failed FROM reloads WHERE {where} ORDER BY id"  # noqa: S608 - the condition is one of two constants
        with self._lock:
            rows = self._db.execute(statement, (value,)).fetchall()
        names = ("id", "what", "since_ns", "until_ns", "state", "done", "failed")
        return [Reload(**dict(zip(names, row, strict=True))) for row in rows]

    def dropped(self) -> dict[str, int]:
        """Items that were accepted and not stored, by reason, since the first start."""
        with self._lock:
            return dict(self._db.execute("SELECT reason, items FROM dropped").fetchall())

    def quarantine_size(self) -> int:
        """How many records are set aside."""
        with self._lock:
            return int(self._db.execute("SELECT count(*) FROM quarantine").fetchone()[0])

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()

    def _transaction(self, kind: Literal["IMMEDIATE", "DEFERRED"] = "IMMEDIATE") -> sqlite3.Connection:
        self._db.execute(f"BEGIN {kind}")
        # As a context manager a sqlite3 connection commits, or rolls back on an error.
        return self._db
