"""The routes of losses: what came by key and minute, the quarantine, loading again, attributes that nobody reads.

A project key sees its own project; people see all, and only they ask for something.
"""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from headwater.clock import now_ns
from headwater.query import AttributesSeen, read_time
from headwater.web.api.answering import encoded
from headwater.web.api.schema import answers, texts
from headwater.web.asked import Words
from headwater.web.deliveries import FOREVER_NS
from headwater.web.desk import Desk, Visitor
from headwater.web.downloads import download
from headwater.web.receipts import Receipts, ReceiptsAsked, ReceiptsBy
from headwater.web.unread import Which, masked, wanted
from headwater.web.wishes import HeldPage, Kept, Preview, Projects, Reload, Reloads

_START = Field(default="", description="received at or after, RFC 3339 or Unix nanoseconds")
_END = Field(default="", description="received before, RFC 3339 or Unix nanoseconds")
Limit = Annotated[int, Query(ge=1, le=1000)]
Before = Annotated[int, Query(ge=0, description="the next of the page before")]
Project = Annotated[str, Query(description="project id, with a browser session that sees several")]


class Received(BaseModel):
    """Which receipts are asked for."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    project: str = Field(default="", description="project id, with a browser session that sees several")
    key: Words = Field(default=[], max_length=100, description="ids of keys; all of them when not given")
    by: ReceiptsBy = Field(default="key", description="one line a key, a door, or a stretch of minutes")
    step: int = Field(default=1, ge=1, le=1440, description="minutes of a stretch")
    start: str = _START
    end: str = _END


class Seen(BaseModel):
    """Which attributes are asked for."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    project: str = Field(default="", description="project id, with a browser session that sees several")
    which: Which = Field(
        default="unread",
        description="unread: what instruments of calls and agents tell and no table reads; own: names of programs and"
        " of the general conventions; all: both",
    )
    start: str = Field(default="", description="begun at or after; the last 24 hours when not given")
    end: str = Field(default="", description="begun before")
    limit: int = Field(default=50, ge=1, le=1000)
    offset: int = Field(default=0, ge=0, le=5_000)


class Stretch(BaseModel):
    """From when to when to load again; all that the journal keeps where nothing is given."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    start: str = _START
    end: str = _END


def add_loss(router: APIRouter, desk: Desk) -> None:
    """Add the routes."""
    _add_receipts(router, desk)
    _add_quarantine(router, desk)
    _add_reloads(router, desk)


def _times(start: str, end: str, until_ns: int) -> tuple[int, int]:
    start_ns, end_ns = read_time(start, "start"), read_time(end, "end")
    return start_ns or 0, until_ns if end_ns is None else end_ns


def _projects(visitor: Visitor) -> Projects:
    """A key's own project; people see what belongs to none, too."""
    return None if visitor.person is not None else (visitor.project,)


def _name(visitor: Visitor) -> str:
    return visitor.person.name if visitor.person is not None else ""


def _add_receipts(router: APIRouter, desk: Desk) -> None:
    @router.get("/receipts", **answers(Receipts))
    async def receipts(request: Request, asked: Annotated[Received, Query()]) -> Response:
        """What came with each key, whoever sent it, and what became of it; of the last eight days."""
        visitor = await desk.visitor(request)
        start_ns, end_ns = _times(asked.start, asked.end, FOREVER_NS)
        chosen = ReceiptsAsked(
            projects=(visitor.project,),
            keys=tuple(asked.key),
            by=asked.by,
            since_ns=start_ns,
            until_ns=end_ns,
            step=asked.step,
        )
        return encoded(await desk.asker.ask(lambda: desk.ports.receipts(chosen)))

    @router.get("/attributes", **answers(AttributesSeen))
    async def attributes(request: Request, asked: Annotated[Seen, Query()]) -> Response:
        """Names of attributes on the newest 10,000 spans that no table of the mapper reads, with examples."""
        visitor = await desk.visitor(request)
        chosen, times = wanted(asked.which), (asked.start or None, asked.end or None)
        found = await desk.ask(visitor, lambda q: q.attributes(chosen, *times, asked.limit, asked.offset))
        return encoded(masked(found))


