"""Samples: how large things were and how far behind the loader was, once a minute; in SQLite."""

import sqlite3
from collections.abc import Sequence

import msgspec

_KEEP_NS = 8 * 86_400_000_000_000

SCHEMA = """
CREATE TABLE IF NOT EXISTS samples (
    at_ns INTEGER PRIMARY KEY, journal_bytes INTEGER NOT NULL, store_bytes INTEGER, free_bytes INTEGER NOT NULL,
    waiting INTEGER NOT NULL, lag_ms INTEGER NOT NULL);
"""


class Sample(msgspec.Struct, frozen=True, kw_only=True):
    """One moment (Unix nanoseconds). `waiting` envelopes were on disk and not loaded, the first of them for `lag_ms`;
    `store_bytes` is None while the store is away."""

    at_ns: int
    journal_bytes: int
    store_bytes: int | None
    free_bytes: int
    waiting: int
    lag_ms: int


_NAMES = tuple(field.name for field in msgspec.structs.fields(Sample))


def add(db: sqlite3.Connection, sample: Sample) -> None:
    """Keep a sample."""
    statement = f"INSERT OR REPLACE INTO samples ({', '.join(_NAMES)}) VALUES ({', '.join('?' * len(_NAMES))})"  # noqa: S608 - our own columns
    db.execute(statement, tuple(getattr(sample, name) for name in _NAMES))


def find(db: sqlite3.Connection, since_ns: int) -> Sequence[Sample]:
    """The samples since a moment, in their order."""
    rows = db.execute(f"SELECT {', '.join(_NAMES)} FROM samples WHERE at_ns >= ? ORDER BY at_ns", (since_ns,))  # noqa: S608 - our own columns
    return [Sample(**dict(zip(_NAMES, row, strict=True))) for row in rows]


def prune(db: sqlite3.Connection, now_ns: int) -> None:
    """Forget what is older than eight days."""
    db.execute("DELETE FROM samples WHERE at_ns < ?", (now_ns - _KEEP_NS,))
