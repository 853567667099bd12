"""Error pages: what happened, and what to do about it."""

from collections.abc import Mapping
from urllib.parse import urlencode

import msgspec
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from headwater.errors import HeadwaterError, Unauthorized
from headwater.web.api.errors import retry_after, status_of
from headwater.web.desk import CrossOrigin, Desk, NoProject, Visitor
from headwater.web.rendering import HEALTH, Renderer


class Action(msgspec.Struct, frozen=True):
    """A way on."""

    name: str
    href: str


_WORDS: Mapping[int, tuple[str, str]] = {
    400: (
        "This address cannot be read",
        "One of its filters has a value that makes no sense. Correct the address, or start again without filters.",
    ),
    403: ("Refused", "This request came from a page of another site. Open Headwater itself and try there."),
    404: (
        "Nothing here",
        "It may not have arrived yet, belong to another project, or be past the time that it is kept."
        " What was just sent is here within two seconds.",
    ),
    405: ("This address does not take that", "Open it from a page of Headwater."),
    500: (
        "Something went wrong here",
        "It is our fault, not yours. The server's log tells what happened; the health page, whether its parts are up.",
    ),
    503: (
        "The store does not answer",
        "What is sent meanwhile is kept in the journal and shows up later; nothing is lost."
        " The health page tells what is wrong.",
    ),
}


_NO_PROJECT = (
    "No project yet",
    "Whoever runs this server makes one with 'headwater projects', or lets you into one; then open this page again.",
)
_AGAIN_S = 3

# What htmx asks to put in place of the whole page's content must be found in the answer, whatever it is.
_WHOLE_TARGETS = ("main", "health")
_WHOLE_PAGE = {"hx-retarget": "#main", "hx-reselect": "#main", "hx-reswap": "outerHTML"}


async def error_page(desk: Desk, renderer: Renderer, request: Request, error: Exception) -> Response:
    """Answer an error: as a page, for htmx as a piece of one, to the login page when nobody is signed in."""
    is_piece = "hx-request" in request.headers and request.headers.get("hx-target") not in _WHOLE_TARGETS
    if isinstance(error, Unauthorized):
        return _to_login(request, "hx-request" in request.headers)
    status = error.status_code if isinstance(error, HTTPException) else status_of(error)
    heading, remedy = _WORDS.get(status, _WORDS[500 if status >= 500 else 400])
    if isinstance(error, NoProject):
        heading, remedy = _NO_PROJECT
    detail = str(error) if isinstance(error, HeadwaterError | CrossOrigin) else ""
    again_s = _AGAIN_S if status == 503 and request.method == "GET" and not _is_offer(request) else 0
    values = {"heading": heading, "remedy": remedy, "detail": detail, "again_s": again_s}
    if is_piece:
        response = renderer.page("parts/trouble.html", renderer.here(request, None), values, status)
    else:
        here = renderer.here(request, await _visitor(desk, request))
        values |= {"status_code": status, "actions": _actions(status, request)}
        response = renderer.page("error.html", here, values, status)
        response.headers.update(_WHOLE_PAGE)
    response.headers.update(retry_after(error))
    return response


def _is_offer(request: Request) -> bool:
    """Whether these are values for a field, which asks for them anew with each letter."""
    return request.url.path.startswith("/facets/")


async def _visitor(desk: Desk, request: Request) -> Visitor | None:
    """Who is signed in, so that the page keeps its navigation; nobody where that, too, cannot be told."""
    try:
        return await desk.signed_in(request)
    except (HeadwaterError, CrossOrigin):
        return None


def _actions(status: int, request: Request) -> tuple[Action, ...]:
    again = Action("Try again", f"{request.url.path}?{request.url.query}" if request.url.query else request.url.path)
    first = (again,) if status >= 500 and request.method == "GET" else ()
    health = (Action("Health", HEALTH),) if status >= 500 else ()
    return (*first, Action("All traces", "/traces"), *health)


def _to_login(request: Request, is_htmx: bool) -> Response:
    address = request.headers.get("hx-current-url", "") if is_htmx else ""
    path = "/" + address.partition("://")[2].partition("/")[2] if address else request.url.path
    query = request.url.query if not address else ""
    following = f"{path}?{query}" if query else path
    login = (
        f"/login?{urlencode({'next': following})}" if request.method == "GET" and following != "/overview" else "/login"
    )
    if is_htmx:
        return Response(status_code=200, headers={"hx-redirect": login})
    return RedirectResponse(login, status_code=303)
