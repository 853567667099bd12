"""The routes behind the lists of traces and calls: their sums, their files, and what comes in."""

from typing import Annotated

import msgspec
from fastapi import APIRouter, Query, Request
from pydantic import ConfigDict, Field
from starlette.responses import Response

from headwater.clock import now_ns
from headwater.query import Selection
from headwater.web.api.answering import encoded
from headwater.web.api.csv import CSV
from headwater.web.api.export import JSON_LINES, PARQUET, Exported, list_file
from headwater.web.api.schema import answers, texts
from headwater.web.asked import Asked
from headwater.web.choosing import calls_asked, traces_asked
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


_FILES = texts(CSV, JSON_LINES, PARQUET)


def add_explorer(router: APIRouter, desk: Desk) -> None:
    """Add the routes that the lists of traces and calls use besides those of the lists themselves."""

    @router.get("/selection", **answers(Selection))
    async def selection(request: Request, asked: Annotated[Selected, Query()]) -> Response:
        """How many traces the filters leave, and the sums over all their calls."""
        visitor = await desk.visitor(request)
        filters = await traces_asked(desk, visitor, asked, now_ns())
        return encoded(await desk.ask(visitor, lambda q: q.selection(filters)))

    @router.get("/export/traces", **_FILES)
    async def export_traces(request: Request, asked: Annotated[Exported, Query()]) -> Response:
        """The list of traces as a file, at most 100,000 rows. Where there are more, the last line says so: in CSV it
        begins with `# cut`, in JSON Lines it is an object with `is_cut` and `next`; ask for the rest with that cursor.
        A Parquet file says it in the header `x-headwater-cut`, and cannot be continued. In CSV, text that a spreadsheet
        would take for a formula has a ' before it."""
        visitor = await desk.visitor(request)
        return await list_file(desk, visitor, "traces", asked, await traces_asked(desk, visitor, asked, now_ns()))

    @router.get("/export/calls", **_FILES)
    async def export_calls(request: Request, asked: Annotated[Exported, Query()]) -> Response:
        """The list of calls as a file; all else as for traces."""
        visitor = await desk.visitor(request)
        return await list_file(desk, visitor, "calls", asked, await calls_asked(desk, visitor, asked, now_ns()))

    @router.get("/tail", **texts(EVENT_STREAM))
    async def tail_traces(request: Request, asked: Annotated[Tailed, Query()]) -> Response:
        """New traces that the filters leave, as server-sent events, each within two seconds of its acknowledgement.

        `trace` has a trace as its data and the moment it came as its id; it comes again when the trace grows. `cut`
        says that more came than was sent, `trouble` what ended the stream early. A stream ends after half a minute:
        connect again with the last id as Last-Event-ID, as browsers do; what came in the seconds before comes again.
        """
        visitor = await desk.visitor(request)
        filters = await traces_asked(desk, visitor, asked, now_ns())
        return await tail(desk, visitor, request, filters, lambda item: msgspec.json.encode(item.trace).decode())
