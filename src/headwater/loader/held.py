"""Held: records in quarantine, in SQLite; statements on an open transaction of the ledger."""

import sqlite3
from collections.abc import Sequence

import msgspec

from headwater.journal import Position, Record

Poison = tuple[Position, Record, str, str, str]
"""A record that cannot be loaded: where it stands, itself, its door, its project, the reason."""

SCHEMA = """
CREATE TABLE IF NOT EXISTS quarantine (
    id INTEGER PRIMARY KEY, writer TEXT NOT NULL, seq INTEGER NOT NULL, door TEXT NOT NULL, project TEXT NOT NULL,
    reason TEXT NOT NULL, at_ns INTEGER NOT NULL, head BLOB NOT NULL, body BLOB NOT NULL, UNIQUE (writer, seq));
"""
COLUMNS = {"tries": "INTEGER NOT NULL DEFAULT 1", "tried_ns": "INTEGER NOT NULL DEFAULT 0"}
"""Columns that came later, for a table that an earlier version made."""

_SHOWN = "id, writer, seq, door, project, reason, at_ns, length(body), tries, tried_ns, head"


class Quarantined(msgspec.Struct, frozen=True, kw_only=True):
    """An envelope that could not be loaded. `at_ns` is when that was found first, `tried_ns` when it was tried last
    (0: never again), Unix nanoseconds; `tries` counts the first; `head` is its head as it is kept."""

    id: int
    position: Position
    door: str
    project: str
    reason: str
    at_ns: int
    size_bytes: int
    tries: int = 1
    tried_ns: int = 0
    head: bytes = b""


def put(db: sqlite3.Connection, poison: Sequence[Poison], at_ns: int) -> None:
    """Set records aside; one that is there already has one try more."""
    db.executemany(
        "INSERT INTO quarantine (writer, seq, door, project, reason, at_ns, head, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (writer, seq) DO UPDATE SET door = excluded.door, project = excluded.project,"
        " reason = excluded.reason, tries = tries + 1, tried_ns = excluded.at_ns",
        [
            (position.writer, position.seq, door, project, reason, at_ns, record.head, record.body)
            for position, record, door, project, reason in poison
        ],
    )


def tried(db: sqlite3.Connection, poison: Sequence[Poison], at_ns: int) -> None:
    """Note that records which are set aside could not be loaded again, and why."""
    db.executemany(
        "UPDATE quarantine SET reason = ?, tries = tries + 1, tried_ns = ? WHERE writer = ? AND seq = ?",
        [(reason, at_ns, position.writer, position.seq) for position, _, _, _, reason in poison],
    )


def find(
    db: sqlite3.Connection, limit: int, before_id: int = 0, projects: Sequence[str] | None = None, only_id: int = 0
) -> list[Quarantined]:
    """Records, newest first, past one; of some projects where these are named."""
    where, values = ["1 = 1"], list[int | str]()
    if before_id:
        where.append("id < ?")
        values.append(before_id)
    if only_id:
        where.append("id = ?")
        values.append(only_id)
    if projects is not None:
        where.append(f"project IN ({', '.join('?' * len(projects))})")
        values += projects
    statement = f"SELECT {_SHOWN} FROM quarantine WHERE {' AND '.join(where)} ORDER BY id DESC LIMIT ?"  # noqa: S608 - conditions of ours, values are bound
    return [_quarantined(row) for row in db.execute(statement, (*values, limit))]


def records(db: sqlite3.Connection, after_id: int, limit: int, only_id: int = 0) -> list[tuple[int, Position, Record]]:
    """Records themselves with their ids, oldest first."""
    rows = db.execute(
        "SELECT id, writer, seq, head, body FROM quarantine WHERE id > ? AND (? = 0 OR id = ?) ORDER BY id LIMIT ?",
        (after_id, only_id, only_id, limit),
    ).fetchall()
    return [(row[0], Position(row[1], row[2]), Record(row[3], row[4])) for row in rows]


def body(db: sqlite3.Connection, held_id: int, limit_bytes: int) -> bytes | None:
    """The first bytes of a record's body; None where it is gone."""
    row = db.execute("SELECT substr(body, 1, ?) FROM quarantine WHERE id = ?", (limit_bytes, held_id)).fetchone()
    return None if row is None else row[0]


def take_out(db: sqlite3.Connection, position: Position) -> bytes | None:
    """Take a record out; return its head, None where it is not there."""
    row = db.execute(
        "DELETE FROM quarantine WHERE writer = ? AND seq = ? RETURNING head", (position.writer, position.seq)
    ).fetchone()
    return None if row is None else row[0]


def size(db: sqlite3.Connection, projects: Sequence[str] | None = None) -> int:
    """How many records are set aside."""
    if projects is None:
        return int(db.execute("SELECT count(*) FROM quarantine").fetchone()[0])
    statement = f"SELECT count(*) FROM quarantine WHERE project IN ({', '.join('?' * len(projects))})"  # noqa: S608 - marks only
    return int(db.execute(statement, tuple(projects)).fetchone()[0])


def _quarantined(row: Sequence[object]) -> Quarantined:
    names = ("id", "writer", "seq", "door", "project", "reason", "at_ns", "size_bytes", "tries", "tried_ns", "head")
    told = dict(zip(names, row, strict=True))
    position = Position(str(told.pop("writer")), int(str(told.pop("seq"))))
    return msgspec.convert(told | {"position": position}, Quarantined)
