"""Portions: rows of one table, cut so that no insert is more than the store can hold in memory.

One envelope may be 64 MiB and an engine's whole memory 700: a block goes in portions, and because each portion's rows
replace themselves, a block that was cut short is sent again without harm.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from headwater.store import LogRow, MessageRow, SpanRow, TraceRow

PORTION_BYTES = 24 * 1024 * 1024
PORTION_ROWS = 20000
_ROW_BYTES = 600

Row = TypeVar("Row")


def portions(rows: Sequence[Row], size_of: Callable[[Row], int]) -> Iterator[Sequence[Row]]:
    """Cut rows where their sizes pass the bound; a row past it goes alone. The same rows are always cut alike."""
    start, size = 0, 0
    for index, row in enumerate(rows):
        size += size_of(row)
        if index > start and (size > PORTION_BYTES or index - start >= PORTION_ROWS):
            yield rows[start:index]
            start, size = index, size_of(row)
    if start < len(rows):
        yield rows[start:]


def size_of_message(row: MessageRow) -> int:
    """About how many bytes a message takes on its way."""
    return _ROW_BYTES + len(row.content) + len(row.text)


def size_of_span(row: SpanRow) -> int:
    """About how many bytes a span takes on its way: few attributes are long, events and hashes may be many."""
    return 2 * _ROW_BYTES + len(row.events) + len(row.stacktrace) + 16 * (len(row.input) + len(row.output))


def size_of_log(row: LogRow) -> int:
    """About how many bytes a log record takes on its way."""
    return _ROW_BYTES + len(row.body) + sum(len(value) for value in row.attributes.values())


def size_of_trace(row: TraceRow) -> int:
    """About how many bytes a trace takes on its way."""
    return _ROW_BYTES + len(row.input_preview) + len(row.output_preview)
