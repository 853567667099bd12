"""Heads: the heads of a list's columns, and the menu that chooses among them."""

from collections.abc import Sequence

import msgspec

from headwater.web.asked import Explored, query_pairs
from headwater.web.columns import NEWEST, Column
from headwater.web.rendering import Here


class Head(msgspec.Struct, frozen=True, kw_only=True):
    """A head of the table; `href` sorts by it, `order` is what aria-sort says."""

    key: str
    name: str
    hint: str
    is_number: bool = False
    href: str = ""
    order: str = ""
    arrow: str = ""


class Choosable(msgspec.Struct, frozen=True):
    """An entry of the menu of columns."""

    key: str
    name: str
    hint: str
    is_on: bool


def choosable(columns: Sequence[Column], shown: Sequence[Column]) -> list[Choosable]:
    """Return the menu of columns, without the one that cannot be left out."""
    return [
        Choosable(column.key, column.name, column.hint, column in shown) for column in columns if column.key != "name"
    ]


def heads(shown: Sequence[Column], asked: Explored, here: Here, place: str) -> list[Head]:
    """Return the table's heads; each one that can sort links to its other direction."""
    now = asked.sort or NEWEST
    return [_head(column, asked, here, place, now) for column in shown]


def _head(column: Column, asked: Explored, here: Here, place: str, now: str) -> Head:
    head = Head(key=column.key, name=column.name, hint=column.hint, is_number=column.is_number)
    if not column.sort:
        return head
    is_sorted, is_descending = now.removeprefix("-") == column.sort, now.startswith("-")
    turned = column.sort if is_sorted and is_descending else f"-{column.sort}"
    href = here.link_pairs(place, query_pairs(asked, sort=None if turned == NEWEST else turned))
    order, arrow, other = ("descending", "↓", "lowest") if is_descending else ("ascending", "↑", "highest")
    if not is_sorted:
        order, arrow, other = "", "", "highest"
    hint = f"{column.hint}. Sort by it, {other} first"
    return msgspec.structs.replace(head, href=href, hint=hint, order=order, arrow=arrow)
