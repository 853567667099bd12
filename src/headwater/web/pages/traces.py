"""The traces page: filters, totals, calls over time, and the list, which can be followed live."""

import asyncio
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from headwater.query import Arrived, Page, Selection, TimeSeries, Totals, TraceListed
from headwater.web.asked import Asked, Explored, query_pairs, read_explored
from headwater.web.choosing import calls_asked, traces_asked
from headwater.web.columns import NEWEST, TRACE_COLUMNS, chosen
from headwater.web.desk import Desk, Visitor
from headwater.web.pages.filtering import NAMES, bar
from headwater.web.pages.heads import heads
from headwater.web.pages.marking import Typed, default_address, kept_of, marking, named_sets
from headwater.web.pages.start import start
from headwater.web.pages.tiles import tiles
from headwater.web.pages.tools import sum_of_traces, tools
from headwater.web.rendering import Here, Renderer
from headwater.web.shown.chart import draw
from headwater.web.tailing import tail

_PLACE = "/traces"
_RANGE = "24h"
_OF_TRACES = frozenset(
    {"kind", "name", "status", "has_error", "tool", "agent", "error_type", "text", "metadata"}
    | {f"{edge}_{number}" for edge in ("min", "max") for number in ("cost_usd", "tokens", "duration_ms")}
)
"""What narrows traces by something that their calls need not have; it does not narrow the sums over calls."""


async def traces_page(desk: Desk, renderer: Renderer, request: Request) -> Response:
    """GET /traces; without a query, the view that somebody chose as his default."""
    if not set(request.query_params) - {"project"}:
        visitor = await desk.signed_in(request)
        address = await default_address(desk, visitor, renderer.here(request, visitor), "traces")
        if address:
            return RedirectResponse(address, status_code=303)
    return await draw_traces(desk, renderer, request)


async def draw_traces(desk: Desk, renderer: Renderer, request: Request, typed: Typed | None = None) -> Response:
    """Draw the list; `typed` is what could not be done to its marked rows."""
    visitor = await desk.signed_in(request)
    here, asked = renderer.here(request, visitor), read_explored(request.query_params, _RANGE)
    shown, cursor = chosen(TRACE_COLUMNS, asked.column), request.query_params.get("cursor") or None
    (page, totals, series, selection), kept = await asyncio.gather(
        _answers(desk, visitor, asked, here, cursor), kept_of(desk, visitor, "traces")
    )
    own = here.link_pairs(_PLACE, query_pairs(asked))
    summed = None if selection is None else sum_of_traces(selection)
    barred = bar(asked, here, _PLACE, "Search in messages and tool calls", has_choices=True)
    values = {
        **barred,
        "chips": named_sets(barred["chips"], kept),
        **tools(asked, here, "traces", TRACE_COLUMNS, shown, summed),
        **marking(asked, here, "traces", kept, summed, typed, cursor),
        **_table(asked, shown, typed),
        "page": page,
        "has_any": bool(page.items) or await _has_any(desk, visitor),
        "totals": totals,
        "tiles": tiles(totals, is_narrowed=bool(narrowing(asked))),
        "not_summed": [NAMES[name] for name in narrowing(asked) if name in _OF_TRACES],
        "chart": draw(series),
        "kept": query_pairs(asked, range=None, start=None, end=None),
        "heads": heads(shown, asked, here, _PLACE),
        "live_link": _live_link(asked, here, cursor),
        "first": own if cursor else "",
        "next": here.link_pairs(_PLACE, [*query_pairs(asked), ("cursor", page.next)]) if page.next else "",
        **start(desk, request, here),
    }
    response = renderer.page("traces.html", here, values, 400 if typed else 200)
    # Only htmx reads it: the address bar then shows one spelling, without what nobody filled in.
    response.headers["hx-push-url"] = own
    return response


async def traces_sum(desk: Desk, renderer: Renderer, request: Request) -> Response:
    """GET /traces/sum: how many traces the filters leave, for a page that did not wait for it."""
    visitor = await desk.signed_in(request)
    here, asked = renderer.here(request, visitor), read_explored(request.query_params, _RANGE)
    filters = await traces_asked(desk, visitor, asked, here.now_ns)
    summed = sum_of_traces(await desk.ask(visitor, lambda q: q.selection(filters)))
    return renderer.page("parts/sum.html", here, {"thing": "traces", "summed": summed, "sum_link": ""})


async def traces_live(desk: Desk, renderer: Renderer, request: Request) -> Response:
    """GET /traces/live: new rows of the list as server-sent events, as those of the API, drawn."""
    visitor = await desk.signed_in(request)
    asked = read_explored(request.query_params, _RANGE)
    table = _table(asked, chosen(TRACE_COLUMNS, asked.column))

    def row(item: Arrived) -> str:
        return renderer.text("parts/trace_row.html", renderer.here(request, visitor), {**table, "trace": item.trace})

    filters = await traces_asked(desk, visitor, asked, renderer.here(request, visitor).now_ns)
    return await tail(desk, visitor, request, filters, row)


async def _answers(
    desk: Desk, visitor: Visitor, asked: Explored, here: Here, cursor: str | None
) -> tuple[Page[TraceListed], Totals, TimeSeries, Selection | None]:
    listed = await traces_asked(desk, visitor, asked, here.now_ns)
    kept = {name: getattr(asked, name) for name in Asked.model_fields if name not in _OF_TRACES}
    summed = await calls_asked(desk, visitor, Asked(**kept), here.now_ns)
    sort, limit = asked.sort or NEWEST, desk.settings.page_items

    async def selection() -> Selection | None:
        # A text is looked up in everything that the time leaves: the list need not wait for that.
        return None if listed.text else await desk.ask(visitor, lambda q: q.selection(listed))

    page, charted, selected = await asyncio.gather(
        desk.ask(visitor, lambda q: q.traces(listed, sort=sort, cursor=cursor, limit=limit)),
        desk.ask(visitor, lambda q: q.charted(summed)),
        selection(),
    )
    return page, charted.totals, charted.series, selected


async def _has_any(desk: Desk, visitor: Visitor) -> bool:
    """Whether the project has a trace at all; asked only where a list is empty."""
    return bool((await desk.ask(visitor, lambda q: q.traces(limit=1))).items)


def narrowing(asked: Asked) -> list[str]:
    """The names that are asked for and narrow something, apart from the time."""
    return [name for name in NAMES if name not in ("start", "end") and getattr(asked, name) not in (None, "", [])]


def _table(asked: Explored, shown: Any, typed: Typed | None = None) -> dict[str, Any]:
    """What a row needs."""
    marks = typed.marks if typed else frozenset[str]()
    return {"columns": [column.key for column in shown], "range": asked.range, "marks": marks}


def _live_link(asked: Explored, here: Here, cursor: str | None) -> str:
    """Only the newest page of an open time can be followed."""
    is_newest = asked.sort in ("", NEWEST) and not cursor and (asked.range or not asked.end)
    return here.link_pairs("/traces/live", query_pairs(asked, sort=None)) if is_newest else ""
