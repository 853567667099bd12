"""The routes behind the lists of traces and calls: their sums, their files, and what comes in."""

from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Query, Request
from pydantic import ConfigDict, Field
from starlette.responses import Response

from headwater.clock import now_ns
from headwater.query import CallListed, Page, Questions, Selection, TraceListed
from headwater.web.api.answering import answered
from headwater.web.api.csv import CSV
from headwater.web.api.export import JSON_LINES, Exported, export
from headwater.web.api.schema import answers, texts
from headwater.web.asked import Asked, call_filters, trace_filters
from headwater.web.columns import CALL_COLUMNS, NEWEST, TRACE_COLUMNS, Column, chosen, fields
from headwater.web.desk import Desk
from headwater.web.tailing import EVENT_STREAM, tail


class Selected(Asked):
    """What a selection is asked for."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Tailed(Asked):
    """What a tail is asked for."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    after: str = Field(
        default="", description="id of the last event that is known, Unix nanoseconds; Last-Event-ID comes before it"
    )


def add_explorer(router: APIRouter, desk: Desk) -> None:
    """Add the routes that the lists of traces and calls use besides those of the lists themselves."""

    @router.get("/selection", **answers(Selection))
    async def selection(request: Request, asked: Annotated[Selected, Query()]) -> Response:
        """How many traces the filters leave, and the sums over all their calls."""
        filters = trace_filters(asked, now_ns())
        return await answered(desk, request, lambda q: q.selection(filters))

    @router.get("/export/traces", **texts(CSV, JSON_LINES))
    async def export_traces(request: Request, asked: Annotated[Exported, Query()]) -> Response:
        """The list of traces as a file, at most 100,000 rows. Where there are more, the last line says so: in CSV it
        begins with `# cut`, in JSON Lines it is an object with `is_cut` and `next`; ask for the rest with that cursor.
        In CSV, text that a spreadsheet would take for a formula has a ' before it."""
        filters, sort = trace_filters(asked, now_ns()), asked.sort or NEWEST

        def page(questions: Questions, cursor: str | None, rows: int) -> Page[Any]:
            return questions.traces(filters, sort=sort, cursor=cursor, limit=rows)

        return await _export(request, asked, "traces", _fields(TraceListed, TRACE_COLUMNS, asked), page)

    @router.get("/export/calls", **texts(CSV, JSON_LINES))
    async def export_calls(request: Request, asked: Annotated[Exported, Query()]) -> Response:
        """The list of calls as a file; all else as for traces."""
        filters, sort = call_filters(asked, now_ns()), asked.sort or NEWEST

        def page(questions: Questions, cursor: str | None, rows: int) -> Page[Any]:
            return questions.calls(filters, sort=sort, cursor=cursor, limit=rows)

        return await _export(request, asked, "calls", _fields(CallListed, CALL_COLUMNS, asked), page)

    async def _export(request: Request, asked: Exported, thing: str, names: tuple[str, ...], page: Any) -> Response:
        visitor = await desk.visitor(request)
        return await export(
            asked, thing, names, lambda cursor, rows: desk.ask(visitor, lambda q: page(q, cursor, rows))
        )

    @router.get("/tail", **texts(EVENT_STREAM))
    async def tail_traces(request: Request, asked: Annotated[Tailed, Query()]) -> Response:
        """New traces that the filters leave, as server-sent events, each within two seconds of its acknowledgement.

        `trace` has a trace as its data and the moment it came as its id; it comes again when the trace grows. `cut`
        says that more came than was sent, `trouble` what ended the stream early. A stream ends after half a minute:
        connect again with the last id as Last-Event-ID, as browsers do; what came in the seconds before comes again.
        """
        visitor = await desk.visitor(request)
        filters = trace_filters(asked, now_ns())
        return await tail(desk, visitor, request, filters, lambda item: msgspec.json.encode(item.trace).decode())


def _fields(shape: type[msgspec.Struct], columns: tuple[Column, ...], asked: Exported) -> tuple[str, ...]:
    """The fields of the chosen columns, or all that the list knows."""
    return fields(chosen(columns, asked.column)) if asked.column else shape.__struct_fields__
