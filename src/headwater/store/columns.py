"""Columns: how the fields of a row struct become the columns of its table, and back.

A field stands in the column of its own name and the type of its annotation; only times are named otherwise, because a
reader of SQL should see a time and not a number.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Generic, TypeVar

import msgspec

from headwater.store.rows import EditRow, LogRow, MessageRow, SpanRow, TraceRow

Row = TypeVar("Row")

TIME = "DateTime64(9, 'UTC')"

_TIMES = {
    "start_ns": "start_time",
    "end_ns": "end_time",
    "received_ns": "received_time",
    "first_seen_ns": "first_seen_time",
    "time_ns": "time",
}
# A plain message is not kept twice, as content and as text: the table makes its content from role and text.
_NAMES = {"content": "stored_content"}
_TYPES: Mapping[Any, str] = {
    str: "String",
    int: "Int64",
    bytes: "FixedString(16)",
    int | None: "Nullable(Int64)",
    float | None: "Nullable(Float64)",
    tuple[str, ...]: "Array(String)",
    tuple[bytes, ...]: "Array(FixedString(16))",
    Mapping[str, str]: "Map(String, String)",
    Mapping[str, tuple[bytes, ...]]: "Map(String, Array(FixedString(16)))",
}
_READ_AS: Mapping[str, Callable[[Any], Any]] = {
    "Array(String)": tuple,
    "Array(FixedString(16))": tuple,
    "Map(String, Array(FixedString(16)))": lambda chunks: {name: tuple(hashes) for name, hashes in chunks.items()},
}


class Column(msgspec.Struct, frozen=True):
    """A field of a struct, the column it stands in, the type it is sent as, and the SQL that reads it back."""

    field: str
    name: str
    type: str
    sql: str


class Table(msgspec.Struct, Generic[Row], frozen=True):
    """A table and the struct of its rows."""

    name: str
    shape: Callable[..., Row]
    columns: tuple[Column, ...]

    def pivot(self, rows: Sequence[msgspec.Struct]) -> list[Sequence[Any]]:
        """Return the values column by column, as the Native format has them.

        Native was chosen by CPU, sender and engine together: a span costs 9 + 4 us (JSON lines 10 + 8, and they cannot
        hold hashes), a message with 2 KB of text 7 + 10 us (3 + 10).
        """
        return list(zip(*map(msgspec.structs.astuple, rows), strict=True))

    def select_list(self) -> str:
        """Return the SQL that reads all columns, in the order of the fields."""
        return ", ".join(column.sql for column in self.columns)

    def read(self, values: Sequence[Any]) -> Row:
        """Make the struct of a row that was read by `select_list`."""
        fields: dict[str, Any] = {}
        for column, value in zip(self.columns, values, strict=True):
            reader = _READ_AS.get(column.type)
            fields[column.field] = reader(value) if reader else value
        return self.shape(**fields)


def _column(field: msgspec.structs.FieldInfo) -> Column:
    name = _TIMES.get(field.name)
    if name:
        return Column(field.name, name, TIME, f"toUnixTimestamp64Nano({name})")
    # The table keeps the cost in dollars; an EPHEMERAL column takes the integer and is gone after the insert.
    sql = "toInt64(toDecimal128(cost_usd, 9) * 1000000000)" if field.name == "cost_nanousd" else field.name
    return Column(field.name, _NAMES.get(field.name, field.name), _TYPES[field.type], sql)


def _columns(shape: type[msgspec.Struct]) -> tuple[Column, ...]:
    return tuple(_column(field) for field in msgspec.structs.fields(shape))


SPANS = Table("spans", SpanRow, _columns(SpanRow))
MESSAGES = Table("messages", MessageRow, _columns(MessageRow))
LOGS = Table("log_events", LogRow, _columns(LogRow))
TRACES = Table("traces", TraceRow, _columns(TraceRow))
EDITS = Table("edits", EditRow, _columns(EditRow))
