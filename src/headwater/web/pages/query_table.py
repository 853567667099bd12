"""Table: an answer's cells as text, with links where a column leads somewhere."""

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from headwater.query import Table
from headwater.web.rendering import Here

DRAWN_ROWS = 500
"""Rows that are drawn; what is downloaded has them all."""

_CUT = 240
_CUT_TITLE = 1_000
_NUMBER = re.compile(r"(?:Nullable\()?(?:U?Int|Float|Decimal|BFloat)")
_WRAPPED = re.compile(r"^(?:LowCardinality|Nullable)\((.*)\)$")
_TRACE_ID = re.compile(r"[0-9a-f]{32}")
_PLACES: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "session_id": ("session", {"range": "all"}),
    "user_id": ("user", {"range": "all"}),
}


class Head(msgspec.Struct, frozen=True, kw_only=True):
    """A column's head; `type` is the engine's."""

    name: str
    type: str
    is_number: bool


class Cell(msgspec.Struct, frozen=True, kw_only=True):
    """A value. `kind` is num, null, text or json; `title` is its beginning where `text` is cut."""

    text: str
    kind: str
    title: str = ""
    href: str = ""


def heads(table: Table) -> tuple[Head, ...]:
    """Return the heads of an answer's columns."""
    return tuple(
        Head(name=name, type=bare_type(kind), is_number=is_number(kind))
        for name, kind in zip(table.columns, table.types, strict=True)
    )


def cells(table: Table, here: Here) -> tuple[tuple[Cell, ...], ...]:
    """Return the cells of the rows that are drawn."""
    return tuple(
        tuple(_cell(name, value, here) for name, value in zip(table.columns, row, strict=True))
        for row in table.rows[:DRAWN_ROWS]
    )


def is_number(kind: str) -> bool:
    """Whether the values of a type are numbers."""
    return _NUMBER.match(kind) is not None


def bare_type(kind: str) -> str:
    """Return a type without how it is stored: LowCardinality(Nullable(String)) is String."""
    while wrapped := _WRAPPED.match(kind):
        kind = wrapped[1]
    return re.sub(r"LowCardinality\((\w+)\)", r"\1", kind)


def written(value: Any) -> str:
    """Return a value as text: numbers as they came, arrays and maps as JSON."""
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


def _cell(name: str, value: Any, here: Here) -> Cell:
    if value is None:
        return Cell(text="NULL", kind="null")
    text = written(value)
    if not isinstance(value, str):
        return Cell(text=_short(text, _CUT), kind="num" if isinstance(value, int | float) else "json")
    title = _short(text, _CUT_TITLE) if len(text) > _CUT else ""
    return Cell(text=_short(text, _CUT), kind="text", title=title, href=_place(name, text, here))


def _place(name: str, text: str, here: Here) -> str:
    if name == "trace_id":
        return here.link(f"/traces/{text}") if _TRACE_ID.fullmatch(text) else ""
    if name in _PLACES and text:
        word, more = _PLACES[name]
        return here.link("/traces", **{word: text}, **more)
    return ""


def _short(text: str, most: int) -> str:
    return text if len(text) <= most else text[:most] + "…"
