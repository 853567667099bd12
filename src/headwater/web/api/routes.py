"""The routes of the JSON API."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import PlainTextResponse, Response

from headwater.clock import now_ns
from headwater.errors import NotFound
from headwater.query import (
    CallListed,
    FacetValue,
    Page,
    SessionListed,
    SpanFound,
    SpanShown,
    Table,
    TimeSeries,
    Totals,
    TraceListed,
    TraceShown,
    UserListed,
    read_time,
)
from headwater.web.api.alerts import add_alerts
from headwater.web.api.answering import answered as _answer
from headwater.web.api.answering import encoded as _json
from headwater.web.api.breaks import add_breaks
from headwater.web.api.compare import add_compare
from headwater.web.api.csv import CSV, csv_of, json_lines_of
from headwater.web.api.edits import add_edits
from headwater.web.api.explore import add_explorer
from headwater.web.api.export import JSON_LINES
from headwater.web.api.lookup import add_lookup
from headwater.web.api.loss import add_loss
from headwater.web.api.overview import add_overview
from headwater.web.api.prices import add_prices
from headwater.web.api.replay import add_replay
from headwater.web.api.saved import add_saved
from headwater.web.api.saved_queries import add_saved_queries
from headwater.web.api.schema import answers
from headwater.web.api.scores import add_scores
from headwater.web.api.settings import add_settings
from headwater.web.api.steps import add_steps
from headwater.web.api.users import add_users
from headwater.web.asked import Asked, Words, call_filters, span_filters, trace_filters
from headwater.web.choosing import calls_asked, traces_asked
from headwater.web.deliveries import FOREVER_NS, By, Deliveries, DeliveriesAsked
from headwater.web.desk import Desk
from headwater.web.health import HealthShown
from headwater.web.shown.curl import curl_of

PREFIX = "/api/headwater/v1"

_NEWEST = "-start_time"
_LATEST = "-end_time"


class Listed(Asked):
    """What a list is asked for."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    cursor: str | None = Field(default=None, description="the next of the page before, of the same question")
    limit: int = Field(default=50, ge=1, le=1000)


class Charted(Asked):
    """What a chart is asked for."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    by: str | None = Field(default=None, description="facet that splits the chart into lines")
    step_s: int | None = Field(
        default=None, ge=1, description="width of a bucket in seconds; a fitting one when not given"
    )
    top: int = Field(default=8, ge=1, le=50, description="how many values have a line of their own")


class Summed(Asked):
    """What totals are asked for."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Delivered(BaseModel):
    """Which deliveries are asked for."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    project: str = Field(default="", description="project id, with a browser session that sees several")
    instance: Words = Field(default=[], max_length=100, description="SDK instances; all of them when not given")
    by: By = Field(default="instance", description="one line an instance, or one an instance and minute")
    start: str = Field(default="", description="last seen at or after, RFC 3339 or Unix nanoseconds")
    end: str = Field(default="", description="last seen before, RFC 3339 or Unix nanoseconds")
    limit: int = Field(default=100, ge=1, le=1000)
    offset: int = Field(default=0, ge=0, le=10_000, description="how many to pass over")


class Statement(BaseModel):
    """An SQL statement, and how its rows are to be written."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    sql: str = Field(min_length=1, max_length=100_000, description="one SELECT statement")
    format: Literal["json", "jsonl", "csv"] = "json"


Project = Annotated[str, Query(description="project id, with a browser session that sees several")]
Limit = Annotated[int, Query(ge=1, le=1000)]


def api_router(desk: Desk) -> APIRouter:
    """Return all routes, each answering with an answer of the query room as JSON."""
    router = APIRouter(prefix=PREFIX)
    _add_lists(router, desk)
    _add_things(router, desk)
    _add_measures(router, desk)
    _add_sql(router, desk)
    add_explorer(router, desk)
    add_edits(router, desk)
    add_saved(router, desk)
    add_saved_queries(router, desk)
    add_lookup(router, desk)
    add_loss(router, desk)
    add_overview(router, desk)
    add_replay(router, desk)
    add_alerts(router, desk)
    add_settings(router, desk)
    add_breaks(router, desk)
    add_compare(router, desk)
    add_scores(router, desk)
    add_prices(router, desk)
    add_steps(router, desk)
    add_users(router, desk)
    return router


