"""The calls page: each request to a model by itself, with the filters of traces that calls know."""

import asyncio

from starlette.requests import Request
from starlette.responses import Response

from headwater.query import CallListed, Page, TimeSeries, Totals
from headwater.web.asked import Explored, call_filters, query_pairs, read_explored
from headwater.web.columns import CALL_COLUMNS, NEWEST, chosen
from headwater.web.desk import Desk, Visitor
from headwater.web.pages.filtering import bar
from headwater.web.pages.heads import heads
from headwater.web.pages.tiles import call_tiles
from headwater.web.pages.tools import sum_of_calls, tools
from headwater.web.rendering import Here, Renderer
from headwater.web.shown.chart import draw

_PLACE = "/calls"
_RANGE = "24h"


async def calls_page(desk: Desk, renderer: Renderer, request: Request) -> Response:
    """GET /calls."""
    visitor = await desk.signed_in(request)
    here, asked = renderer.here(request, visitor), read_explored(request.query_params, _RANGE)
    shown, cursor = chosen(CALL_COLUMNS, asked.column), request.query_params.get("cursor") or None
    page, totals, series = await _answers(desk, visitor, asked, here, cursor)
    own = here.link_pairs(_PLACE, query_pairs(asked))
    values = {
        **bar(asked, here, _PLACE, "Search in messages and tool calls", has_choices=True, thing="calls"),
        **tools(asked, here, "calls", CALL_COLUMNS, shown, None if totals is None else sum_of_calls(totals)),
        "page": page,
        "tiles": () if totals is None else call_tiles(totals),
        "not_summed": (),
        "chart": None if series is None else draw(series),
        "kept": query_pairs(asked, range=None, start=None, end=None),
        "heads": heads(shown, asked, here, _PLACE),
        "columns": [column.key for column in shown],
        "range": asked.range,
        "live_link": "",
        "first": own if cursor else "",
        "next": here.link_pairs(_PLACE, [*query_pairs(asked), ("cursor", page.next)]) if page.next else "",
    }
    response = renderer.page("calls.html", here, values)
    # Only htmx reads it: the address bar then shows one spelling, without what nobody filled in.
    response.headers["hx-push-url"] = own
    return response


async def calls_sum(desk: Desk, renderer: Renderer, request: Request) -> Response:
    """GET /calls/sum: how many calls the filters leave, for a page that did not wait for it."""
    visitor = await desk.signed_in(request)
    here, asked = renderer.here(request, visitor), read_explored(request.query_params, _RANGE)
    filters = call_filters(asked, here.now_ns)
    summed = sum_of_calls(await desk.ask(visitor, lambda q: q.totals(filters=filters)))
    return renderer.page("parts/sum.html", here, {"thing": "calls", "summed": summed, "sum_link": ""})


async def _answers(
    desk: Desk, visitor: Visitor, asked: Explored, here: Here, cursor: str | None
) -> tuple[Page[CallListed], Totals | None, TimeSeries | None]:
    filters = call_filters(asked, here.now_ns)
    sort, limit = asked.sort or NEWEST, desk.settings.page_items

    async def sums() -> tuple[Totals | None, TimeSeries | None]:
        if filters.text:
            # A text is looked up in everything that the time leaves: the list need not wait for that.
            return None, None
        oldest = await _oldest(desk, visitor) if filters.start is None else None
        return await asyncio.gather(
            desk.ask(visitor, lambda q: q.totals(filters=filters)),
            desk.ask(visitor, lambda q: q.series(filters, start=oldest)),
        )

    page, (totals, series) = await asyncio.gather(
        desk.ask(visitor, lambda q: q.calls(filters, sort=sort, cursor=cursor, limit=limit)), sums()
    )
    return page, totals, series


async def _oldest(desk: Desk, visitor: Visitor) -> str | None:
    """When the first call began: a chart of all time begins there; nobody wants to look at the years before."""
    first = await desk.ask(visitor, lambda q: q.calls(sort="start_time", limit=1))
    return first.items[0].start_time if first.items else None
