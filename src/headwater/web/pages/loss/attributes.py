"""The page of attributes that came and that no table of the mapper reads."""

from collections.abc import Mapping
from typing import cast

from starlette.requests import Request
from starlette.responses import Response

from headwater.errors import BadRequest
from headwater.web.desk import Desk, read_int
from headwater.web.pages.loss.frame import ATTRIBUTES, LOADING, tabs
from headwater.web.rendering import Renderer
from headwater.web.unread import Which, masked, wanted

_PAGE = 50
_FARTHEST = 5_000
_CHOICES: Mapping[str, tuple[str, str]] = {
    "unread": ("Not understood", "Names that instruments of calls and agents send, and no table of the mapper reads"),
    "own": ("Others", "Names of programs themselves and of the general OpenTelemetry conventions"),
}


async def attributes_page(desk: Desk, renderer: Renderer, request: Request) -> Response:
    """GET /server/health/attributes."""
    visitor = await desk.signed_in(request)
    here = renderer.here(request, visitor)
    which = request.query_params.get("which") or "unread"
    if which not in _CHOICES:
        raise BadRequest(f"which: {which[:40]!r} is none of {', '.join(_CHOICES)}")
    offset = min(read_int(request.query_params.get("offset"), "offset", 0), _FARTHEST)
    chosen = wanted(cast("Which", which))
    found = await desk.ask(visitor, lambda q: q.attributes(chosen, limit=_PAGE, offset=offset))

    def link(choice: str, at: int = 0) -> str:
        return here.link(ATTRIBUTES, which="" if choice == "unread" else choice, offset=at or "")

    values = {
        "tabs": tabs(here),
        "found": masked(found),
        "which": which,
        "choices": [(name, hint, key == which, link(key)) for key, (name, hint) in _CHOICES.items()],
        "loading": here.link(LOADING),
        "offset": offset,
        "first": link(which) if offset else "",
        "next": link(which, offset + _PAGE) if offset + _PAGE < found.total else "",
    }
    return renderer.page("loss/attributes.html", here, values)
