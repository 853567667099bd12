"""The routes of saved queries."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from headwater.web.api.answering import encoded
from headwater.web.api.schema import answers
from headwater.web.desk import Desk
from headwater.web.saved_queries import QueryKept, query_of

Project = Annotated[str, Query(description="project id, with a browser session that sees several")]


class QueryWanted(BaseModel):
    """A statement, and its name."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    sql: str = Field(max_length=100_000)


class QueryChanged(BaseModel):
    """What is to be different; what is not given stays."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str | None = None
    sql: str | None = Field(default=None, max_length=100_000)


def add_saved_queries(router: APIRouter, desk: Desk) -> None:
    """Add the routes of the console's saved queries."""
    queries = desk.ports.catalog.saved.queries

    @router.get("/queries", **answers(tuple[QueryKept, ...]))
    async def list_queries(request: Request, project: Project = "") -> Response:
        """The saved queries of the project, by name."""
        visitor = await desk.visitor(request)
        found = await desk.asker.ask(lambda: queries.all(visitor.project))
        return encoded(tuple(query_of(each) for each in found))

    @router.post("/queries", **answers(QueryKept))
    async def save_query(request: Request, asked: QueryWanted, project: Project = "") -> Response:
        """Save a query for everybody in the project; with a browser session only."""
        visitor = await desk.changer(request)
        person_id = visitor.person.id if visitor.person else ""
        made = await desk.asker.ask(lambda: queries.add(visitor.project, person_id, asked.name, asked.sql))
        return encoded(query_of(made))

    @router.put("/queries/{query_id}", **answers(QueryKept))
    async def change_query(request: Request, query_id: str, asked: QueryChanged, project: Project = "") -> Response:
        """Give a query another name or statement; with a browser session only."""
        visitor = await desk.changer(request)
        made = await desk.asker.ask(lambda: queries.change(visitor.project, query_id, name=asked.name, sql=asked.sql))
        return encoded(query_of(made))

    @router.delete("/queries/{query_id}", **answers(QueryKept))
    async def forget_query(request: Request, query_id: str, project: Project = "") -> Response:
        """Delete a query; answers with what it was. With a browser session only."""
        visitor = await desk.changer(request)

        def forget() -> QueryKept:
            gone = queries.one(visitor.project, query_id)
            queries.remove(visitor.project, query_id)
            return query_of(gone)

        return encoded(await desk.asker.ask(forget))
