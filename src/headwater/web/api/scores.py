"""The routes of scores."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from pydantic import ConfigDict, Field
from starlette.responses import Response

from headwater.clock import now_ns
from headwater.query import Judgements, ScoredBy, ScoresSummed
from headwater.web.api.answering import answered
from headwater.web.api.schema import answers
from headwater.web.asked import Asked, trace_filters
from headwater.web.desk import Desk


class Scored(Asked):
    """What sums of scores are asked for; filters are of the judged traces, times of the judgement."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class SplitScores(Scored):
    """What scores are split by."""

    by: Literal["model", "agent", "prompt", "environment", "service"] = "model"


class GivenScores(Scored):
    """Which scores are listed."""

    score: str = Field(default="", description="the name of the scores; all when not given")
    cursor: str | None = Field(default=None, description="the next of the page before, of the same question")
    limit: int = Field(default=50, ge=1, le=1000)


def add_scores(router: APIRouter, desk: Desk) -> None:
    """Add the routes that the page of scores is made of."""

    @router.get("/scores", **answers(ScoresSummed))
    async def scores(request: Request, asked: Annotated[Scored, Query()]) -> Response:
        """Scores by name: count, mean, median, histogram, labels, likes and dislikes, trend."""
        filters = trace_filters(asked, now_ns())
        return await answered(desk, request, lambda q: q.scores(filters))

    @router.get("/scores/by", **answers(tuple[ScoredBy, ...]))
    async def scores_by(request: Request, asked: Annotated[SplitScores, Query()]) -> Response:
        """Scores by name and by a facet of the judged traces."""
        filters = trace_filters(asked, now_ns())
        return await answered(desk, request, lambda q: q.scores_by(asked.by, filters))

    @router.get("/judgements", **answers(Judgements))
    async def judgements(request: Request, asked: Annotated[GivenScores, Query()]) -> Response:
        """The scores that were given, with their comments, the worst on the scale of its name first. Orders: scaled,
        time."""
        filters, sort = trace_filters(asked, now_ns()), asked.sort or "scaled"
        return await answered(
            desk, request, lambda q: q.judgements(filters, asked.score, sort, asked.cursor, asked.limit)
        )
