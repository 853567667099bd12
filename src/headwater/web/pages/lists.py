"""The sessions page and the users page: one shape, two lists."""

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from headwater.query import Page
from headwater.web.asked import Asked, query_pairs, read_asked, trace_filters
from headwater.web.desk import Desk
from headwater.web.pages.filtering import bar
from headwater.web.rendering import Here, Renderer

_LATEST = "-end_time"
_SESSIONS = {
    "kind": "sessions",
    "heading": "Sessions",
    "one": "Session",
    "explain": "A session groups the traces whose spans carry the same session.id, or gen_ai.conversation.id.",
}
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
    return _page(renderer, here, asked, page, _SESSIONS)


async def users_page(desk: Desk, renderer: Renderer, request: Request) -> Response:
    """GET /users."""
    visitor = await desk.signed_in(request)
    here, asked = renderer.here(request, visitor), read_asked(request.query_params, "7d")
    filters, sort, cursor, limit = _list_of(desk, request, asked, here)
    page = await desk.ask(visitor, lambda q: q.users(filters, sort=sort, cursor=cursor, limit=limit))
    return _page(renderer, here, asked, page, _USERS)


def _list_of(desk: Desk, request: Request, asked: Asked, here: Here) -> tuple[Any, str, str | None, int]:
    cursor = request.query_params.get("cursor") or None
    return trace_filters(asked, here.now_ns), asked.sort or _LATEST, cursor, desk.settings.page_items


def _page(renderer: Renderer, here: Here, asked: Asked, page: Page[Any], words: Mapping[str, str]) -> Response:
    place = f"/{words['kind']}"
    own = here.link_pairs(place, query_pairs(asked))
    values = {
        **bar(asked, here, place, "Search in messages and tool calls", has_choices=False),
        **words,
        "page": page,
        "first": own if "cursor=" in here.here else "",
        "next": here.link_pairs(place, [*query_pairs(asked), ("cursor", page.next)]) if page.next else "",
    }
    response = renderer.page("list.html", here, values)
    # Only htmx reads it: the address bar then shows one spelling, without what nobody filled in.
    response.headers["hx-push-url"] = own
    return response
