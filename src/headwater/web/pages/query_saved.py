"""Saved queries of the console: saving one, changing its name or statement, forgetting it."""

from starlette.requests import Request
from starlette.responses import Response

from headwater.errors import BadRequest
from headwater.web.desk import Desk, Visitor
from headwater.web.forms import read_form, said
from headwater.web.pages.query import LONGEST, PATH, console
from headwater.web.rendering import Renderer


async def save_query(desk: Desk, renderer: Renderer, request: Request) -> Response:
    """POST /query/saved: save the statement under a name, for everybody in the project."""
    visitor = await desk.changer(request)
    form = await read_form(request)
    name, sql = form.one("name"), form.one("sql")
    queries, person_id = desk.ports.catalog.saved.queries, _person_id(visitor)
    try:
        made = await desk.asker.ask(lambda: queries.add(visitor.project, person_id, name, sql))
    except BadRequest as error:
        kept = {"id": "", "name": name, "problem": str(error)}
        return await console(desk, renderer, request, visitor, sql[:LONGEST], kept)
    return said(renderer.here(request, visitor).link(PATH, sql=made.sql), f"Saved as {made.name}.")


async def change_query(desk: Desk, renderer: Renderer, request: Request) -> Response:
    """POST /query/saved/{query_id}: give it another name, and another statement where one is sent."""
    visitor = await desk.changer(request)
    form, query_id = await read_form(request), request.path_params["query_id"]
    name, sql = form.one("name"), form.one("sql")
    queries = desk.ports.catalog.saved.queries
    try:
        made = await desk.asker.ask(lambda: queries.change(visitor.project, query_id, name=name, sql=sql or None))
    except BadRequest as error:
        kept = {"id": query_id, "name": name, "problem": str(error)}
        return await console(desk, renderer, request, visitor, sql[:LONGEST], kept)
    return said(renderer.here(request, visitor).link(PATH, sql=made.sql), f"Saved as {made.name}.")


async def forget_query(desk: Desk, renderer: Renderer, request: Request) -> Response:
    """POST /query/saved/{query_id}/forget; the statement stays in the editor, to be saved again."""
    visitor = await desk.changer(request)
    query_id, queries = request.path_params["query_id"], desk.ports.catalog.saved.queries
    gone = await desk.asker.ask(lambda: queries.one(visitor.project, query_id))
    await desk.asker.ask(lambda: queries.remove(visitor.project, query_id))
    address = renderer.here(request, visitor).link(PATH, sql=gone.sql)
    return said(address, f"Deleted {gone.name}. Its statement is in the editor; save it again to undo.")


def _person_id(visitor: Visitor) -> str:
    return visitor.person.id if visitor.person else ""
