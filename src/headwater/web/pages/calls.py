"""The calls page: each request to a model by itself, with the filters of traces that calls know."""

import asyncio

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from headwater.query import CallListed, Charted, Page, TimeSeries, Totals
from headwater.web.asked import Explored, query_pairs, read_explored
from headwater.web.choosing import calls_asked
from headwater.web.columns import CALL_COLUMNS, NEWEST, chosen
from headwater.web.desk import Desk, Visitor
from headwater.web.pages.filtering import bar
from headwater.web.pages.heads import heads
from headwater.web.pages.marking import Typed, default_address, kept_of, marking, named_sets
from headwater.web.pages.tiles import call_tiles
from headwater.web.pages.tools import sum_of_calls, tools
from headwater.web.rendering import Here, Renderer
from headwater.web.shown.chart import draw

_PLACE = "/calls"
_RANGE = "24h"


async def calls_page(desk: Desk, renderer: Renderer, request: Request) -> Response:
    """GET /calls; without a query, the view that somebody chose as his default."""
    if not set(request.query_params) - {"project"}:
        visitor = await desk.signed_in(request)
        address = await default_address(desk, visitor, renderer.here(request, visitor), "calls")
        if address:
            return RedirectResponse(address, status_code=303)
    return await draw_calls(desk, renderer, request)


async def draw_calls(desk: Desk, renderer: Renderer, request: Request, typed: Typed | None = None) -> Response:
    """Draw the list; `typed` is what could not be done to its marked rows."""
    visitor = await desk.signed_in(request)
    here, asked = renderer.here(request, visitor), read_explored(request.query_params, _RANGE)
    shown, cursor = chosen(CALL_COLUMNS, asked.column), request.query_params.get("cursor") or None
    (page, totals, series), kept = await asyncio.gather(
        _answers(desk, visitor, asked, here, cursor), kept_of(desk, visitor, "calls")
    )
    summed = None if totals is None else sum_of_calls(totals)
    own = here.link_pairs(_PLACE, query_pairs(asked))
    barred = bar(asked, here, _PLACE, "Search in messages and tool calls", has_choices=True, thing="calls")
    values = {
        **barred,
        "chips": named_sets(barred["chips"], kept),
        **tools(asked, here, "calls", CALL_COLUMNS, shown, summed),
        **marking(asked, here, "calls", kept, summed, typed, cursor),
        "page": page,
        "tiles": () if totals is None else call_tiles(totals),
        "not_summed": (),
        "chart": None if series is None else draw(series),
        "kept": query_pairs(asked, range=None, start=None, end=None),
        "heads": heads(shown, asked, here, _PLACE),
        "columns": [column.key for column in shown],
        "range": asked.range,
        "marks": typed.marks if typed else frozenset[str](),
        "live_link": "",
        "first": own if cursor else "",
        "next": here.link_pairs(_PLACE, [*query_pairs(asked), ("cursor", page.next)]) if page.next else "",
    }
    response = renderer.page("calls.html", here, values, 400 if typed else 200)
    # Only htmx reads it: the address bar then shows one spelling, without what nobody filled in.
    response.headers["hx-push-url"] = own
    return response


async def calls_sum(desk: Desk, renderer: Renderer, request: Request) -> Response:
    """GET /calls/sum: how many calls the filters leave, for a page that did not wait for it."""
    visitor = await desk.signed_in(request)
    here, asked = renderer.here(request, visitor), read_explored(request.query_params, _RANGE)
    filters = await calls_asked(desk, visitor, asked, here.now_ns)
    summed = sum_of_calls(await desk.ask(visitor, lambda q: q.totals(filters=filters)))
    return renderer.page("parts/sum.html", here, {"thing": "calls", "summed": summed, "sum_link": ""})


async def _answers(
    desk: Desk, visitor: Visitor, asked: Explored, here: Here, cursor: str | None
) -> tuple[Page[CallListed], Totals | None, TimeSeries | None]:
    filters = await calls_asked(desk, visitor, asked, here.now_ns)
    sort, limit = asked.sort or NEWEST, desk.settings.page_items

    async def charted() -> Charted | None:
        # A text is looked up in everything that the time leaves: the list need not wait for that.
        return None if filters.text else await desk.ask(visitor, lambda q: q.charted(filters))

    page, sums = await asyncio.gather(
        desk.ask(visitor, lambda q: q.calls(filters, sort=sort, cursor=cursor, limit=limit)), charted()
    )
    return page, sums and sums.totals, sums and sums.series
