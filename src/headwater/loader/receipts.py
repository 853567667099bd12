"""Receipts: what came with one key, through one door, in one minute, and what became of it. Whoever sent it: an SDK of
ours, a foreign exporter, a proxied call.

Items on disk are queryable, dropped, or set aside, and nothing else; what waits for the loader is in no receipt yet.
"""

import sqlite3
from collections.abc import Iterable, Sequence
from typing import Literal

import msgspec

from headwater.errors import HeadwaterError
from headwater.event import KEY_ID_HEADER, Envelope, envelope_from
from headwater.loader.delivery import MINUTE_NS

_DAY_MINUTES = 24 * 60
_KEEP_MINUTES = 8 * _DAY_MINUTES
_BOUND = 300_000

SCHEMA = """
CREATE TABLE IF NOT EXISTS receipts (
    project TEXT NOT NULL, minute INTEGER NOT NULL, key TEXT NOT NULL, door TEXT NOT NULL, seen_ns INTEGER NOT NULL,
    envelopes INTEGER NOT NULL, items INTEGER NOT NULL, size_bytes INTEGER NOT NULL, queryable INTEGER NOT NULL,
    dropped INTEGER NOT NULL, set_aside INTEGER NOT NULL, PRIMARY KEY (project, minute, key, door)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS receipts_by_minute ON receipts (minute);
"""

ReceiptsBy = Literal["key", "door", "minute"]
Fate = Literal["queryable", "dropped"]


