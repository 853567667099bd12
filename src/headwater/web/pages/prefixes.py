"""Broken prefixes: the lower part of the models page, fetched once its tables are there."""

from starlette.requests import Request
from starlette.responses import Response

from headwater.web.asked import call_filters, query_pairs, read_asked
from headwater.web.desk import Desk
from headwater.web.rendering import Renderer
from headwater.web.shown.breaks import CAUSE_NAMES, REMEDIES

PLACE = "/models/prefixes"
_WHOLE = "/models"
_MOST = 12


async def prefixes_page(desk: Desk, renderer: Renderer, request: Request) -> Response:
    """GET /models/prefixes: a piece for htmx, a page where no script runs."""
    visitor = await desk.signed_in(request)
    here, asked = renderer.here(request, visitor), read_asked(request.query_params, "7d")
    filters = call_filters(asked, here.now_ns)
    broken = await desk.ask(visitor, lambda q: q.broken_prefixes(filters, _MOST))
    dearest = sorted(broken.lost_by_cause.items(), key=lambda each: -each[1])
    values = {
        "broken": broken,
        "causes": [(CAUSE_NAMES[cause], usd) for cause, usd in dearest],
        "names": CAUSE_NAMES,
        "remedies": REMEDIES,
        "whole": here.link_pairs(_WHOLE, query_pairs(asked)),
    }
    is_piece = "hx-request" in request.headers
    return renderer.page("parts/prefixes.html" if is_piece else "prefixes.html", here, values)