def _add_lists(router: APIRouter, desk: Desk) -> None:
    @router.get("/traces", **answers(Page[TraceListed]))
    async def traces(request: Request, asked: Annotated[Listed, Query()]) -> Response:
        """Traces, newest first. Orders: start_time, duration, cost, tokens, errors."""
        visitor, sort = await desk.visitor(request), asked.sort or _NEWEST
        filters = await traces_asked(desk, visitor, asked, now_ns())
        return _json(await desk.ask(visitor, lambda q: q.traces(filters, sort, asked.cursor, asked.limit)))

    @router.get("/calls", **answers(Page[CallListed]))
    async def calls(request: Request, asked: Annotated[Listed, Query()]) -> Response:
        """Calls, newest first, duplicates folded. Orders: start_time, duration, cost, tokens, ttft."""
        visitor, sort = await desk.visitor(request), asked.sort or _NEWEST
        filters = await calls_asked(desk, visitor, asked, now_ns())
        return _json(await desk.ask(visitor, lambda q: q.calls(filters, sort, asked.cursor, asked.limit)))

    @router.get("/spans", **answers(Page[SpanFound]))
    async def spans(request: Request, asked: Annotated[Listed, Query()]) -> Response:
        """Spans of every kind, newest first. Orders: start_time, duration, cost, tokens, ttft."""
        filters, sort = span_filters(asked, now_ns()), asked.sort or _NEWEST
        return await _answer(desk, request, lambda q: q.spans(filters, sort, asked.cursor, asked.limit))

    @router.get("/sessions", **answers(Page[SessionListed]))
    async def sessions(request: Request, asked: Annotated[Listed, Query()]) -> Response:
        """Sessions, last active first. Orders: end_time, start_time, traces, errors, tokens, cost."""
        filters, sort = trace_filters(asked, now_ns()), asked.sort or _LATEST
        return await _answer(desk, request, lambda q: q.sessions(filters, sort, asked.cursor, asked.limit))

    @router.get("/users", **answers(Page[UserListed]))
    async def users(request: Request, asked: Annotated[Listed, Query()]) -> Response:
        """Users, last active first. Orders: end_time, start_time, traces, errors, tokens, cost."""
        filters, sort = trace_filters(asked, now_ns()), asked.sort or _LATEST
        return await _answer(desk, request, lambda q: q.users(filters, sort, asked.cursor, asked.limit))


def _add_things(router: APIRouter, desk: Desk) -> None:
    @router.get("/traces/{trace_id}", **answers(TraceShown))
    async def trace(
        request: Request,
        trace_id: str,
        offset: Annotated[int, Query(ge=0)] = 0,
        limit: Limit = 500,
        focus: Annotated[str | None, Query(description="span id: gives the window that holds it")] = None,
        outline: Annotated[bool, Query(description="whether the trace's outline is wanted")] = True,
        project: Project = "",
    ) -> Response:
        """One trace: its totals, a window of its spans in tree order, and its outline."""
        return await _answer(desk, request, lambda q: q.trace(trace_id, offset, limit, focus, outline))

    @router.get("/traces/{trace_id}/spans/{span_id}", **answers(SpanShown))
    async def span(request: Request, trace_id: str, span_id: str, project: Project = "") -> Response:
        """One span with all that is known of it."""
        return await _answer(desk, request, lambda q: q.span(trace_id, span_id))

    @router.get("/traces/{trace_id}/spans/{span_id}/curl", response_class=PlainTextResponse)
    async def curl(request: Request, trace_id: str, span_id: str, project: Project = "") -> Response:
        """A call as a command that asks the same again, without secrets; 404 for what cannot be put together."""
        visitor = await desk.visitor(request)
        span = await desk.ask(visitor, lambda q: q.span(trace_id, span_id))
        text = await desk.asker.ask(lambda: curl_of(span))
        if text is None:
            raise NotFound("this span is no call whose request can be put together again")
        return PlainTextResponse(text)

    @router.get("/sessions/{session_id:path}", **answers(SessionListed))
    async def session(request: Request, session_id: str, project: Project = "") -> Response:
        """One session; its traces are those of /traces?session=."""
        return await _answer(desk, request, lambda q: q.session(session_id))


