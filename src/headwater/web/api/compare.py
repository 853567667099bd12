"""The route of two spans side by side."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from headwater.errors import BadRequest
from headwater.query import Compared
from headwater.web.api.answering import answered
from headwater.web.api.schema import answers
from headwater.web.desk import Desk

_Place = Annotated[str, Query(description="ids of a trace and of one of its spans, with a colon between")]


def pair_of(text: str, field: str) -> tuple[str, str]:
    """Read the ids of a trace and of a span; raises BadRequest that names the field."""
    trace_id, colon, span_id = text.partition(":")
    if not (trace_id and colon and span_id):
        raise BadRequest(f"{field}: {text[:80]!r} is no span; write the trace's id, a colon, the span's id")
    return trace_id, span_id


def add_compare(router: APIRouter, desk: Desk) -> None:
    """Add the route that holds two spans against each other."""

    @router.get("/compare", **answers(Compared))
    async def compare(
        request: Request,
        a: _Place,
        b: _Place,
        project: Annotated[str, Query(description="project id, with a browser session that sees several")] = "",
    ) -> Response:
        """Two spans: usage, cost, times and parameters side by side, and of messages and tools what differs."""
        one, other = pair_of(a, "a"), pair_of(b, "b")
        return await answered(desk, request, lambda q: q.compare(one, other))
