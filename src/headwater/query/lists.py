"""Lists: pages of things in an order, by key: a page begins after the last item of the page before, whatever arrives.

A list by start is walked in windows of time, so the newest page costs the same however much is stored; any other order
looks through everything that the filters leave.
"""
# ruff: noqa: S608 - statements are put together of our own words only; what comes from outside is a parameter.

from collections.abc import Callable, Mapping
from typing import Any, Generic, TypeVar

import msgspec

from headwater.clock import monotonic_s
from headwater.errors import BadRequest
from headwater.query.answers import Page
from headwater.query.ask import Asker, Column, Row, select_list, shaped
from headwater.query.conditions import IN_WINDOW, Conditions
from headwater.query.cursors import Cursor, read_cursor, write_cursor
from headwater.query.heard import heard
from headwater.query.times import DAY_NS, HOUR_NS
from headwater.query.windows import Stride, Window, walk

Item = TypeVar("Item")

MAX_LIMIT = 1_000
_STRIDE = Stride(first_ns=HOUR_NS, growth=8)
_TEXT_STRIDE = Stride(first_ns=DAY_NS, growth=64)
"""Text is looked up anew for every window, so there are few of them."""


class Listing(msgspec.Struct, Generic[Item], frozen=True, kw_only=True):
    """What a list is made of. `sorts` gives each order an Int64 expression.

    A grouped list has one item for each value of its id, made of all the rows that have it.
    """

    table: str
    shape: Callable[..., Item]
    columns: Mapping[str, Column]
    ids: tuple[str, ...]
    sorts: Mapping[str, str]
    terms: tuple[str, ...] = ()
    is_grouped: bool = False


class _Order(msgspec.Struct, frozen=True):
    name: str
    key: str
    is_descending: bool
    ids: tuple[str, ...]
    is_walked: bool

    @property
    def text(self) -> str:
        return ("-" if self.is_descending else "") + self.name

    def sql(self) -> str:
        direction = "DESC" if self.is_descending else "ASC"
        key = "start_time" if self.is_walked else self.key
        return ", ".join(f"{each} {direction}" for each in (key, *self.ids))

    def after(self) -> str:
        marks = ", ".join(f"{{after_{each}:String}}" for each in self.ids)
        comparison = "<" if self.is_descending else ">"
        return f"({self.key}, {', '.join(self.ids)}) {comparison} ({{after:Int64}}, {marks})"


def read_limit(limit: int) -> int:
    """Return the limit; raises BadRequest outside of what a page can hold."""
    if not 1 <= limit <= MAX_LIMIT:
        raise BadRequest(f"limit: {limit!r} is not from 1 to {MAX_LIMIT}")
    return limit


def page_of(
    ask: Asker,
    listing: Listing[Item],
    conditions: Conditions,
    bounds: Window,
    *,
    sort: str,
    cursor: str | None,
    limit: int,
) -> Page[Item]:
    """Return a page; raises BadRequest for an unknown order, a bad cursor or limit."""
    order = _read_order(listing, sort)
    wanted = read_limit(limit) + 1
    parameters: dict[str, Any] = {**conditions.parameters, "limit": wanted}
    after: Cursor | None = None
    if cursor:
        after = read_cursor(cursor, order.text, len(order.ids))
        parameters |= {"after": after.value} | {
            f"after_{name}": value for name, value in zip(order.ids, after.ids, strict=True)
        }
    conditions = heard(ask, conditions)
    parameters |= conditions.parameters
    search = _Search(ask, listing, conditions, order, after is not None, parameters)
    if order.is_walked:
        return _walked(search, _bounded(bounds, order, after), wanted)
    rows = search.rows(bounds, wanted)
    return _page(search, rows, wanted)


def order_of(listing: Listing[Any], sort: str) -> str:
    """Return what an order is in SQL; raises BadRequest for an unknown one."""
    return _read_order(listing, sort).sql()