def _add_quarantine(router: APIRouter, desk: Desk) -> None:
    @router.get("/quarantine", **answers(HeldPage))
    async def quarantine(request: Request, limit: Limit = 50, before: Before = 0, project: Project = "") -> Response:
        """Envelopes that could not be read, newest first."""
        projects = _projects(await desk.visitor(request))
        return encoded(await desk.asker.ask(lambda: desk.ports.wishes.quarantine(projects, limit, before)))

    @router.get("/quarantine/{held_id}", **answers(Preview))
    async def held(request: Request, held_id: int, project: Project = "") -> Response:
        """One envelope: its head, and the beginning of its body as text and as bytes."""
        projects = _projects(await desk.visitor(request))
        return encoded(await desk.asker.ask(lambda: desk.ports.wishes.preview(projects, held_id)))

    @router.get("/quarantine/{held_id}/body", **texts("application/octet-stream"))
    async def body(request: Request, held_id: int, project: Project = "") -> Response:
        """The bytes of one envelope's body as they came."""
        projects = _projects(await desk.visitor(request))
        found = await desk.asker.ask(lambda: desk.ports.wishes.body(projects, held_id))
        return download(found, f"envelope-{held_id}.bin")

    @router.post("/quarantine/retry", **answers(Reload))
    async def retry_all(request: Request, project: Project = "") -> Response:
        """Ask that all of the quarantine is tried again."""
        visitor = await desk.changer(request)
        return encoded(await desk.asker.ask(lambda: desk.ports.wishes.try_again(None, 0, _name(visitor))))

    @router.post("/quarantine/{held_id}/retry", **answers(Reload))
    async def retry(request: Request, held_id: int, project: Project = "") -> Response:
        """Ask that one envelope is tried again."""
        visitor = await desk.changer(request)
        return encoded(await desk.asker.ask(lambda: desk.ports.wishes.try_again(None, held_id, _name(visitor))))

    @router.delete("/quarantine/{held_id}", **answers(Preview))
    async def discard(request: Request, held_id: int, project: Project = "") -> Response:
        """Discard one envelope for good, and answer with what it was: its items count as dropped."""
        await desk.changer(request)
        wishes = desk.ports.wishes
        gone = await desk.asker.ask(lambda: wishes.preview(None, held_id))
        await desk.asker.ask(lambda: wishes.discard(None, held_id))
        return encoded(gone)


def _add_reloads(router: APIRouter, desk: Desk) -> None:
    @router.get("/reloads", **answers(Reloads))
    async def reloads(request: Request, limit: Limit = 50, before: Before = 0, project: Project = "") -> Response:
        """What was asked to be loaded again, and how far it got, the newest first."""
        await desk.visitor(request)
        return encoded(await desk.asker.ask(lambda: desk.ports.wishes.reloads(limit, before)))

    @router.get("/reloads/kept", **answers(Kept))
    async def kept(request: Request, asked: Annotated[Stretch, Query()]) -> Response:
        """How much the journal keeps of a stretch of time, which could be loaded again."""
        await desk.visitor(request)
        start_ns, end_ns = _times(asked.start, asked.end, now_ns())
        return encoded(await desk.asker.ask(lambda: desk.ports.wishes.kept(start_ns, end_ns)))

    @router.get("/reloads/{reload_id}", **answers(Reload))
    async def reload(request: Request, reload_id: int, project: Project = "") -> Response:
        """One of them."""
        await desk.visitor(request)
        return encoded(await desk.asker.ask(lambda: desk.ports.wishes.reload(reload_id)))

    @router.post("/reloads", **answers(Reload))
    async def load_again(request: Request, asked: Stretch) -> Response:
        """Ask that what was received in a stretch of time is loaded again, as `headwater reindex` does."""
        visitor = await desk.changer(request)
        start_ns, end_ns = _times(asked.start, asked.end, now_ns())
        return encoded(await desk.asker.ask(lambda: desk.ports.wishes.load_again(start_ns, end_ns, _name(visitor))))
