"""The routes of the overview and of the models page."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from pydantic import ConfigDict, Field
from starlette.responses import Response

from headwater.clock import now_ns
from headwater.query import ModelsUsed, Movers, Overview
from headwater.web.api.answering import answered
from headwater.web.api.schema import answers
from headwater.web.asked import Asked, call_filters, trace_filters
from headwater.web.desk import Desk


class Surveyed(Asked):
    """What an overview is asked for."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    by: str | None = Field(
        default=None, description="facet that splits the chart: model, provider, user, environment, key, ..."
    )
    step_s: int | None = Field(
        default=None, ge=1, description="width of a bucket in seconds; a fitting one when not given"
    )
    top: int = Field(default=6, ge=1, le=50, description="how many values have a line of their own")


class Moved(Asked):
    """What movers are asked for."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    by: Literal["", "model", "user", "session"] = Field(default="", description="whose numbers; all when not given")
    limit: int = Field(default=8, ge=1, le=1000, description="how many changes of each measure")


class Ranked(Asked):
    """What models are asked for."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def add_overview(router: APIRouter, desk: Desk) -> None:
    """Add the routes that the overview and the models page are made of."""

    @router.get("/overview", **answers(Overview))
    async def overview(request: Request, asked: Annotated[Surveyed, Query()]) -> Response:
        """A period, the one of the same length before it, and the chart of the first in 60 points or fewer."""
        filters, by = call_filters(asked, now_ns()), asked.by or None
        return await answered(desk, request, lambda q: q.overview(filters, by=by, step_s=asked.step_s, top=asked.top))

    @router.get("/movers", **answers(Movers))
    async def movers(request: Request, asked: Annotated[Moved, Query()]) -> Response:
        """Which model's, user's or session's cost, errors and p95 changed most against the period before. Models are
        counted over calls, users and sessions over their traces."""
        now, by = now_ns(), asked.by or None
        calls, traces = call_filters(asked, now), trace_filters(asked, now)
        return await answered(desk, request, lambda q: q.movers(calls, traces, by, asked.limit))

    @router.get("/models", **answers(ModelsUsed))
    async def models(request: Request, asked: Annotated[Ranked, Query()]) -> Response:
        """Models and providers: calls, cost and its share, tokens, what the cache gave and saved, errors, latencies.
        The costliest first. Orders: model, provider, calls, cost, tokens, cached, saved, errors, p50, p95, ttft_p50,
        ttft_p95."""
        filters, sort = call_filters(asked, now_ns()), asked.sort or "-cost"
        return await answered(desk, request, lambda q: q.models(filters, sort))
