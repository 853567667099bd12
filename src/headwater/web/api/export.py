"""Export: a list as a file, written while it is read, page by page.

Rule 1: a file holds what the list holds, in its order, up to a bound; a file that was cut says so in its last line, or
in a header where it has no lines.
Rule 2: what fails on the way breaks the connection, so that half a file is not taken for a whole one.
"""

import csv
import io
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from typing import Any, Literal

import msgspec
from pydantic import ConfigDict, Field
from starlette.responses import Response, StreamingResponse

from headwater.clock import now_ns
from headwater.errors import BadRequest
from headwater.query import CallListed, ListFile, Page, Questions, TraceListed
from headwater.web.api.csv import CSV, field_of
from headwater.web.asked import Explored
from headwater.web.choosing import Thing
from headwater.web.columns import CALL_COLUMNS, NEWEST, TRACE_COLUMNS, Column, chosen, fields
from headwater.web.desk import Desk, Visitor
from headwater.web.shown.times import rfc3339

JSON_LINES = "application/x-ndjson"
PARQUET = "application/vnd.apache.parquet"
MAX_ROWS = 100_000
_PAGE_ROWS = 1_000
# A spreadsheet takes what begins like this for a formula, and senders choose what they send.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")

_LISTS: Mapping[Thing, tuple[type[msgspec.Struct], Sequence[Column]]] = {
    "traces": (TraceListed, TRACE_COLUMNS),
    "calls": (CallListed, CALL_COLUMNS),
}

Fetch = Callable[[str | None, int], Awaitable[Page[Any]]]
"""Asks for a page: the cursor that it begins after, and how many items."""


class Exported(Explored):
    """What an export is asked for."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    format: Literal["csv", "jsonl", "parquet"] = Field(
        default="csv", description="CSV with a head, one JSON object a line, or Parquet with a type for each column"
    )
    cursor: str | None = Field(default=None, description="the cursor that the last line of a cut file names")
    limit: int = Field(default=MAX_ROWS, ge=1, le=MAX_ROWS, description="most rows that the file may have")


async def list_file(desk: Desk, visitor: Visitor, thing: Thing, asked: Exported, filters: Any) -> Response:
    """Answer with the list of traces or calls that the filters leave; raises BadRequest, Unavailable."""
    shape, columns = _LISTS[thing]
    names = fields(chosen(columns, asked.column)) if asked.column else shape.__struct_fields__
    sort = asked.sort or NEWEST
    if asked.format == "parquet":
        return await _parquet(desk, visitor, thing, asked, filters, names)

    def page(questions: Questions, cursor: str | None, rows: int) -> Page[Any]:
        ask = questions.calls if thing == "calls" else questions.traces
        return ask(filters, sort=sort, cursor=cursor, limit=rows)

    return await export(asked, thing, names, lambda cursor, rows: desk.ask(visitor, lambda q: page(q, cursor, rows)))


async def _parquet(
    desk: Desk, visitor: Visitor, thing: Thing, asked: Exported, filters: Any, names: Sequence[str]
) -> Response:
    """A file that the store writes whole: what is in it stands at its end, so it cannot be had in pieces."""
    if asked.cursor:
        raise BadRequest("cursor: a Parquet file begins at the beginning; narrow the filters, or take another format")
    sort = asked.sort or NEWEST

    def write(questions: Questions) -> ListFile:
        ask = questions.calls_file if thing == "calls" else questions.traces_file
        return ask(filters, sort=sort, fields=names, limit=asked.limit)

    made = await desk.ask(visitor, write)
    headers = {**_attached(asked, thing), "x-headwater-rows": str(made.rows)}
    if made.matching > made.rows:
        headers["x-headwater-cut"] = f"{made.rows} of {made.matching} rows"
    return Response(made.data, media_type=PARQUET, headers=headers)


def _attached(asked: Exported, thing: str) -> dict[str, str]:
    name = f"headwater-{thing}-{rfc3339(now_ns() // 10**9 * 10**9).replace(':', '')}.{asked.format}"
    return {
        "content-disposition": f'attachment; filename="{name}"',
        "x-headwater-max-rows": str(asked.limit),
    }


async def export(asked: Exported, thing: str, fields: Sequence[str], fetch: Fetch) -> StreamingResponse:
    """Answer with a file of `fields` of the items; what is wrong with the question is raised before it begins."""
    first = await fetch(asked.cursor, min(_PAGE_ROWS, asked.limit))
    write = _Csv(fields) if asked.format == "csv" else _JsonLines(fields)
    return StreamingResponse(
        _written(write, first, asked.limit, fetch),
        media_type=CSV if asked.format == "csv" else JSON_LINES,
        headers=_attached(asked, thing),
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
