"""Send data: what to paste, a key to paste with it, and the wait for the first trace."""

from starlette.requests import Request
from starlette.responses import Response

from headwater.access import KEY_FORMATS
from headwater.errors import BadRequest
from headwater.query import TraceFilters, read_time
from headwater.web.desk import Desk, Visitor
from headwater.web.forms import read_form
from headwater.web.kept import KeyMade, key_made
from headwater.web.pages.settings.frame import ask_catalog, framed
from headwater.web.pages.settings.keys import key_format
from headwater.web.pages.start import start
from headwater.web.rendering import Renderer

_PATIENCE_NS = 30 * 60 * 10**9
_EMPTY = TraceFilters()


async def connect_page(desk: Desk, renderer: Renderer, request: Request) -> Response:
    """GET /settings?with=."""
    return await _page(desk, renderer, request, await desk.signed_in(request))


async def connect_key(desk: Desk, renderer: Renderer, request: Request) -> Response:
    """POST /settings: makes a key and shows the page once with it."""
    visitor = await desk.changer(request)
    form = await read_form(request)
    wanted = key_format(form.one("format", "headwater"))
    name = form.one("name") or "first steps"
    made = await ask_catalog(desk, lambda catalog: key_made(catalog.create_key(visitor.project, name, wanted)))
    return await _page(desk, renderer, request, visitor, made)


async def _page(
    desk: Desk, renderer: Renderer, request: Request, visitor: Visitor, made: KeyMade | None = None
) -> Response:
    here = renderer.here(request, visitor)
    found = await desk.ask(visitor, lambda q: q.traces(limit=1))
    values = {
        **framed(here),
        **start(desk, request, here, made),
        "has_any": bool(found.items),
        "key_formats": KEY_FORMATS,
    }
    return renderer.page("settings/connect.html", here, values)


async def waiting_piece(desk: Desk, renderer: Renderer, request: Request) -> Response:
    """GET /settings/waiting?since=: 204 while nothing has come since a moment, then what ends the wait."""
    visitor = await desk.signed_in(request)
    here, since = renderer.here(request, visitor), request.query_params.get("since", "")
    since_ns = read_time(since, "since")
    if since_ns is None:
        raise BadRequest("since: say from when on a trace is waited for")
    arrived = await desk.ask(visitor, lambda q: q.arrivals(_EMPTY, since_ns, limit=1))
    is_over = here.now_ns - since_ns > _PATIENCE_NS
    if not arrived.items and not is_over:
        return Response(status_code=204)
    values = {"trace": arrived.items[-1].trace if arrived.items else None}
    return renderer.page("parts/arrived.html", here, values)
