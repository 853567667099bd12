"""CSV: a table as RFC 4180 text, with a head."""

import csv
import io
from typing import Any

import msgspec

from headwater.query import Table

CSV = "text/csv"


def csv_of(table: Table) -> str:
    """Return a table as CSV; NULL is an empty field, arrays and maps are JSON."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(table.columns)
    writer.writerows([field_of(value) for value in row] for row in table.rows)
    return text.getvalue()


def json_lines_of(table: Table) -> str:
    """Return a table as one JSON object a line."""
    encode = msgspec.json.Encoder().encode
    return "".join(f"{encode(dict(zip(table.columns, row, strict=True))).decode()}\n" for row in table.rows)


def field_of(value: Any) -> Any:
    """Return a value as CSV has it: None as nothing, arrays and maps as JSON."""
    if value is None or isinstance(value, str | int | float):
        return value
    encoded = msgspec.json.encode(value).decode()
    return msgspec.json.decode(encoded) if encoded.startswith('"') else encoded
