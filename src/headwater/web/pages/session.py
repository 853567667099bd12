"""The page of a session: its conversation, replayed over all its traces."""

from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response

from headwater.errors import BadRequest
from headwater.query import Conversation
from headwater.web.desk import Desk
from headwater.web.rendering import Here, Renderer
from headwater.web.shown.replay import replay, source

_OLDEST, _NEWEST = "start_time", "-start_time"
_TURNS = 50


async def session_page(desk: Desk, renderer: Renderer, request: Request) -> Response:
    """GET /sessions/{session_id}, with ?sort= and ?cursor=."""
    visitor = await desk.signed_in(request)
    here, session_id = renderer.here(request, visitor), request.path_params["session_id"]
    sort = request.query_params.get("sort") or _OLDEST
    cursor = request.query_params.get("cursor") or None
    if sort not in (_OLDEST, _NEWEST):
        raise BadRequest(f"sort: unknown order {sort[:80]!r}; use {_OLDEST} or {_NEWEST}")
    shown = await desk.ask(visitor, lambda q: q.conversation(session_id, sort=sort, cursor=cursor, limit=_TURNS))
    # Off the loop: a page of long messages takes its time to draw.
    return await desk.asker.ask(lambda: _drawn(renderer, here, shown, sort, cursor))


def _drawn(renderer: Renderer, here: Here, shown: Conversation, sort: str, cursor: str | None) -> Response:
    ordered = sorted(shown.turns, key=lambda turn: turn.number)

    def text_link(place: str) -> str:
        turn, part = source(ordered, place)
        return here.link(f"/traces/{turn.trace_id}/spans/{turn.span_id}/text", part=part)

    place = f"/sessions/{quote(shown.session.session_id)}"
    is_newest_first = sort == _NEWEST
    turns = replay(ordered)
    kept = {"sort": sort if is_newest_first else ""}
    values = {
        "session": shown.session,
        "page": shown,
        "text_link": text_link,
        "turns": tuple(reversed(turns)) if is_newest_first else turns,
        "is_newest_first": is_newest_first,
        "other_order": here.link(place, sort="" if is_newest_first else _NEWEST),
        "first": here.link(place, **kept) if cursor else "",
        "next": here.link(place, **kept, cursor=shown.next) if shown.next else "",
    }
    return renderer.page("session.html", here, values)
