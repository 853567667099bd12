"""Sorting: the heads of a table whose every column is an order; each links to its order, and that of now to the other
direction."""

from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from headwater.web.asked import Asked, query_pairs
from headwater.web.rendering import Here


class Column(NamedTuple):
    """A column; `sort` is the order that it is sorted by, "" where it cannot be."""

    sort: str
    name: str
    hint: str
    is_number: bool = True


class SortHead(msgspec.Struct, frozen=True, kw_only=True):
    """A head of a table, and the order that it links to; `order` is what aria-sort says."""

    name: str
    hint: str
    is_number: bool
    href: str = ""
    order: str = ""
    arrow: str = ""


def sort_heads(columns: Sequence[Column], asked: Asked, here: Here, place: str, usual: str) -> list[SortHead]:
    """Return the heads; `usual` is the order of an address that names none."""
    return [_head(column, asked, here, place, usual) for column in columns]


def _head(column: Column, asked: Asked, here: Here, place: str, usual: str) -> SortHead:
    if not column.sort:
        return SortHead(name=column.name, hint=column.hint, is_number=column.is_number)
    now = asked.sort or usual
    is_sorted, is_descending = now.removeprefix("-") == column.sort, now.startswith("-")
    first = f"-{column.sort}" if column.is_number else column.sort
    turned = (column.sort if is_descending else f"-{column.sort}") if is_sorted else first
    order = ("descending" if is_descending else "ascending") if is_sorted else ""
    return SortHead(
        name=column.name,
        hint=f"{column.hint}. Sort by it",
        is_number=column.is_number,
        href=here.link_pairs(place, query_pairs(asked, sort=None if turned == usual else turned)),
        order=order,
        arrow={"descending": "↓", "ascending": "↑", "": ""}[order],
    )
