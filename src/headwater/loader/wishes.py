"""Wishes: to load again a stretch of the journal or the quarantine, in SQLite; statements on an open transaction."""

import sqlite3
from collections.abc import Sequence
from typing import Any, Literal

import msgspec

ReloadKind = Literal["journal", "quarantine"]
ReloadState = Literal["asked", "running", "done"]

SCHEMA = """
CREATE TABLE IF NOT EXISTS reloads (
    id INTEGER PRIMARY KEY, what TEXT NOT NULL, since_ns INTEGER NOT NULL, until_ns INTEGER NOT NULL,
    state TEXT NOT NULL, done INTEGER NOT NULL, failed INTEGER NOT NULL, asked_ns INTEGER NOT NULL);
"""
COLUMNS = {
    "only_id": "INTEGER NOT NULL DEFAULT 0",
    "total": "INTEGER NOT NULL DEFAULT 0",
    "ended_ns": "INTEGER NOT NULL DEFAULT 0",
    "asked_by": "TEXT NOT NULL DEFAULT ''",
    "problem": "TEXT NOT NULL DEFAULT ''",
}
"""Columns that came later, for a table that an earlier version made."""

_KEPT = 1_000


class Reload(msgspec.Struct, frozen=True, kw_only=True):
    """A wish to load again what was received from `since_ns` until before `until_ns`, or what is in quarantine.

    `only_id` names one record of the quarantine, 0 all. `total` is how many envelopes there were when it began, `done`
    were loaded and `failed` not, for the reason in `problem` where there was one. Times are Unix nanoseconds, 0 for
    not yet; `asked_by` is a person's name, or "" for the command line.
    """

    id: int
    what: ReloadKind
    since_ns: int
    until_ns: int
    state: ReloadState
    done: int
    failed: int
    asked_ns: int = 0
    only_id: int = 0
    total: int = 0
    ended_ns: int = 0
    asked_by: str = ""
    problem: str = ""


_NAMES = tuple(field.name for field in msgspec.structs.fields(Reload))


def ask(
    db: sqlite3.Connection, what: ReloadKind, times_ns: tuple[int, int], only_id: int, asked_by: str, now_ns: int
) -> int:
    """Write down a wish; return its id."""
    cursor = db.execute(
        "INSERT INTO reloads (what, since_ns, until_ns, state, done, failed, asked_ns, only_id, asked_by)"
        " VALUES (?, ?, ?, 'asked', 0, 0, ?, ?, ?)",
        (what, *times_ns, now_ns, only_id, asked_by),
    )
    db.execute("DELETE FROM reloads WHERE state = 'done' AND id <= ?", ((cursor.lastrowid or 0) - _KEPT,))
    return int(cursor.lastrowid or 0)


def find(db: sqlite3.Connection, where: str, values: Sequence[Any], order: str = "id", limit: int = -1) -> list[Reload]:
    """Wishes that meet a condition; `where` and `order` are words of ours."""
    statement = f"SELECT {', '.join(_NAMES)} FROM reloads WHERE {where} ORDER BY {order} LIMIT ?"  # noqa: S608 - see above
    return [Reload(**dict(zip(_NAMES, row, strict=True))) for row in db.execute(statement, (*values, limit))]


def report(db: sqlite3.Connection, wish: Reload) -> None:
    """Write down how far a wish is."""
    db.execute(
        "UPDATE reloads SET state = ?, done = ?, failed = ?, total = ?, ended_ns = ?, problem = ? WHERE id = ?",
        (wish.state, wish.done, wish.failed, wish.total, wish.ended_ns, wish.problem, wish.id),
    )
