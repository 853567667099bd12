"""The values that a filter's field offers while someone types, as the options of a datalist."""

from starlette.requests import Request
from starlette.responses import Response

from headwater.web.asked import Asked, times
from headwater.web.desk import Desk
from headwater.web.rendering import Renderer

_OFFERED = 30


async def facet_options(desk: Desk, renderer: Renderer, request: Request) -> Response:
    """GET /facets/{facet}?{facet}=what was typed."""
    visitor = await desk.signed_in(request)
    here, facet = renderer.here(request, visitor), request.path_params["facet"]
    contains = request.query_params.get(facet, "")
    start = times(Asked(range=request.query_params.get("range", "")), here.now_ns)[0] or None
    values = await desk.ask(visitor, lambda q: q.facets(facet, contains=contains, start=start, limit=_OFFERED))
    return renderer.page("parts/options.html", here, {"values": values})
