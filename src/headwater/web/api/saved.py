"""The routes of what people save: views of the lists, and sets of traces. A project key reads them."""

from typing import Annotated

import msgspec
from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from headwater.access import Catalog, SavedSet, SavedView
from headwater.errors import NotFound
from headwater.web.api.answering import encoded
from headwater.web.api.edits import Chosen, Project, chosen_of
from headwater.web.api.schema import answers
from headwater.web.desk import Desk, Visitor
from headwater.web.saved import PutIn, SetKept, ViewKept, set_of, view_of

VIEWED = ("traces", "calls")
"""The pages that views can be saved of."""


class ViewWanted(BaseModel):
    """A view to save."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    page: str = Field(default="traces", description=f"one of {', '.join(VIEWED)}")
    name: str = Field(max_length=200)
    query: str = Field(
        default="", max_length=8_000, description="query string of the page, such as status=error&range=7d"
    )
    is_default: bool | None = Field(default=None, description="whether the page opens with it for you")


class ViewChanged(BaseModel):
    """What of a view is to change."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str | None = Field(default=None, max_length=200)
    query: str | None = Field(default=None, max_length=8_000)
    is_default: bool | None = None


class Named(BaseModel):
    """A name."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(max_length=200)


def add_saved(router: APIRouter, desk: Desk) -> None:
    """Add the routes."""
    _add_views(router, desk)
    _add_sets(router, desk)


def _person_id(visitor: Visitor) -> str:
    return visitor.person.id if visitor.person else ""


def _add_views(router: APIRouter, desk: Desk) -> None:
    views = desk.ports.catalog.saved.views

    def chosen(visitor: Visitor, made: SavedView, is_default: bool | None) -> ViewKept:
        return _chosen(desk.ports.catalog, visitor, made, is_default)

    @router.get("/views", **answers(tuple[ViewKept, ...]))
    async def list_views(
        request: Request,
        page: Annotated[str, Query(description="views of this page alone")] = "",
        project: Project = "",
    ) -> Response:
        """The saved views of the project, by page and name."""
        visitor = await desk.visitor(request)
        found = await desk.asker.ask(lambda: views.all(visitor.project, page, _person_id(visitor)))
        return encoded(tuple(view_of(view) for view in found))

    @router.post("/views", **answers(ViewKept))
    async def save_view(request: Request, asked: ViewWanted, project: Project = "") -> Response:
        """Save a view for everybody in the project; with a browser session only."""
        visitor = await desk.changer(request)
        if asked.page not in VIEWED:
            raise NotFound(f"no page {asked.page[:40]!r} has views; use one of {', '.join(VIEWED)}")

        def save() -> ViewKept:
            made = views.add(visitor.project, _person_id(visitor), asked.page, asked.name, asked.query)
            return chosen(visitor, made, asked.is_default)

        return encoded(await desk.asker.ask(save))

    @router.put("/views/{view_id}", **answers(ViewKept))
    async def change_view(request: Request, view_id: str, asked: ViewChanged, project: Project = "") -> Response:
        """Rename a view, have it show something else, or have its page open with it; with a browser session only."""
        visitor = await desk.changer(request)

        def change() -> ViewKept:
            made = views.change(visitor.project, view_id, name=asked.name, query=asked.query)
            return chosen(visitor, made, asked.is_default)

        return encoded(await desk.asker.ask(change))

    @router.delete("/views/{view_id}", **answers(ViewKept))
    async def forget_view(request: Request, view_id: str, project: Project = "") -> Response:
        """Delete a view; answers with what it was. With a browser session only."""
        visitor = await desk.changer(request)

        def forget() -> ViewKept:
            gone = view_of(views.one(visitor.project, view_id))
            views.remove(visitor.project, view_id)
            return gone

        return encoded(await desk.asker.ask(forget))


def _chosen(catalog: Catalog, visitor: Visitor, made: SavedView, is_default: bool | None) -> ViewKept:
    """The view, once the wish to open its page with it, or no longer, is fulfilled."""
    views, project, person_id = catalog.saved.views, visitor.project, _person_id(visitor)
    now = views.default(project, person_id, made.page)
    is_now = now is not None and now.id == made.id
    if is_default is not None and is_default != is_now:
        views.set_default(project, person_id, made.page, made.id if is_default else "")
        is_now = is_default
    return msgspec.structs.replace(view_of(made), is_default=is_now)


def _add_sets(router: APIRouter, desk: Desk) -> None:
    sets = desk.ports.catalog.saved.sets

    @router.get("/sets", **answers(tuple[SetKept, ...]))
    async def list_sets(request: Request, project: Project = "") -> Response:
        """The saved sets of the project, by name; the traces of one are those of /traces?set=<id>."""
        visitor = await desk.visitor(request)
        found = await desk.asker.ask(lambda: sets.all(visitor.project))
        return encoded(tuple(set_of(each) for each in found))

    @router.post("/sets", **answers(SetKept))
    async def make_set(request: Request, asked: Named, project: Project = "") -> Response:
        """Make a set with nothing in it; with a browser session only."""
        visitor = await desk.changer(request)
        made = await desk.asker.ask(lambda: sets.add(visitor.project, _person_id(visitor), asked.name))
        return encoded(set_of(made))

    @router.put("/sets/{set_id}", **answers(SetKept))
    async def rename_set(request: Request, set_id: str, asked: Named, project: Project = "") -> Response:
        """Rename a set; with a browser session only."""
        visitor = await desk.changer(request)
        return encoded(set_of(await desk.asker.ask(lambda: sets.rename(visitor.project, set_id, asked.name))))

    @router.delete("/sets/{set_id}", **answers(SetKept))
    async def forget_set(request: Request, set_id: str, project: Project = "") -> Response:
        """Delete a set, whose traces stay; answers with what it was. With a browser session only."""
        visitor = await desk.changer(request)

        def forget() -> SetKept:
            gone = set_of(sets.one(visitor.project, set_id))
            sets.remove(visitor.project, set_id)
            return gone

        return encoded(await desk.asker.ask(forget))

    async def moved(request: Request, set_id: str, asked: Chosen, is_in: bool) -> Response:
        visitor = await desk.changer(request)
        trace_ids = [target.trace_id for target in await chosen_of(desk, visitor, asked)]

        def move() -> tuple[int, SavedSet]:
            change = sets.put if is_in else sets.take_out
            return change(visitor.project, set_id, trace_ids), sets.one(visitor.project, set_id)

        changed, kept = await desk.asker.ask(move)
        return encoded(PutIn(changed=changed, set=set_of(kept)))

    @router.post("/sets/{set_id}/traces", **answers(PutIn))
    async def put_into_set(request: Request, set_id: str, asked: Chosen, project: Project = "") -> Response:
        """Put traces into a set, which holds at most 10,000; with a browser session only."""
        return await moved(request, set_id, asked, is_in=True)

    @router.delete("/sets/{set_id}/traces", **answers(PutIn))
    async def take_out_of_set(request: Request, set_id: str, asked: Chosen, project: Project = "") -> Response:
        """Take traces out of a set; with a browser session only."""
        return await moved(request, set_id, asked, is_in=False)