def _add_measures(router: APIRouter, desk: Desk) -> None:
    @router.get("/facets/{facet}", **answers(tuple[FacetValue, ...]))
    async def facets(
        request: Request,
        facet: str,
        contains: Annotated[str | None, Query(description="part of the value")] = None,
        start: Annotated[str | None, Query(description="RFC 3339 or Unix nanoseconds; whole days count")] = None,
        limit: Limit = 100,
        project: Project = "",
    ) -> Response:
        """The values of a facet, those of most traces first."""
        return await _answer(desk, request, lambda q: q.facets(facet, contains, start, limit))

    @router.get("/series", **answers(TimeSeries))
    async def series(request: Request, asked: Annotated[Charted, Query()]) -> Response:
        """Calls over time, whole or split by a facet; the last 24 hours when no time is given."""
        filters = call_filters(asked, now_ns())
        by, step_s, top = asked.by or None, asked.step_s, asked.top
        return await _answer(desk, request, lambda q: q.series(filters, by=by, step_s=step_s, top=top))

    @router.get("/totals", **answers(Totals))
    async def totals(request: Request, asked: Annotated[Summed, Query()]) -> Response:
        """Sums over the calls that the filters leave."""
        filters = call_filters(asked, now_ns())
        return await _answer(desk, request, lambda q: q.totals(filters=filters))

    @router.get("/health", **answers(HealthShown))
    async def health(request: Request) -> Response:
        """The state of the server's parts."""
        await desk.visitor(request)
        return _json(await desk.asker.ask(desk.ports.health))

    @router.get("/deliveries", **answers(Deliveries))
    async def deliveries(request: Request, asked: Annotated[Delivered, Query()]) -> Response:
        """What became of the items that SDKs made: created, sent, accepted, durable, queryable, dropped; instances of
        the last 30 days, minutes of the last three, the last seen first."""
        visitor = await desk.visitor(request)
        start_ns, end_ns = read_time(asked.start, "start"), read_time(asked.end, "end")
        wanted = DeliveriesAsked(
            projects=(visitor.project,),
            instances=tuple(asked.instance),
            by=asked.by,
            since_ns=start_ns if start_ns is not None else 0,
            until_ns=end_ns if end_ns is not None else FOREVER_NS,
            limit=asked.limit,
            offset=asked.offset,
        )
        return _json(await desk.asker.ask(lambda: desk.ports.deliveries(wanted)))


def _add_sql(router: APIRouter, desk: Desk) -> None:
    @router.post("/query", **answers(Table, also=CSV))
    async def query(request: Request, asked: Statement, project: Project = "") -> Response:
        """A read-only SQL statement over the project's own rows (views: calls, spans, traces, sessions, messages)."""
        visitor = await desk.visitor(request)
        table = await desk.ask(visitor, lambda q: q.sql(asked.sql))
        if asked.format == "json":
            return _json(table)
        if asked.format == "jsonl":
            return Response(json_lines_of(table), media_type=JSON_LINES, headers=_truncated(table))
        return Response(csv_of(table), media_type=CSV, headers=_truncated(table))


def _truncated(table: Table) -> dict[str, str]:
    return {"x-headwater-truncated": "true" if table.is_truncated else "false"}
