"""The page to load again: from when to when, how much that is, how far it got, and what was asked before."""

from collections.abc import Mapping
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from headwater.errors import BadRequest
from headwater.query import read_time
from headwater.web.desk import Desk, Visitor, read_int
from headwater.web.forms import read_form, said
from headwater.web.pages.loss.frame import LOADING, tabs
from headwater.web.rendering import Here, Renderer
from headwater.web.shown.times import parse_ns, rfc3339
from headwater.web.wishes import Kept

_PAGE = 25
_SECOND_NS = 10**9


class Stretch(msgspec.Struct, frozen=True, kw_only=True):
    """From when to when, as typed and as read; `problems` are by field."""

    start: str
    end: str
    start_ns: int = 0
    end_ns: int = 0
    problems: Mapping[str, str] = {}


async def loading_page(desk: Desk, renderer: Renderer, request: Request) -> Response:
    """GET /server/health/loading: with times, how much they hold."""
    visitor = await desk.signed_in(request)
    here = renderer.here(request, visitor)
    asked = request.query_params
    stretch = read_stretch(asked.get("start", ""), asked.get("end", ""), here.now_ns)
    is_counted = "start" in asked or "end" in asked
    return await _page(desk, renderer, request, visitor, stretch, is_counted=is_counted)


async def load_again(desk: Desk, renderer: Renderer, request: Request) -> Response:
    """POST /server/health/loading."""
    visitor = await desk.changer(request)
    form = await read_form(request)
    here = renderer.here(request, visitor)
    stretch = read_stretch(form.one("start"), form.one("end"), here.now_ns)
    if stretch.problems:
        return await _page(desk, renderer, request, visitor, stretch, is_counted=False)
    name = visitor.person.name if visitor.person else ""
    await desk.asker.ask(lambda: desk.ports.wishes.load_again(stretch.start_ns, stretch.end_ns, name))
    return said(here.link(LOADING), "Asked: the loader begins within a second or two")


def read_stretch(start: str, end: str, now_ns: int) -> Stretch:
    """Read two times as typed; empty ones mean from the beginning, and until now."""
    problems: dict[str, str] = {}
    read: dict[str, int] = {}
    for field, text, missing in (("start", start, 0), ("end", end, now_ns)):
        try:
            found = read_time(text.strip(), field)
            read[field] = missing if found is None else found
        except BadRequest as error:
            problems[field] = str(error).partition(": ")[2] or str(error)
            read[field] = missing
    if not problems and read["end"] <= read["start"]:
        problems["end"] = "it is not after the start"
    return Stretch(start=start, end=end, start_ns=read["start"], end_ns=read["end"], problems=problems)


async def _page(
    desk: Desk, renderer: Renderer, request: Request, visitor: Visitor, stretch: Stretch, *, is_counted: bool
) -> Response:
    here = renderer.here(request, visitor)
    before = read_int(request.query_params.get("before"), "before", 0)
    wishes = await desk.asker.ask(lambda: desk.ports.wishes.reloads(_PAGE, before))
    kept = await desk.asker.ask(lambda: desk.ports.wishes.kept(stretch.start_ns, stretch.end_ns))
    values: dict[str, Any] = {
        "tabs": tabs(here),
        "stretch": stretch,
        "kept": kept,
        "is_counted": is_counted and not stretch.problems,
        "is_all": not stretch.start and not stretch.end,
        "oldest": _to_type(kept),
        "wishes": wishes.items,
        "is_busy": any(wish.state != "done" for wish in wishes.items),
        "place": here.link(LOADING),
        **_pages(here, before, wishes.next),
    }
    return renderer.page("loss/loading.html", here, values, 400 if stretch.problems else 200)


def _pages(here: Here, before: int, following: int | None) -> dict[str, str]:
    return {
        "first": here.link(LOADING) if before else "",
        "next": here.link(LOADING, before=following) if following else "",
    }


def _to_type(kept: Kept) -> str:
    """The oldest kept time as somebody would type it."""
    oldest_ns = parse_ns(kept.oldest or "")
    return "" if oldest_ns is None else rfc3339(oldest_ns // _SECOND_NS * _SECOND_NS)
