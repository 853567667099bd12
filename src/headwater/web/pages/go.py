"""Go: leads to what has an id. The palette asks it as one types; without a script it is a page of its own."""

from urllib.parse import quote

import msgspec
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from headwater.query import Hit
from headwater.web.desk import Desk
from headwater.web.rendering import Here, Renderer

_NAMES = {"trace": "Trace", "span": "Span", "session": "Session", "user": "Traces of user"}


class Led(msgspec.Struct, frozen=True):
    """A thing that was found, and where it is."""

    name: str
    id: str
    href: str


async def go_page(desk: Desk, renderer: Renderer, request: Request) -> Response:
    """GET /go?to=an id: redirects where one thing has it, lists them where several do, 404 where none does."""
    visitor = await desk.signed_in(request)
    here, wanted = renderer.here(request, visitor), request.query_params.get("to", "").strip()
    hits = await desk.ask(visitor, lambda q: q.find(wanted)) if wanted else ()
    led = [_led(hit, here) for hit in hits]
    if "hx-request" in request.headers:
        return renderer.page("parts/found.html", here, {"led": led})
    if len(led) == 1:
        return RedirectResponse(led[0].href, status_code=303)
    return renderer.page("go.html", here, {"led": led, "wanted": wanted}, 404 if wanted and not led else 200)


def _led(hit: Hit, here: Here) -> Led:
    return Led(_NAMES[hit.kind], hit.id, _address(hit, here))


def _address(hit: Hit, here: Here) -> str:
    if hit.kind == "trace":
        return here.link(f"/traces/{hit.id}")
    if hit.kind == "span":
        return here.link(f"/traces/{hit.trace_id}", span=hit.id)
    if hit.kind == "session":
        return here.link(f"/sessions/{quote(hit.id)}")
    return here.link("/traces", user=hit.id, range="all")
