"""The route of broken prefixes."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import ConfigDict, Field
from starlette.responses import Response

from headwater.clock import now_ns
from headwater.query import BrokenPrefixes
from headwater.web.api.answering import answered
from headwater.web.api.schema import answers
from headwater.web.asked import Asked, call_filters
from headwater.web.desk import Desk


class Missed(Asked):
    """What broken prefixes are asked for."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    limit: int = Field(default=20, ge=1, le=150)


def add_breaks(router: APIRouter, desk: Desk) -> None:
    """Add the route of the calls that missed the provider's cache."""

    @router.get("/broken-prefixes", **answers(BrokenPrefixes))
    async def broken_prefixes(request: Request, asked: Annotated[Missed, Query()]) -> Response:
        """Calls whose prompt left what the provider had in its cache: why (model, tools, system, message, expired,
        provider), where, how many tokens were read anew and what that cost; those that cost most first."""
        filters = call_filters(asked, now_ns())
        return await answered(desk, request, lambda q: q.broken_prefixes(filters, asked.limit))
