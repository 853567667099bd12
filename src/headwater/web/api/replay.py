"""The routes of the pages of a session and of errors."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from pydantic import ConfigDict, Field
from starlette.responses import Response

from headwater.clock import now_ns
from headwater.query import Conversation, Failures
from headwater.web.api.answering import answered
from headwater.web.api.schema import answers
from headwater.web.asked import Asked, span_filters
from headwater.web.desk import Desk


class Failed(Asked):
    """What groups of failures are asked for."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    cursor: str | None = Field(default=None, description="the next of the page before, of the same question")
    limit: int = Field(default=50, ge=1, le=1000)


def add_replay(router: APIRouter, desk: Desk) -> None:
    """Add the routes that the pages of a session and of errors are made of."""

    @router.get("/conversations/{session_id:path}", **answers(Conversation))
    async def conversation(
        request: Request,
        session_id: str,
        sort: Literal["start_time", "-start_time"] = "start_time",
        cursor: Annotated[str | None, Query(description="the next of the page before")] = None,
        limit: Annotated[int, Query(ge=1, le=1000, description="turns; a page of heavy ones has fewer")] = 50,
        project: Annotated[str, Query(description="project id, with a browser session that sees several")] = "",
    ) -> Response:
        """A session replayed: its calls over all its traces, of each only the messages that are new."""
        return await answered(desk, request, lambda q: q.conversation(session_id, sort, cursor, limit))

    @router.get("/errors", **answers(Failures))
    async def errors(request: Request, asked: Annotated[Failed, Query()]) -> Response:
        """Failed calls and spans in groups: by error type, provider, model (or tool, or name) and message, numbers and
        ids in it left out. Most frequent first. Orders: count, last_seen, first_seen, users, sessions."""
        filters, sort = span_filters(asked, now_ns()), asked.sort or "-count"
        return await answered(desk, request, lambda q: q.failures(filters, sort, asked.cursor, asked.limit))
