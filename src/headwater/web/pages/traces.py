"""The traces page: filters, totals, calls over time, and the list, which can be followed live."""

import asyncio
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from headwater.query import Arrived, Page, Selection, TimeSeries, Totals, TraceListed
from headwater.web.asked import Asked, Explored, call_filters, query_pairs, read_explored, trace_filters
from headwater.web.columns import NEWEST, TRACE_COLUMNS, chosen
from headwater.web.desk import Desk, Visitor
from headwater.web.pages.filtering import NAMES, bar
from headwater.web.pages.heads import heads
from headwater.web.pages.tiles import tiles
from headwater.web.pages.tools import sum_of_traces, tools
from headwater.web.rendering import Here, Renderer
from headwater.web.shown.chart import draw
from headwater.web.shown.snippets import snippets
from headwater.web.tailing import tail

_PLACE = "/traces"
_RANGE = "24h"
_OF_TRACES = frozenset(
    {"kind", "name", "status", "has_error", "tool", "agent", "error_type", "text", "metadata"}
    | {f"{edge}_{number}" for edge in ("min", "max") for number in ("cost_usd", "tokens", "duration_ms")}
)
"""What narrows traces by something that their calls need not have; it does not narrow the sums over calls."""


async def traces_page(desk: Desk, renderer: Renderer, request: Request) -> Response:
    """GET /traces."""
    visitor = await desk.signed_in(request)
    here, asked = renderer.here(request, visitor), read_explored(request.query_params, _RANGE)
    shown, cursor = chosen(TRACE_COLUMNS, asked.column), request.query_params.get("cursor") or None
    page, totals, series, selection = await _answers(desk, visitor, asked, here, cursor)
    base_url = desk.settings.base_url or str(request.base_url).rstrip("/")
    own = here.link_pairs(_PLACE, query_pairs(asked))
    summed = None if selection is None else sum_of_traces(selection)
    values = {
        **bar(asked, here, _PLACE, "Search in messages and tool calls", has_choices=True),
        **tools(asked, here, "traces", TRACE_COLUMNS, shown, summed),
        **_table(asked, shown),
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
        "base_url": base_url,
        "snippets": snippets(base_url),
    }
    response = renderer.page("traces.html", here, values)
    # Only htmx reads it: the address bar then shows one spelling, without what nobody filled in.
    response.headers["hx-push-url"] = own
    return response


async def traces_sum(desk: Desk, renderer: Renderer, request: Request) -> Response:
    """GET /traces/sum: how many traces the filters leave, for a page that did not wait for it."""
    visitor = await desk.signed_in(request)
    here, asked = renderer.here(request, visitor), read_explored(request.query_params, _RANGE)
    filters = trace_filters(asked, here.now_ns)
    summed = sum_of_traces(await desk.ask(visitor, lambda q: q.selection(filters)))
    return renderer.page("parts/sum.html", here, {"thing": "traces", "summed": summed, "sum_link": ""})


async def traces_live(desk: Desk, renderer: Renderer, request: Request) -> Response:
    """GET /traces/live: new rows of the list as server-sent events, as those of the API, drawn."""
    visitor = await desk.signed_in(request)
    asked = read_explored(request.query_params, _RANGE)
    table = _table(asked, chosen(TRACE_COLUMNS, asked.column))

    def row(item: Arrived) -> str:
        return renderer.text("parts/trace_row.html", renderer.here(request, visitor), {**table, "trace": item.trace})

    return await tail(desk, visitor, request, trace_filters(asked, renderer.here(request, visitor).now_ns), row)


async def _answers(
    desk: Desk, visitor: Visitor, asked: Explored, here: Here, cursor: str | None
) -> tuple[Page[TraceListed], Totals, TimeSeries, Selection | None]:
    listed = trace_filters(asked, here.now_ns)
    kept = {name: getattr(asked, name) for name in Asked.model_fields if name not in _OF_TRACES}
    summed = call_filters(Asked(**kept), here.now_ns)
    sort, limit = asked.sort or NEWEST, desk.settings.page_items
    oldest = None
    if summed.start is None:
        # A chart of all time begins with the first trace; nobody wants to look at the years before.
        first = await desk.ask(visitor, lambda q: q.traces(sort="start_time", limit=1))
        oldest = first.items[0].start_time if first.items else None

    async def selection() -> Selection | None:
        # A text is looked up in everything that the time leaves: the list need not wait for that.
        return None if listed.text else await desk.ask(visitor, lambda q: q.selection(listed))

    return await asyncio.gather(
        desk.ask(visitor, lambda q: q.traces(listed, sort=sort, cursor=cursor, limit=limit)),
        desk.ask(visitor, lambda q: q.totals(filters=summed)),
        desk.ask(visitor, lambda q: q.series(summed, start=oldest)),
        selection(),
    )


async def _has_any(desk: Desk, visitor: Visitor) -> bool:
    """Whether the project has a trace at all; asked only where a list is empty."""
    return bool((await desk.ask(visitor, lambda q: q.traces(limit=1))).items)


def narrowing(asked: Asked) -> list[str]:
    """The names that are asked for and narrow something, apart from the time."""
    return [name for name in NAMES if name not in ("start", "end") and getattr(asked, name) not in (None, "", [])]


def _table(asked: Explored, shown: Any) -> dict[str, Any]:
    """What a row needs."""
    return {"columns": [column.key for column in shown], "range": asked.range}


def _live_link(asked: Explored, here: Here, cursor: str | None) -> str:
    """Only the newest page of an open time can be followed."""
    is_newest = asked.sort in ("", NEWEST) and not cursor and (asked.range or not asked.end)
    return here.link_pairs("/traces/live", query_pairs(asked, sort=None)) if is_newest else ""
