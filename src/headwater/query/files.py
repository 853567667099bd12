"""Files: a list as Parquet, written by the store itself: the rows, order and fields of the list, each with its type.

Times are timestamps in UTC, costs decimals, durations milliseconds as numbers, tags and models lists, metadata a map.
"""
# ruff: noqa: S608 - statements are put together of our own words only; what comes from outside is a parameter.

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from headwater.errors import BadRequest
from headwater.query.ask import Asker
from headwater.query.conditions import IN_WINDOW, Conditions, span_conditions, trace_conditions
from headwater.query.filters import CallFilters, TraceFilters
from headwater.query.found import CALLS, TRACES, bounds_of
from headwater.query.lists import Listing, order_of
from headwater.query.windows import Window

MOST_ROWS = 100_000
_MOST_BYTES = 256 * 1024 * 1024

# What the lists read as numbers, to make words or other numbers of it, a file holds as what it is.
_TYPED: Mapping[str, str] = {
    "start_time": "start_time",
    "duration_ms": "duration_ns / 1e6",
    "ttft_ms": "ttft_ns / 1e6",
    "cost_usd": "cost_usd",
}
_SETTINGS: Mapping[str, Any] = {"max_result_bytes": _MOST_BYTES, "output_format_parquet_compression_method": "zstd"}


class ListFile(msgspec.Struct, frozen=True, kw_only=True):
    """A list as a file. `rows` are those in it, `matching` those that the filters leave."""

    data: bytes
    rows: int
    matching: int


def traces_file(ask: Asker, filters: TraceFilters, sort: str, fields: Sequence[str], limit: int) -> ListFile:
    """Return the list of traces as Parquet; raises BadRequest."""
    return _file(ask, TRACES, trace_conditions(filters), bounds_of(filters), (sort, fields, limit))


def calls_file(ask: Asker, filters: CallFilters, sort: str, fields: Sequence[str], limit: int) -> ListFile:
    """Return the list of calls as Parquet; raises BadRequest."""
    return _file(ask, CALLS, span_conditions(filters), bounds_of(filters), (sort, fields, limit))


def _file(
    ask: Asker,
    listing: Listing[Any],
    conditions: Conditions,
    bounds: Window,
    shape: tuple[str, Sequence[str], int],
) -> ListFile:
    sort, fields, limit = shape
    unknown = [field for field in fields if field not in listing.columns]
    if unknown or not 1 <= limit <= MOST_ROWS:
        raise BadRequest(f"a file has fields of the list and 1 to {MOST_ROWS} rows, not {unknown or limit}")
    of_all = f"FROM headwater.{listing.table} FINAL WHERE {conditions.sql(IN_WINDOW, *listing.terms)}"
    parameters = {**conditions.parameters, "low": bounds.low, "high": bounds.high, "limit": limit}
    matching = int(ask.rows(f"SELECT count() {of_all}", parameters)[0][0])
    columns = ", ".join(f"{_TYPED.get(field, listing.columns[field].sql)} AS {field}" for field in fields)
    # In a query of its own: a field must not stand for a column that the conditions name alike.
    inner = f"SELECT *, duration_ns {of_all} ORDER BY {order_of(listing, sort)} LIMIT {{limit:UInt32}}"
    data = ask.file(
        f"SELECT {columns} FROM ({inner}) ORDER BY {order_of(listing, sort)}", "Parquet", parameters, _SETTINGS
    )
    return ListFile(data=data, rows=min(matching, limit), matching=matching)
