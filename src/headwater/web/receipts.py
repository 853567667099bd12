"""Receipts: what came with each key and in each minute, whoever sent it, as `/api/headwater/v1/receipts` and the ledger
page show it. The server room fills these structs. Counts are items unless said otherwise.
"""

from collections.abc import Iterable
from typing import Literal

import msgspec

from headwater.web.deliveries import FOREVER_NS
from headwater.web.health import Shown
from headwater.web.shown.numbers import exact

ReceiptsBy = Literal["key", "door", "minute"]


class ReceiptsAsked(msgspec.Struct, frozen=True, kw_only=True):
    """Which receipts: of projects, of keys (ids) where any are named, received within times (Unix nanoseconds), added
    up by key, by door, or by stretches of `step` minutes."""

    projects: tuple[str, ...]
    keys: tuple[str, ...] = ()
    by: ReceiptsBy = "key"
    since_ns: int = 0
    until_ns: int = FOREVER_NS
    step: int = 1


class ReceiptShown(Shown, frozen=True, kw_only=True):
    """What came with one key, through one door, or in one stretch. Times are RFC 3339, `minute` its beginning.

    `key` is a key's id, "" for none; `project`, `key` and `door` are "" where they are added up. `items` are on this
    server's disk, `size_bytes` of it in the journal; of them `queryable` can be asked for, `waiting` are not loaded,
    `dropped` were understood and not stored, `set_aside` could not be read.
    """

    project: str = ""
    key: str = ""
    door: str = ""
    minute: str | None = None
    last_seen: str | None = None
    envelopes: int = 0
    items: int = 0
    size_bytes: int = 0
    queryable: int = 0
    waiting: int = 0
    dropped: int = 0
    set_aside: int = 0

    @property
    def lost(self) -> int:
        """Items that cannot be asked for and do not wait."""
        return self.dropped + self.set_aside

    @property
    def remarks(self) -> tuple[str, ...]:
        """What the numbers mean where they differ, in sentences."""
        return tuple(_remarks(self))


class Receipts(Shown, frozen=True, kw_only=True):
    """Receipts: keys and doors the last seen first, minutes in their order, those without any left out. `is_partial`
    says that more waits for the loader than could be looked at."""

    items: tuple[ReceiptShown, ...]
    is_partial: bool = False


def _remarks(shown: ReceiptShown) -> Iterable[str]:
    if shown.set_aside:
        yield f"{_items(shown.set_aside)} on disk that could not be read: see the quarantine"
    if shown.dropped:
        yield (
            f"{_items(shown.dropped)} dropped: metric points, which are kept in the journal only, or what was discarded"
            " from quarantine"
        )
    if shown.waiting:
        yield f"{_items(shown.waiting)} on disk and not loaded yet"


def _items(count: int) -> str:
    return f"{exact(count)} {'item' if count == 1 else 'items'}"