class Receipt(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Envelopes of one project, key id ("" for none), door and minute since 1970, and their items on disk.

    `size_bytes` is what they take in the journal. `dropped` items were understood and not stored, `set_aside` ones
    could not be read. `seen_ns` is when the last of them was received, Unix nanoseconds.
    """

    project: str
    minute: int = 0
    key: str = ""
    door: str = ""
    seen_ns: int = 0
    envelopes: int = 0
    items: int = 0
    size_bytes: int = 0
    queryable: int = 0
    dropped: int = 0
    set_aside: int = 0

    def and_also(self, other: "Receipt") -> "Receipt":
        """Both together, named as this one."""
        return msgspec.structs.replace(
            self,
            seen_ns=max(self.seen_ns, other.seen_ns),
            envelopes=self.envelopes + other.envelopes,
            items=self.items + other.items,
            size_bytes=self.size_bytes + other.size_bytes,
            queryable=self.queryable + other.queryable,
            dropped=self.dropped + other.dropped,
            set_aside=self.set_aside + other.set_aside,
        )


class WantedReceipts(msgspec.Struct, frozen=True, kw_only=True):
    """Which receipts: of these projects, of `keys` where any are named, from one minute (Unix nanoseconds) until before
    another; added up `by` key, by door, or by stretches of `step` minutes."""

    projects: Sequence[str]
    keys: Sequence[str] = ()
    since_ns: int = 0
    until_ns: int = 2**63 - 1
    by: ReceiptsBy = "key"
    step: int = 1


def receipt_of(envelope: Envelope, size_bytes: int) -> Receipt:
    """The receipt of an envelope of which nothing is decided yet."""
    return Receipt(
        project=envelope.project,
        minute=envelope.received_ns // MINUTE_NS,
        key=envelope.headers.get(KEY_ID_HEADER, ""),
        door=envelope.door,
        seen_ns=envelope.received_ns,
        envelopes=1,
        items=envelope.items,
        size_bytes=size_bytes,
    )


def receipt_in(head: bytes, size_bytes: int) -> Receipt | None:
    """The same of a record's head; None where it cannot be read."""
    try:
        return receipt_of(envelope_from(head, b""), size_bytes)
    except HeadwaterError:
        return None


def loaded(receipt: Receipt, dropped: int) -> Receipt:
    """The receipt of an envelope that was read, `dropped` of its items understood and not stored."""
    dropped = min(dropped, receipt.items)
    return msgspec.structs.replace(receipt, dropped=dropped, queryable=receipt.items - dropped)


def put_aside(receipt: Receipt) -> Receipt:
    """The receipt of an envelope that could not be read."""
    return msgspec.structs.replace(receipt, set_aside=receipt.items)


def summed(receipts: Iterable[Receipt]) -> list[Receipt]:
    """One receipt for each project, minute, key and door."""
    found: dict[tuple[str, int, str, str], Receipt] = {}
    for receipt in receipts:
        key = (receipt.project, receipt.minute, receipt.key, receipt.door)
        known = found.get(key)
        found[key] = receipt if known is None else known.and_also(receipt)
    return list(found.values())


_FIELDS = tuple(field.name for field in msgspec.structs.fields(Receipt))
_SUMS = ("envelopes", "items", "size_bytes", "queryable", "dropped", "set_aside")
_ADD = (
    f"INSERT INTO receipts ({', '.join(_FIELDS)}) VALUES ({', '.join('?' * len(_FIELDS))})"  # noqa: S608 - our own columns
    " ON CONFLICT (project, minute, key, door) DO UPDATE SET seen_ns = max(seen_ns, excluded.seen_ns), "
    + ", ".join(f"{name} = {name} + excluded.{name}" for name in _SUMS)
)
_GROUPED: dict[ReceiptsBy, tuple[str, str]] = {
    "key": ("project, 0, key, ''", "project, key"),
    "door": ("project, 0, '', door", "project, door"),
    "minute": ("'', minute / :step * :step AS at, '', ''", "at"),
}


def add(db: sqlite3.Connection, receipts: Iterable[Receipt]) -> None:
    """Count receipts, on an open transaction."""
    db.executemany(_ADD, [tuple(getattr(receipt, name) for name in _FIELDS) for receipt in summed(receipts)])


def settle(db: sqlite3.Connection, head: bytes, fate: Fate) -> int:
    """What was set aside has become queryable, or is dropped for good; return its items."""
    receipt = receipt_in(head, 0)
    if receipt is None:
        return 1
    db.execute(
        f"UPDATE receipts SET {fate} = {fate} + min(set_aside, :items), set_aside = max(0, set_aside - :items)"  # noqa: S608 - one of two words
        " WHERE project = :project AND minute = :minute AND key = :key AND door = :door",
        {
            "items": receipt.items,
            "project": receipt.project,
            "minute": receipt.minute,
            "key": receipt.key,
            "door": receipt.door,
        },
    )
    return receipt.items


def find(db: sqlite3.Connection, wanted: WantedReceipts) -> list[Receipt]:
    """The receipts that are asked for, the last seen first, minutes in their order."""
    names, groups = _GROUPED[wanted.by]
    values: dict[str, int | str] = {
        "low": wanted.since_ns // MINUTE_NS,
        "high": min(wanted.until_ns, 2**62) // MINUTE_NS,
        "step": wanted.step,
    }
    where = f"minute >= :low AND minute < :high AND {_among('project', wanted.projects, values)}"
    if wanted.keys:
        where += f" AND {_among('key', wanted.keys, values)}"
    sums = ", ".join(f"sum({name})" for name in _SUMS)
    order = "2" if wanted.by == "minute" else "5 DESC"
    statement = f"SELECT {names}, max(seen_ns), {sums} FROM receipts WHERE {where} GROUP BY {groups} ORDER BY {order}"  # noqa: S608 - conditions of ours, values are bound
    columns = ("project", "minute", "key", "door", "seen_ns", *_SUMS)
    return [Receipt(**dict(zip(columns, row, strict=True))) for row in db.execute(statement, values)]


def prune(db: sqlite3.Connection, now_ns: int) -> None:
    """Forget what is older than eight days, and the oldest of what is too much."""
    excess = "SELECT minute FROM receipts ORDER BY minute DESC LIMIT 1 OFFSET ?"
    db.execute(
        f"DELETE FROM receipts WHERE minute <= max(?, coalesce(({excess}), 0))",  # noqa: S608 - a constant
        (now_ns // MINUTE_NS - _KEEP_MINUTES, _BOUND),
    )


def _among(column: str, chosen: Sequence[str], values: dict[str, int | str]) -> str:
    names = [f"{column}_{number}" for number in range(len(chosen))]
    values.update(zip(names, chosen, strict=True))
    return f"{column} IN ({', '.join(f':{name}' for name in names)})"
