"""The quarantine pages: what could not be read, a look at one, trying again, giving one up."""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from headwater.errors import BadRequest, NotFound
from headwater.web.desk import Desk, read_int
from headwater.web.downloads import download
from headwater.web.forms import said
from headwater.web.pages.loss.frame import LOADING, QUARANTINE, tabs
from headwater.web.rendering import Renderer
from headwater.web.wishes import Held

_PAGE = 50


async def quarantine_page(desk: Desk, renderer: Renderer, request: Request) -> Response:
    """GET /server/health/quarantine."""
    visitor = await desk.signed_in(request)
    here = renderer.here(request, visitor)
    before = read_int(request.query_params.get("before"), "before", 0)
    found = await desk.asker.ask(lambda: desk.ports.wishes.quarantine(None, _PAGE, before))
    wishes = await desk.asker.ask(lambda: desk.ports.wishes.reloads(20))
    values = {
        "tabs": tabs(here),
        "found": found,
        "wishes": [wish for wish in wishes.items if wish.what == "quarantine"][:3],
        "project_names": {project.id: project.name for project in visitor.projects},
        "place": QUARANTINE,
        "retry_all": here.link(f"{QUARANTINE}/retry"),
        "first": here.link(QUARANTINE) if before else "",
        "next": here.link(QUARANTINE, before=found.next) if found.next else "",
        "loading": here.link(LOADING),
        "refresh_s": desk.settings.health_refresh_s,
    }
    return renderer.page("loss/quarantine.html", here, values)


async def held_page(desk: Desk, renderer: Renderer, request: Request) -> Response:
    """GET /server/health/quarantine/{id}: one envelope, looked at."""
    visitor = await desk.signed_in(request)
    here, held_id = renderer.here(request, visitor), _id(request)
    preview = await desk.asker.ask(lambda: desk.ports.wishes.preview(None, held_id))
    place = f"{QUARANTINE}/{held_id}"
    values = {
        "tabs": tabs(here),
        "preview": preview,
        "held": preview.held,
        "project": _project_name(preview.held, {project.id: project.name for project in visitor.projects}),
        "back": here.link(QUARANTINE),
        "retry": here.link(f"{place}/retry"),
        "body": here.link(f"{place}/body"),
        "discard": here.link(f"{place}/discard"),
    }
    return renderer.page("loss/held.html", here, values)


async def held_body(desk: Desk, renderer: Renderer, request: Request) -> Response:
    """GET /server/health/quarantine/{id}/body: its bytes as they came, to be saved and never shown."""
    await desk.signed_in(request)
    held_id = _id(request)
    return download(await desk.asker.ask(lambda: desk.ports.wishes.body(None, held_id)), f"envelope-{held_id}.bin")


async def retry_all(desk: Desk, renderer: Renderer, request: Request) -> Response:
    """POST /server/health/quarantine/retry."""
    return await _retry(desk, renderer, request, 0)


async def retry_one(desk: Desk, renderer: Renderer, request: Request) -> Response:
    """POST /server/health/quarantine/{id}/retry."""
    return await _retry(desk, renderer, request, _id(request))


async def after_signing_in(desk: Desk, renderer: Renderer, request: Request) -> Response:
    """GET of where something is tried again, as a login in between leads to: the quarantine, where it can be asked."""
    visitor = await desk.signed_in(request)
    return RedirectResponse(renderer.here(request, visitor).link(QUARANTINE), status_code=303)


async def _retry(desk: Desk, renderer: Renderer, request: Request, held_id: int) -> Response:
    visitor = await desk.changer(request)
    here = renderer.here(request, visitor)
    name = visitor.person.name if visitor.person else ""
    try:
        await desk.asker.ask(lambda: desk.ports.wishes.try_again(None, held_id, name))
    except (BadRequest, NotFound) as error:
        return said(here.link(QUARANTINE), str(error))
    return said(here.link(QUARANTINE), "Asked: the loader tries again within a second or two")


async def discard_question(desk: Desk, renderer: Renderer, request: Request) -> Response:
    """GET /server/health/quarantine/{id}/discard: asks first."""
    visitor = await desk.signed_in(request)
    here, held_id = renderer.here(request, visitor), _id(request)
    preview = await desk.asker.ask(lambda: desk.ports.wishes.preview(None, held_id))
    back = here.link(f"{QUARANTINE}/{held_id}")
    return renderer.page("loss/discard.html", here, {"tabs": tabs(here), "held": preview.held, "back": back})


async def discard(desk: Desk, renderer: Renderer, request: Request) -> Response:
    """POST /server/health/quarantine/{id}/discard."""
    visitor = await desk.changer(request)
    here, held_id = renderer.here(request, visitor), _id(request)
    items = await desk.asker.ask(lambda: desk.ports.wishes.discard(None, held_id))
    number = "1 item counts" if items == 1 else f"{items:,} items count"
    return said(here.link(QUARANTINE), f"Discarded: {number} as dropped")


def _id(request: Request) -> int:
    return read_int(request.path_params["held_id"], "id", 0)


def _project_name(held: Held, names: dict[str, str]) -> str:
    return names.get(held.project, held.project)
