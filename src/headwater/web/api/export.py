"""Export: a list as a file, written while it is read, page by page.

Rule 1: a file holds what the list holds, in its order, up to a bound; a file that was cut says so in its last line.
Rule 2: what fails on the way breaks the connection, so that half a file is not taken for a whole one.
"""

import csv
import io
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from typing import Any, Literal

import msgspec
from pydantic import ConfigDict, Field
from starlette.responses import StreamingResponse

from headwater.clock import now_ns
from headwater.query import Page
from headwater.web.api.csv import CSV, field_of
from headwater.web.asked import Explored
from headwater.web.shown.times import rfc3339

JSON_LINES = "application/x-ndjson"
MAX_ROWS = 100_000
_PAGE_ROWS = 1_000
# A spreadsheet takes what begins like this for a formula, and senders choose what they send.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")

Fetch = Callable[[str | None, int], Awaitable[Page[Any]]]
"""Asks for a page: the cursor that it begins after, and how many items."""


class Exported(Explored):
    """What an export is asked for."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    format: Literal["csv", "jsonl"] = Field(default="csv", description="CSV with a head, or one JSON object a line")
    cursor: str | None = Field(default=None, description="the cursor that the last line of a cut file names")
    limit: int = Field(default=MAX_ROWS, ge=1, le=MAX_ROWS, description="most rows that the file may have")


async def export(asked: Exported, thing: str, fields: Sequence[str], fetch: Fetch) -> StreamingResponse:
    """Answer with a file of `fields` of the items; what is wrong with the question is raised before it begins."""
    first = await fetch(asked.cursor, min(_PAGE_ROWS, asked.limit))
    write = _Csv(fields) if asked.format == "csv" else _JsonLines(fields)
    name = f"headwater-{thing}-{rfc3339(now_ns() // 10**9 * 10**9).replace(':', '')}.{asked.format}"
    return StreamingResponse(
        _written(write, first, asked.limit, fetch),
        media_type=CSV if asked.format == "csv" else JSON_LINES,
        headers={"content-disposition": f'attachment; filename="{name}"', "x-headwater-max-rows": str(asked.limit)},
    )


async def _written(write: "_Csv | _JsonLines", page: Page[Any], limit: int, fetch: Fetch) -> AsyncGenerator[str]:
    yield write.head() + write.rows(page.items)
    written = len(page.items)
    while page.next is not None:
        if written >= limit:
            yield write.cut(written, page.next)
            return
        page = await fetch(page.next, min(_PAGE_ROWS, limit - written))
        written += len(page.items)
        yield write.rows(page.items)


class _Csv:
    """RFC 4180. Text that a spreadsheet would take for a formula gets a ' before it."""

    def __init__(self, fields: Sequence[str]) -> None:
        self._fields = fields

    def head(self) -> str:
        return self._lines([self._fields])

    def rows(self, items: Sequence[Any]) -> str:
        return self._lines([[_safe(field_of(getattr(item, name))) for name in self._fields] for item in items])

    def cut(self, written: int, following: str) -> str:
        return self._lines([[f"# cut after {written} rows; the rest follows with cursor={following}"]])

    def _lines(self, rows: Sequence[Sequence[Any]]) -> str:
        text = io.StringIO()
        csv.writer(text).writerows(rows)
        return text.getvalue()


class _JsonLines:
    """One object a line, as the API's lists write it; the last one of a cut file has `is_cut` and `next` instead."""

    def __init__(self, fields: Sequence[str]) -> None:
        self._fields = fields

    def head(self) -> str:
        return ""

    def rows(self, items: Sequence[Any]) -> str:
        return "".join(self._line({name: getattr(item, name) for name in self._fields}) for item in items)

    def cut(self, written: int, following: str) -> str:
        return self._line({"is_cut": True, "rows": written, "next": following})

    def _line(self, value: Any) -> str:
        return f"{msgspec.json.encode(value).decode()}\n"


def _safe(value: Any) -> Any:
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value
