"""The route of one user."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import ConfigDict
from starlette.responses import Response

from headwater.clock import now_ns
from headwater.query import UserShown
from headwater.web.api.answering import answered
from headwater.web.api.schema import answers
from headwater.web.asked import Asked, trace_filters
from headwater.web.desk import Desk


class OfUser(Asked):
    """What one user is asked for."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def add_users(router: APIRouter, desk: Desk) -> None:
    """Add the route of one user."""

    @router.get("/users/{user_id:path}", **answers(UserShown))
    async def user(request: Request, user_id: str, asked: Annotated[OfUser, Query()]) -> Response:
        """One user: cost, failures, tokens and times of a period and the one before it, a trend, models. The user's
        traces and sessions are those of /traces?user= and /sessions?user=."""
        filters = trace_filters(asked, now_ns())
        return await answered(desk, request, lambda q: q.user(user_id, filters))
