"""The routes by which a person changes traces: tags, scores, comments, deletion. A project key changes nothing."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.datastructures import QueryParams
from starlette.responses import Response

from headwater.clock import now_ns
from headwater.errors import BadRequest
from headwater.event import Edit, EditTarget
from headwater.web.api.answering import encoded
from headwater.web.api.schema import answers
from headwater.web.asked import read_explored
from headwater.web.choosing import MOST_CHOSEN, all_asked, read_marks
from headwater.web.desk import Desk, Visitor
from headwater.web.editing import Edited, commenting, deleting, do, retracting, scoring, tagging

Project = Annotated[str, Query(description="project id, with a browser session that sees several")]


class Matching(BaseModel):
    """All that a list holds: its kind, and the query string of its address."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    thing: Literal["traces", "calls"] = "traces"
    query: str = Field(
        default="", max_length=20_000, description="such as status=error&range=24h; all time without one"
    )


class Chosen(BaseModel):
    """Which traces or spans are meant: by their ids, or all that match; at most 10,000."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    chosen: list[str] = Field(
        default=[], max_length=MOST_CHOSEN, description="<trace id>, or <trace id>:<span id> for one span of it"
    )
    matching: Matching | None = None


class Tagged(Chosen):
    """Tags of traces."""

    add: list[str] = Field(default=[], max_length=20)
    remove: list[str] = Field(default=[], max_length=20)


class Scored(Chosen):
    """A score: a value, a label, or both."""

    name: str = Field(max_length=100)
    value: float | None = None
    label: str = Field(default="", max_length=200)
    text: str = Field(default="", max_length=10_000, description="what explains it")


class Commented(Chosen):
    """A comment."""

    text: str = Field(max_length=10_000)


class Retracted(BaseModel):
    """Scores and comments of people to take back."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    trace: str = Field(description="the trace that they are of")
    events: list[str] = Field(max_length=100, description="their ids, as the trace and its spans tell them")


async def chosen_of(desk: Desk, visitor: Visitor, asked: Chosen) -> tuple[EditTarget, ...]:
    """Return what is meant. Raises BadRequest where nothing is, or both ways are used at once."""
    if asked.matching is None:
        return read_marks(asked.chosen)
    if asked.chosen:
        raise BadRequest("chosen: give ids or what matches, not both")
    listed = read_explored(QueryParams(asked.matching.query), "all")
    return await all_asked(desk, visitor, asked.matching.thing, listed, now_ns())


def add_edits(router: APIRouter, desk: Desk) -> None:
    """Add the routes. Each answers once the change is durable; lists show it within seconds."""

    async def done(request: Request, asked: Chosen, edit: Edit) -> Response:
        visitor = await desk.changer(request)
        return encoded(await do(desk, visitor, edit, await chosen_of(desk, visitor, asked)))

    @router.post("/edits/tags", **answers(Edited))
    async def edit_tags(request: Request, asked: Tagged, project: Project = "") -> Response:
        """Add and remove tags of traces; with a browser session only."""
        return await done(request, asked, tagging(asked.add, asked.remove))

    @router.post("/edits/scores", **answers(Edited))
    async def edit_scores(request: Request, asked: Scored, project: Project = "") -> Response:
        """Judge traces or spans; with a browser session only."""
        return await done(request, asked, scoring(asked.name, asked.value, asked.label, asked.text))

    @router.post("/edits/comments", **answers(Edited))
    async def edit_comments(request: Request, asked: Commented, project: Project = "") -> Response:
        """Say something of traces or spans; with a browser session only."""
        return await done(request, asked, commenting(asked.text))

    @router.post("/edits/retractions", **answers(Edited))
    async def edit_retractions(request: Request, asked: Retracted, project: Project = "") -> Response:
        """Take back scores and comments that people gave to a trace or its spans; with a browser session only."""
        visitor = await desk.changer(request)
        return encoded(await do(desk, visitor, retracting(asked.events), read_marks([asked.trace])))

    @router.post("/edits/deletions", **answers(Edited))
    async def edit_deletions(request: Request, asked: Chosen, project: Project = "") -> Response:
        """Delete traces with all their spans, scores and comments, for good; with a browser session only.

        Spans of them that come later are dropped and counted.
        """
        return await done(request, asked, deleting())
