"""The sessions page and the users page: one shape, two lists."""

from collections.abc import Mapping, Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from headwater.query import Page
from headwater.web.asked import Asked, query_pairs, read_asked, trace_filters
from headwater.web.desk import Desk
from headwater.web.pages.filtering import bar
from headwater.web.pages.sorting import Column, sort_heads
from headwater.web.rendering import Here, Renderer

_LATEST = "-end_time"
_SESSIONS = {
    "kind": "sessions",
    "heading": "Sessions",
    "one": "Session",
    "explain": "A session groups the traces whose spans carry the same session.id, or gen_ai.conversation.id.",
}
_SESSION_COLUMNS = (
    Column("", "Session", "Its id, as the program gave it", is_number=False),
    Column("end_time", "Last active", "When its last trace ended", is_number=True),
    Column("traces", "Traces", "Its traces in this time"),
    Column("", "Calls", "Requests to models"),
    Column("errors", "Errors", "Steps that failed"),
    Column("tokens", "Tokens", "Input and output"),
    Column("cost", "Cost so far", "US dollars"),
    Column("", "Between turns", "On average, from the start of one trace to that of the next"),
    Column("", "Users", "Who took part", is_number=False),
    Column("", "Models", "Models that were asked", is_number=False),
)
_USER_COLUMNS = (
    Column("", "User", "The id that the program gave", is_number=False),
    Column("end_time", "Last active", "When the last trace ended", is_number=True),
    Column("traces", "Traces", "Traces in this time"),
    Column("", "Sessions", "Sessions in this time"),
    Column("", "Calls", "Requests to models"),
    Column("error_share", "Failed", "Share of the traces with a step in error"),
    Column("errors", "Errors", "Steps that failed"),
    Column("tokens", "Tokens", "Input and output"),
    Column("cost", "Cost", "US dollars, and the share of the cost of all traces in this time"),
    Column("start_time", "First seen", "When the first trace of this time began", is_number=True),
)
_USERS = {
    "kind": "users",
    "heading": "Users",
    "one": "User",
    "explain": "A user is known by the user.id that your program puts on its spans.",
}


async def sessions_page(desk: Desk, renderer: Renderer, request: Request) -> Response:
    """GET /sessions."""
    visitor = await desk.signed_in(request)
    here, asked = renderer.here(request, visitor), read_asked(request.query_params, "7d")
    filters, sort, cursor, limit = _list_of(desk, request, asked, here)
    page = await desk.ask(visitor, lambda q: q.sessions(filters, sort=sort, cursor=cursor, limit=limit))
    return _page(renderer, here, asked, page, _SESSIONS, _SESSION_COLUMNS)


async def users_page(desk: Desk, renderer: Renderer, request: Request) -> Response:
    """GET /users."""
    visitor = await desk.signed_in(request)
    here, asked = renderer.here(request, visitor), read_asked(request.query_params, "7d")
    filters, sort, cursor, limit = _list_of(desk, request, asked, here)
    page = await desk.ask(visitor, lambda q: q.users(filters, sort=sort, cursor=cursor, limit=limit))
    whole = await desk.ask(visitor, lambda q: q.selection(filters))
    return _page(renderer, here, asked, page, _USERS, _USER_COLUMNS, whole.cost_usd)


def _list_of(desk: Desk, request: Request, asked: Asked, here: Here) -> tuple[Any, str, str | None, int]:
    cursor = request.query_params.get("cursor") or None
    return trace_filters(asked, here.now_ns), asked.sort or _LATEST, cursor, desk.settings.page_items


def _page(
    renderer: Renderer,
    here: Here,
    asked: Asked,
    page: Page[Any],
    words: Mapping[str, str],
    columns: Sequence[Column],
    whole_usd: float = 0.0,
) -> Response:
    place = f"/{words['kind']}"
    own = here.link_pairs(place, query_pairs(asked))
    values = {
        **bar(asked, here, place, "Search in messages and tool calls", has_choices=False),
        **words,
        "page": page,
        "heads": sort_heads(columns, asked, here, place, _LATEST),
        "whole_usd": whole_usd,
        "kept": query_pairs(asked, sort=None),
        "first": own if "cursor=" in here.here else "",
        "next": here.link_pairs(place, [*query_pairs(asked), ("cursor", page.next)]) if page.next else "",
    }
    response = renderer.page("list.html", here, values)
    # Only htmx reads it: the address bar then shows one spelling, without what nobody filled in.
    response.headers["hx-push-url"] = own
    return response
