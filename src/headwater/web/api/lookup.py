"""The route that finds a thing by its id."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from headwater.query import Hit
from headwater.web.api.answering import answered
from headwater.web.api.schema import answers
from headwater.web.desk import Desk

Id = Annotated[str, Query(max_length=400, description="id of a trace, span, session or user, or a W3C traceparent")]
Project = Annotated[str, Query(description="project id, with a browser session that sees several")]


def add_lookup(router: APIRouter, desk: Desk) -> None:
    """Add the route that the palette asks."""

    @router.get("/find", **answers(tuple[Hit, ...]))
    async def find(request: Request, id: Id, project: Project = "") -> Response:
        """What has exactly this id, of whatever kind it is; nothing where nobody has it."""
        return await answered(desk, request, lambda q: q.find(id))