class _Search(msgspec.Struct):
    ask: Asker
    listing: Listing[Any]
    conditions: Conditions
    order: _Order
    has_cursor: bool
    parameters: Mapping[str, Any]

    def rows(self, window: Window, wanted: int) -> list[Row]:
        """The first rows of the order within a window: key, ids, columns."""
        after = self.order.after() if self.has_cursor else "1"
        terms = (IN_WINDOW, *self.listing.terms)
        where = self.conditions.sql(*terms)
        if self.listing.is_grouped:
            where += f" GROUP BY {', '.join(self.order.ids)} HAVING {after}"
        else:
            where += f" AND {after}"
        sql = (
            f"SELECT {self.order.key}, {', '.join(self.order.ids)}, {select_list(self.listing.columns)}"
            f" FROM headwater.{self.listing.table} FINAL WHERE {where}"
            f" ORDER BY {self.order.sql()} LIMIT {{limit:UInt32}}"
        )
        bounds = {"low": window.low, "high": window.high, "limit": wanted}
        return list(self.ask.rows(sql, {**self.parameters, **bounds}))

    def nearest(self, window: Window) -> Window:
        """A window without the empty days and hours that lie before the nearest row, of whatever project and version.

        Only this form, by whole days, is answered from what every part says of itself, in a millisecond.
        """
        edge, day = ("max", "<=") if self.order.is_descending else ("min", ">=")
        at = window.high - 1 if self.order.is_descending else window.low
        sql = (
            f"SELECT count(), toUnixTimestamp64Nano({edge}(start_time)) FROM headwater.{self.listing.table}"
            f" WHERE toDate(start_time) {day} toDate(fromUnixTimestamp64Nano({{at:Int64}}, 'UTC'))"
        )
        count, found = self.ask.rows(sql, {"at": at})[0]
        if not count:
            return Window(window.low, window.low)
        if self.order.is_descending:
            return Window(window.low, min(window.high, found + 1))
        return Window(max(window.low, found), window.high)


def _walked(search: _Search, bounds: Window, wanted: int) -> Page[Any]:
    rows: list[Row] = []
    stride = _TEXT_STRIDE if search.conditions.asks_text else _STRIDE
    began_s = monotonic_s()
    for window in walk(bounds, search.order.is_descending, search.nearest, stride):
        rows += search.rows(window, wanted - len(rows))
        if len(rows) >= wanted:
            break
        if monotonic_s() - began_s > search.ask.patience_s:
            return _partial_page(search, rows, window, bounds)
    return _page(search, rows, wanted)


def _page(search: _Search, rows: list[Row], wanted: int) -> Page[Any]:
    shown = rows[: wanted - 1]
    return Page(items=_items(search, shown), next=_cursor_of(search.order, shown[-1]) if len(rows) >= wanted else None)


def _partial_page(search: _Search, rows: list[Row], window: Window, bounds: Window) -> Page[Any]:
    reached = window.low if search.order.is_descending else window.high - 1
    has_more = window.low > bounds.low if search.order.is_descending else window.high < bounds.high
    ids = tuple("" if search.order.is_descending else "\U0010ffff" for _ in search.order.ids)
    following = write_cursor(Cursor(search.order.text, reached, ids)) if has_more else None
    return Page(items=_items(search, rows), next=following, is_partial=has_more)


def _items(search: _Search, rows: list[Row]) -> tuple[Any, ...]:
    skipped = 1 + len(search.order.ids)
    return tuple([shaped(search.listing.shape, search.listing.columns, row[skipped:]) for row in rows])


def _cursor_of(order: _Order, row: Row) -> str:
    return write_cursor(Cursor(order.text, int(row[0]), tuple([str(each) for each in row[1 : 1 + len(order.ids)]])))


def _bounded(bounds: Window, order: _Order, after: Cursor | None) -> Window:
    """Leave out what lies before the cursor; the item at the cursor's own time is told apart by its ids."""
    if after is None:
        return bounds
    if order.is_descending:
        return Window(bounds.low, min(bounds.high, after.value + 1))
    return Window(max(bounds.low, after.value), bounds.high)


def _read_order(listing: Listing[Any], sort: str) -> _Order:
    name = sort.removeprefix("-")
    if name not in listing.sorts:
        allowed = ", ".join(listing.sorts)
        raise BadRequest(f"sort: unknown order {sort[:80]!r}; use one of {allowed}, with - before it for descending")
    is_walked = name == "start_time" and not listing.is_grouped
    return _Order(name, listing.sorts[name], sort.startswith("-"), listing.ids, is_walked)
