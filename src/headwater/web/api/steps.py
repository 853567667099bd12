"""The routes of tools, agents and loops."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import ConfigDict, Field
from starlette.responses import Response

from headwater.clock import now_ns
from headwater.query import AgentsUsed, Loops, ToolsUsed
from headwater.web.api.answering import answered
from headwater.web.api.schema import answers
from headwater.web.asked import Asked, trace_filters
from headwater.web.desk import Desk


class Stepped(Asked):
    """What tools and agents are asked for."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Looped(Stepped):
    """What loops are asked for."""

    limit: int = Field(default=50, ge=1, le=1000, description="how many of the worst")


def add_steps(router: APIRouter, desk: Desk) -> None:
    """Add the routes that the page of tools and agents is made of."""

    @router.get("/tools", **answers(ToolsUsed))
    async def tools(request: Request, asked: Annotated[Stepped, Query()]) -> Response:
        """Tools of the traces that the filters leave: calls, failures, times, trends. Most calls first. Orders: name,
        calls, errors, p50, p95, total, traces."""
        filters, sort = trace_filters(asked, now_ns()), asked.sort or "-calls"
        return await answered(desk, request, lambda q: q.tools(filters, sort))

    @router.get("/agents", **answers(AgentsUsed))
    async def agents(request: Request, asked: Annotated[Stepped, Query()]) -> Response:
        """Agents: runs, steps, calls, tokens, cost, tools used. A step counts for the nearest agent above it. Most runs
        first. Orders: name, calls, errors, p50, p95, total, traces, steps, cost, tokens."""
        filters, sort = trace_filters(asked, now_ns()), asked.sort or "-calls"
        return await answered(desk, request, lambda q: q.agents(filters, sort))

    @router.get("/loops", **answers(Loops))
    async def loops(request: Request, asked: Annotated[Looped, Query()]) -> Response:
        """Where a tool was called with the same arguments three times or more within one trace, the worst first."""
        filters = trace_filters(asked, now_ns())
        return await answered(desk, request, lambda q: q.loops(filters, asked.limit))
