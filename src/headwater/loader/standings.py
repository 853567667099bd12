"""Standings in SQLite: statements on an open transaction of the ledger."""

import sqlite3
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from headwater.loader.delivery import Delivery, Key, Standing, keys_of, nothing_at

_DAY_NS = 86_400_000_000_000
_KEEP_INSTANCES_NS = 30 * _DAY_NS
_KEEP_MINUTES_NS = 3 * _DAY_NS
_INSTANCES = 10_000
_MINUTES = 300_000

SCHEMA = """
CREATE TABLE IF NOT EXISTS standings (
    project TEXT NOT NULL, instance TEXT NOT NULL, minute INTEGER NOT NULL, service TEXT NOT NULL,
    began_ns INTEGER NOT NULL, seen_ns INTEGER NOT NULL, first_seq INTEGER NOT NULL, seq INTEGER NOT NULL,
    requests INTEGER NOT NULL, created INTEGER NOT NULL, sent INTEGER NOT NULL, accepted INTEGER NOT NULL,
    kept INTEGER NOT NULL, dropped TEXT NOT NULL, arrived INTEGER NOT NULL, durable INTEGER NOT NULL,
    queryable INTEGER NOT NULL, PRIMARY KEY (project, instance, minute)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS standings_of_instances ON standings (seen_ns) WHERE minute = 0;
CREATE INDEX IF NOT EXISTS standings_of_minutes ON standings (seen_ns) WHERE minute > 0;
"""

_FIELDS = tuple(field.name for field in msgspec.structs.fields(Standing))
_COLUMNS = ", ".join(_FIELDS)
_PLACES = ", ".join("?" * len(_FIELDS))


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """Which standings are asked for: of these projects, last seen from `since_ns` until before `until_ns`.

    `instances` narrows to some, empty does not; `also` are wanted whenever they were seen, and come first. The newest
    `limit` are given.
    """

    projects: Sequence[str]
    instances: Sequence[str] = ()
    also: Sequence[str] = ()
    is_by_minute: bool = False
    since_ns: int = 0
    until_ns: int = 2**63 - 1
    limit: int = 100


def add(db: sqlite3.Connection, deliveries: Iterable[Delivery]) -> None:
    """Count deliveries, each once."""
    touched: dict[Key, Standing] = {}
    for delivery in deliveries:
        for key in keys_of(delivery):
            touched[key] = (touched.get(key) or _find(db, key)).after(delivery)
    rows = [tuple(_stored(getattr(standing, name)) for name in _FIELDS) for standing in touched.values()]
    db.executemany(f"INSERT OR REPLACE INTO standings ({_COLUMNS}) VALUES ({_PLACES})", rows)  # noqa: S608 - the names of our own columns


def heal(db: sqlite3.Connection, deliveries: Iterable[Delivery]) -> None:
    """Count as queryable what was set aside and is loaded after all."""
    changes = [(delivery.durable, *key) for delivery in deliveries for key in keys_of(delivery)]
    db.executemany(
        "UPDATE standings SET queryable = queryable + ? WHERE project = ? AND instance = ? AND minute = ?", changes
    )


def find(db: sqlite3.Connection, wanted: Wanted) -> list[Standing]:
    """The standings that are asked for: those of `also`, then the others, each the last seen first."""
    where = [f"project IN ({_marks(wanted.projects)})", "minute > 0" if wanted.is_by_minute else "minute = 0"]
    values: list[Any] = [*wanted.projects]
    if wanted.instances:
        where.append(f"instance IN ({_marks(wanted.instances)})")
        values += wanted.instances
    also = f"instance IN ({_marks(wanted.also)})"
    where.append(f"({also} OR (seen_ns >= ? AND seen_ns < ?))")
    values += (*wanted.also, wanted.since_ns, wanted.until_ns, *wanted.also, wanted.limit)
    order = f"ORDER BY {also} DESC, seen_ns DESC, instance LIMIT ?"
    statement = f"SELECT {_COLUMNS} FROM standings WHERE {' AND '.join(where)} {order}"  # noqa: S608 - conditions of ours, values are bound
    return [_standing(row) for row in db.execute(statement, values)]


def prune(db: sqlite3.Connection, now_ns: int) -> None:
    """Forget instances unseen for 30 days, minutes of 3 days ago, and the oldest of what is too much."""
    for which, keep_ns, bound in (
        ("minute = 0", _KEEP_INSTANCES_NS, _INSTANCES),
        ("minute > 0", _KEEP_MINUTES_NS, _MINUTES),
    ):
        excess = f"SELECT seen_ns FROM standings WHERE {which} ORDER BY seen_ns DESC LIMIT 1 OFFSET ?"  # noqa: S608 - a constant
        db.execute(
            f"DELETE FROM standings WHERE {which} AND seen_ns <= max(?, coalesce(({excess}), 0))",  # noqa: S608 - a constant
            (now_ns - keep_ns, bound),
        )


def _find(db: sqlite3.Connection, key: Key) -> Standing:
    row = db.execute(
        f"SELECT {_COLUMNS} FROM standings WHERE project = ? AND instance = ? AND minute = ?",  # noqa: S608 - the names of our own columns
        key,
    ).fetchone()
    return _standing(row) if row is not None else nothing_at(key)


def _standing(row: Sequence[Any]) -> Standing:
    found = dict(zip(_FIELDS, row, strict=True))
    return Standing(**found | {"dropped": msgspec.json.decode(found["dropped"])})


def _stored(value: Any) -> Any:
    return value if isinstance(value, (int, str)) else msgspec.json.encode(value).decode()


def _marks(values: Sequence[str]) -> str:
    return ", ".join("?" * len(values))
