"""The traces page: filters, totals, calls over time, and the list."""

import asyncio

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from headwater.query import Page, TimeSeries, Totals, TraceListed
from headwater.web.asked import Asked, call_filters, query_pairs, read_asked, trace_filters
from headwater.web.desk import Desk, Visitor
from headwater.web.pages.filtering import NAMES, bar
from headwater.web.pages.tiles import tiles
from headwater.web.rendering import Here, Renderer
from headwater.web.shown.chart import draw
from headwater.web.shown.snippets import snippets

_NEWEST = "-start_time"
_OF_TRACES = frozenset(
    {"kind", "name", "status", "has_error", "tool", "agent", "error_type", "text", "metadata"}
    | {f"{edge}_{number}" for edge in ("min", "max") for number in ("cost_usd", "tokens", "duration_ms")}
)
"""What narrows traces by something that their calls need not have; it does not narrow the sums over calls."""


class Column(msgspec.Struct, frozen=True, kw_only=True):
    """A head of the table; `href` sorts by it, `order` is what aria-sort says."""

    key: str
    name: str
    hint: str
    href: str = ""
    order: str = ""
    arrow: str = ""


_COLUMNS = (
    ("time", "Started", "When it began", "start_time"),
    ("name", "Trace", "Its name, and what went in", ""),
    ("status", "Status", "Whether it went well, and what failed", "errors"),
    ("duration", "Duration", "From the first start to the last end", "duration"),
    ("ttft", "First token", "Time until the first token of its first streamed call", ""),
    ("tokens", "Tokens", "Input and output, of all its calls", "tokens"),
    ("cost", "Cost", "US dollars; a dash where no price is known", "cost"),
    ("models", "Models", "That answered", ""),
    ("user", "User, session", "As the sender named them", ""),
)


async def traces_page(desk: Desk, renderer: Renderer, request: Request) -> Response:
    """GET /traces."""
    visitor = await desk.signed_in(request)
    here = renderer.here(request, visitor)
    asked = read_asked(request.query_params, "24h")
    page, totals, series = await _answers(desk, visitor, asked, here, request.query_params.get("cursor") or None)
    base_url = desk.settings.base_url or str(request.base_url).rstrip("/")
    own = here.link_pairs("/traces", query_pairs(asked))
    values = {
        **bar(asked, here, "/traces", "Search in messages and tool calls", has_choices=True),
        "page": page,
        "has_any": bool(page.items) or await _has_any(desk, visitor),
        "totals": totals,
        "tiles": tiles(totals, is_narrowed=bool(_narrowing(asked))),
        "not_summed": [NAMES[name] for name in _narrowing(asked) if name in _OF_TRACES],
        "chart": draw(series),
        "kept": query_pairs(asked, range=None, start=None, end=None),
        "columns": columns(asked, here),
        "first": own if "cursor" in request.query_params else "",
        "next": here.link_pairs("/traces", [*query_pairs(asked), ("cursor", page.next)]) if page.next else "",
        "base_url": base_url,
        "snippets": snippets(base_url),
    }
    response = renderer.page("traces.html", here, values)
    # Only htmx reads it: the address bar then shows one spelling, without what nobody filled in.
    response.headers["hx-push-url"] = own
    return response


async def _answers(
    desk: Desk, visitor: Visitor, asked: Asked, here: Here, cursor: str | None
) -> tuple[Page[TraceListed], Totals, TimeSeries]:
    listed = trace_filters(asked, here.now_ns)
    kept = {name: getattr(asked, name) for name in Asked.model_fields if name not in _OF_TRACES}
    summed = call_filters(Asked(**kept), here.now_ns)
    sort, limit = asked.sort or _NEWEST, desk.settings.page_items
    oldest = None
    if summed.start is None:
        # A chart of all time begins with the first trace; nobody wants to look at the years before.
        first = await desk.ask(visitor, lambda q: q.traces(sort="start_time", limit=1))
        oldest = first.items[0].start_time if first.items else None
    return await asyncio.gather(
        desk.ask(visitor, lambda q: q.traces(listed, sort=sort, cursor=cursor, limit=limit)),
        desk.ask(visitor, lambda q: q.totals(filters=summed)),
        desk.ask(visitor, lambda q: q.series(summed, start=oldest)),
    )


async def _has_any(desk: Desk, visitor: Visitor) -> bool:
    """Whether the project has a trace at all; asked only where a list is empty."""
    return bool((await desk.ask(visitor, lambda q: q.traces(limit=1))).items)


def _narrowing(asked: Asked) -> list[str]:
    """The names that are asked for and narrow something, apart from the time."""
    return [name for name in NAMES if name not in ("start", "end") and getattr(asked, name) not in (None, "", [])]


def columns(asked: Asked, here: Here) -> list[Column]:
    """Return the table's heads; each one that can sort links to its other direction."""
    now = asked.sort or _NEWEST
    return [_column(asked, here, now, *column) for column in _COLUMNS]


def _column(asked: Asked, here: Here, now: str, key: str, name: str, hint: str, sort: str) -> Column:
    if not sort:
        return Column(key=key, name=name, hint=hint)
    is_sorted = now.removeprefix("-") == sort
    is_descending = now.startswith("-")
    turned = sort if is_sorted and is_descending else f"-{sort}"
    href = here.link_pairs("/traces", query_pairs(asked, sort=None if turned == _NEWEST else turned))
    if not is_sorted:
        return Column(key=key, name=name, hint=f"{hint}. Sort by it, highest first", href=href)
    order, arrow, other = ("descending", "↓", "lowest") if is_descending else ("ascending", "↑", "highest")
    return Column(key=key, name=name, hint=f"{hint}. Sort by it, {other} first", href=href, order=order, arrow=arrow)
