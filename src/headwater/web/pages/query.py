"""The query page: SQL over the project's own rows, the answer as a table and a chart, and its address to share.

A statement is run by GET, because it only reads; one that a page of another site leads to waits for a click.
"""

from collections.abc import Mapping
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from headwater.errors import BadRequest, Unavailable
from headwater.query import VIEWS, Questions, Table, UserLimits
from headwater.web.api.csv import csv_of, json_lines_of
from headwater.web.api.errors import retry_after, status_of
from headwater.web.desk import Desk, Visitor
from headwater.web.pages.query_chart import Plot, plots
from headwater.web.pages.query_examples import EXAMPLES
from headwater.web.pages.query_hints import hint
from headwater.web.pages.query_table import DRAWN_ROWS, Cell, Head, cells, heads
from headwater.web.rendering import Here, Renderer

PATH = "/query"
MOST_NAME = 120
LONGEST = 6_000
"""Characters of a statement that fit into an address, each of them as up to nine; longer ones are asked by the API."""

# The page carries its result twice, as JSON and as CSV, so that what is downloaded is what was seen.
_LIMITS = UserLimits(result_bytes=4 * 1024 * 1024)


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """An answer as the template draws it. `json` and `csv` are JSON texts that can stand between tags."""

    rows: int
    elapsed_ms: float
    is_truncated: bool
    heads: tuple[Head, ...]
    cells: tuple[tuple[Cell, ...], ...]
    plots: tuple[Plot, ...]
    json: str
    jsonl: str
    csv: str


async def query_page(desk: Desk, renderer: Renderer, request: Request) -> Response:
    """GET /query?sql=."""
    visitor = await desk.signed_in(request)
    return await console(desk, renderer, request, visitor, request.query_params.get("sql", "").strip())


async def console(
    desk: Desk,
    renderer: Renderer,
    request: Request,
    visitor: Visitor,
    sql: str,
    kept: Mapping[str, str] | None = None,
) -> Response:
    """Draw the console with the answer of a statement; with `kept` instead, what was typed to save it and could not be
    (`id` of the query, "" for a new one; `name`; `problem`)."""
    here = renderer.here(request, visitor)
    saved = await desk.asker.ask(lambda: desk.ports.catalog.saved.queries.all(visitor.project))
    values: dict[str, Any] = {
        "sql": sql,
        "saved": [(query, here.link(PATH, sql=query.sql)) for query in saved],
        "kept": kept or {"id": "", "name": "", "problem": ""},
        "longest_name": MOST_NAME,
        "longest": LONGEST,
        "views": VIEWS,
        "examples": [(example, here.link(PATH, sql=example.sql)) for example in EXAMPLES],
        "drawn": DRAWN_ROWS,
        "is_waiting": bool(sql) and not kept and request.headers.get("sec-fetch-site") == "cross-site",
        "shown": None,
        "refusal": "",
        "remedy": "",
    }
    if kept:
        return renderer.page("query.html", here, values, 400)
    if not sql or values["is_waiting"]:
        return renderer.page("query.html", here, values)
    try:
        values["shown"] = await _answered(desk, visitor, sql, here)
    except (BadRequest, Unavailable) as error:
        values |= {"refusal": str(error), "remedy": hint(error)}
        response = renderer.page("query.html", here, values, status_of(error))
        response.headers.update(retry_after(error))
        return response
    return renderer.page("query.html", here, values)


async def _answered(desk: Desk, visitor: Visitor, sql: str, here: Here) -> Shown:
    if len(sql) > LONGEST:
        raise BadRequest(
            f"sql: {len(sql)} characters are more than the {LONGEST} that fit into an address; ask it by the API"
        )

    def question(questions: Questions) -> Shown:
        return _shown(questions.sql(sql, _LIMITS), here)

    return await desk.ask(visitor, question)


def _shown(table: Table, here: Here) -> Shown:
    return Shown(
        rows=len(table.rows),
        elapsed_ms=table.elapsed_ms,
        is_truncated=table.is_truncated,
        heads=heads(table),
        cells=cells(table, here),
        plots=plots(table),
        json=_between_tags(table),
        jsonl=_between_tags(json_lines_of(table)),
        csv=_between_tags(csv_of(table)),
    )


def _between_tags(value: Any) -> str:
    """Return JSON that has no markup in it: within JSON, these characters stand in strings only."""
    text = msgspec.json.encode(value).decode()
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
