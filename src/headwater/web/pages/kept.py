"""The pages of what is saved: views of lists, and sets of traces. Both are everybody's in the project."""

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from headwater.errors import BadRequest
from headwater.web.api.saved import VIEWED
from headwater.web.desk import Desk, Visitor
from headwater.web.forms import Form, read_form, said
from headwater.web.pages.marking import view_address
from headwater.web.rendering import Renderer
from headwater.web.saved import set_of

_VIEWS, _SETS = "/views", "/sets"


async def views_page(desk: Desk, renderer: Renderer, request: Request) -> Response:
    """GET /views: all saved views, to open, rename, delete."""
    return await _views(desk, renderer, request, await desk.signed_in(request))


async def save_view(desk: Desk, renderer: Renderer, request: Request) -> Response:
    """POST /views: what a list shows, under a name."""
    visitor, form = await desk.changer(request), await read_form(request)
    page, views = form.one("page"), desk.ports.catalog.saved.views
    query = urlencode([(name[2:], value) for name, value in form.pairs if name.startswith("q.") and value])

    def save() -> str:
        if page not in VIEWED:
            raise BadRequest(f"page: no page {page[:40]!r} has views")
        made = views.add(visitor.project, _person(visitor), page, form.one("name"), query)
        if form.one("default"):
            views.set_default(visitor.project, _person(visitor), page, made.id)
        return view_address(renderer.here(request, visitor), made)

    try:
        return said(await desk.asker.ask(save), f"Saved the view {form.one('name')}")
    except BadRequest as error:
        return await _views(desk, renderer, request, visitor, str(error))


async def change_view(desk: Desk, renderer: Renderer, request: Request) -> Response:
    """POST /views/{view_id}: rename it, open its page with it or no longer, delete it."""
    visitor, form = await desk.changer(request), await read_form(request)
    views, view_id = desk.ports.catalog.saved.views, request.path_params["view_id"]
    person, project = _person(visitor), visitor.project

    def rename() -> str:
        return f"Renamed to {views.change(project, view_id, name=form.one('name')).name}"

    def choose() -> str:
        view = views.one(project, view_id)
        views.set_default(project, person, view.page, view_id)
        return f"{view.page.capitalize()} open with {view.name} now"

    def unchoose() -> str:
        page = views.one(project, view_id).page
        views.set_default(project, person, page)
        return f"{page.capitalize()} open as they did at first"

    def delete() -> str:
        name = views.one(project, view_id).name
        views.remove(project, view_id)
        return f"Deleted the view {name}"

    does = {"rename": rename, "choose": choose, "unchoose": unchoose, "delete": delete}
    try:
        words = await desk.asker.ask(_chosen(does, form))
    except BadRequest as error:
        return await _views(desk, renderer, request, visitor, str(error))
    return said(renderer.here(request, visitor).link(_VIEWS), words)


async def sets_page(desk: Desk, renderer: Renderer, request: Request) -> Response:
    """GET /sets: all saved sets."""
    return await _sets(desk, renderer, request, await desk.signed_in(request))


async def make_set(desk: Desk, renderer: Renderer, request: Request) -> Response:
    """POST /sets: a new set."""
    visitor, form = await desk.changer(request), await read_form(request)
    sets = desk.ports.catalog.saved.sets
    try:
        made = await desk.asker.ask(lambda: sets.add(visitor.project, _person(visitor), form.one("name")))
    except BadRequest as error:
        return await _sets(desk, renderer, request, visitor, str(error))
    return said(renderer.here(request, visitor).link(_SETS), f"Made the set {made.name}")


async def open_set(desk: Desk, renderer: Renderer, request: Request) -> Response:
    """GET /sets/{set_id}: the list of its traces."""
    visitor, set_id = await desk.signed_in(request), request.path_params["set_id"]
    await desk.asker.ask(lambda: desk.ports.catalog.saved.sets.one(visitor.project, set_id))
    here = renderer.here(request, visitor)
    return RedirectResponse(here.link("/traces", range="all", set=set_id), status_code=303)


async def change_set(desk: Desk, renderer: Renderer, request: Request) -> Response:
    """POST /sets/{set_id}: rename it, delete it."""
    visitor, form = await desk.changer(request), await read_form(request)
    sets, set_id, project = desk.ports.catalog.saved.sets, request.path_params["set_id"], visitor.project

    def rename() -> str:
        return f"Renamed to {sets.rename(project, set_id, form.one('name')).name}"

    def delete() -> str:
        name = sets.one(project, set_id).name
        sets.remove(project, set_id)
        return f"Deleted the set {name}; its traces stay"

    try:
        words = await desk.asker.ask(_chosen({"rename": rename, "delete": delete}, form))
    except BadRequest as error:
        return await _sets(desk, renderer, request, visitor, str(error))
    return said(renderer.here(request, visitor).link(_SETS), words)


async def _views(desk: Desk, renderer: Renderer, request: Request, visitor: Visitor, wrong: str = "") -> Response:
    views = desk.ports.catalog.saved.views
    found = await desk.asker.ask(lambda: views.all(visitor.project, "", _person(visitor)))
    here = renderer.here(request, visitor)
    listed = [(view, view_address(here, view), here.link(f"{_VIEWS}/{view.id}")) for view in found]
    return _page(renderer, here, "views.html", {"views": listed}, wrong)


async def _sets(desk: Desk, renderer: Renderer, request: Request, visitor: Visitor, wrong: str = "") -> Response:
    found = await desk.asker.ask(lambda: desk.ports.catalog.saved.sets.all(visitor.project))
    here = renderer.here(request, visitor)
    listed = [(set_of(each), here.link(f"{_SETS}/{each.id}")) for each in found]
    return _page(renderer, here, "sets.html", {"sets": listed}, wrong)


def _page(renderer: Renderer, here: Any, template: str, values: Mapping[str, Any], wrong: str) -> Response:
    words = wrong.partition(": ")[2] or wrong
    return renderer.page(template, here, {**values, "wrong": words[:1].upper() + words[1:]}, 400 if wrong else 200)


def _chosen(does: Mapping[str, Callable[[], str]], form: Form) -> Callable[[], str]:
    if form.one("do") not in does:
        raise BadRequest("choose what is to be done with one of the buttons")
    return does[form.one("do")]


def _person(visitor: Visitor) -> str:
    return visitor.person.id if visitor.person else ""
