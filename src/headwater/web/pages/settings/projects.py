"""Projects: all that there are, one more with its first key, another name, and asking for usage."""

from starlette.requests import Request
from starlette.responses import Response

from headwater.errors import HeadwaterError, NotFound
from headwater.web.desk import Desk, Visitor
from headwater.web.forms import read_form, said
from headwater.web.kept import KeyMade, ProjectMade, project_kept, project_made
from headwater.web.pages.settings.frame import (
    NOTHING_TYPED,
    PROJECTS,
    Typed,
    ask_catalog,
    attempt,
    framed,
    refused,
)
from headwater.web.rendering import Renderer


async def projects_page(desk: Desk, renderer: Renderer, request: Request) -> Response:
    """GET /settings/projects."""
    return await _page(desk, renderer, request, await desk.signed_in(request))


async def create_project(desk: Desk, renderer: Renderer, request: Request) -> Response:
    """POST /settings/projects: makes a project and shows the page once with its first key."""
    visitor, form = await desk.changer(request), await read_form(request)
    made = await attempt(desk, lambda catalog: project_made(catalog, form.one("name")))
    if isinstance(made, HeadwaterError):
        return await _page(desk, renderer, request, visitor, refused("create", form, made, (), "name"))
    return await _page(desk, renderer, request, visitor, made=made)


async def rename_project(desk: Desk, renderer: Renderer, request: Request) -> Response:
    """POST /settings/projects/{project_id}/name."""
    visitor, form = await desk.changer(request), await read_form(request)
    project_id = request.path_params["project_id"]
    done = await attempt(desk, lambda catalog: catalog.rename_project(project_id, form.one("name")))
    if isinstance(done, NotFound):
        raise done
    if isinstance(done, HeadwaterError):
        return await _page(desk, renderer, request, visitor, refused(project_id, form, done, (), "name"))
    return said(renderer.here(request, visitor).link(PROJECTS), f"The project is called “{done.name}” now")


async def switch_usage(desk: Desk, renderer: Renderer, request: Request) -> Response:
    """POST /settings/projects/{project_id}/usage."""
    visitor, form = await desk.changer(request), await read_form(request)
    project_id, is_on = request.path_params["project_id"], form.one("is_usage_injected") == "on"
    await ask_catalog(desk, lambda catalog: catalog.set_usage_injected(project_id, is_on))
    words = "asks for usage in streams" if is_on else "leaves streams without usage as they are"
    return said(renderer.here(request, visitor).link(PROJECTS), f"The proxy {words}, within seconds")


async def _page(
    desk: Desk,
    renderer: Renderer,
    request: Request,
    visitor: Visitor,
    typed: Typed = NOTHING_TYPED,
    made: ProjectMade | None = None,
) -> Response:
    here = renderer.here(request, visitor)
    projects = await ask_catalog(desk, lambda catalog: [project_kept(project) for project in catalog.projects()])
    key: KeyMade | None = made.key if made else None
    values = {**framed(here), "all": projects, "typed": typed, "project_made": made, "made": key}
    return renderer.page("settings/projects.html", here, values, typed.status)
