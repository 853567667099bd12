"""Price again: what today's prices would change in a stretch of time, then the doing of it, and how far it is."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from headwater.errors import BadRequest
from headwater.query import PriceChange, read_time, show_time
from headwater.web.asked import RANGES, Asked, times
from headwater.web.desk import Desk
from headwater.web.forms import read_form, said
from headwater.web.pages.prices.frame import REPRICE, framed
from headwater.web.rendering import Renderer
from headwater.web.repricings import stretch_of


async def reprice_page(desk: Desk, renderer: Renderer, request: Request) -> Response:
    """GET /prices/reprice: the form, and what it would change once a stretch is chosen."""
    visitor = await desk.signed_in(request)
    here, query = renderer.here(request, visitor), request.query_params
    asked = Asked(range=query.get("range", ""), start=query.get("start", ""), end=query.get("end", ""))
    change: PriceChange | None = None
    wrong, stretch = "", ("", "")
    try:
        stretch = _exact(asked, here.now_ns)
        if asked.range or asked.start or asked.end:
            start, end = stretch
            stretch_of(start, end)
            change = await desk.ask(visitor, lambda q: q.price_change(start, end))
    except BadRequest as error:
        wrong = str(error)
    wishes = await desk.asker.ask(lambda: desk.ports.repricings.all(visitor.project))
    values = {
        **framed(here),
        "asked": asked,
        "ranges": [(key, name) for key, (name, _) in RANGES.items()],
        "change": change,
        "wrong": wrong[:1].upper() + wrong[1:],
        "stretch": stretch,
        "wishes": wishes,
        "is_busy": any(wish.is_open for wish in wishes),
    }
    return renderer.page("prices/reprice.html", here, values, status=400 if wrong else 200)


async def ask_reprice(desk: Desk, renderer: Renderer, request: Request) -> Response:
    """POST /prices/reprice: price the stretch anew that the form names."""
    visitor, form = await desk.changer(request), await read_form(request)
    here, name = renderer.here(request, visitor), visitor.person.name if visitor.person else ""
    try:
        since_ns, until_ns = stretch_of(form.one("start"), form.one("end"))
        wish = await desk.asker.ask(lambda: desk.ports.repricings.ask(visitor.project, since_ns, until_ns, name))
    except BadRequest as error:
        return said(here.link(REPRICE), str(error)[:1].upper() + str(error)[1:])
    return said(here.link(f"{REPRICE}/{wish.id}"), "Calls are being priced again")


async def repricing_page(desk: Desk, renderer: Renderer, request: Request) -> Response:
    """GET /prices/reprice/{wish_id}: how far one is; asks again by itself while it goes on."""
    visitor, wish_id = await desk.signed_in(request), request.path_params["wish_id"]
    here = renderer.here(request, visitor)
    wish = await desk.asker.ask(lambda: desk.ports.repricings.one(visitor.project, wish_id))
    values: dict[str, Any] = {**framed(here), "wish": wish, "back": here.link(REPRICE)}
    return renderer.page("prices/repricing.html", here, values)


async def stop_reprice(desk: Desk, renderer: Renderer, request: Request) -> Response:
    """POST /prices/reprice/{wish_id}/stop."""
    visitor, wish_id = await desk.changer(request), request.path_params["wish_id"]
    wish = await desk.asker.ask(lambda: desk.ports.repricings.stop(visitor.project, wish_id))
    words = "Stopped; what was priced again stays so" if wish.state == "stopped" else "It had ended already"
    return said(renderer.here(request, visitor).link(f"{REPRICE}/{wish_id}"), words)


def _exact(asked: Asked, now_ns: int) -> tuple[str, str]:
    """The stretch that is shown, with an end: so that what is confirmed is what was shown. Raises BadRequest."""
    start, end = times(asked, now_ns)
    for field, word in (("start", start), ("end", end)):
        read_time(word, field)
    return start, end or show_time(now_ns)
