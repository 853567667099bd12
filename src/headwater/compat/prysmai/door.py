"""Door: what Prysm's clients send besides their calls to models, which the proxy takes.

Rule 1: nothing is remembered between two requests: ids are made of a request's own, and what was recorded is asked of
the store, so that any worker serves any request of a session.
Rule 2: what is told to the client and what is stored come from one reading of the request.
"""

import asyncio
from collections.abc import Mapping
from functools import partial
from typing import Any
from urllib.parse import unquote

from headwater import clock, ids
from headwater.compat.desk import Application, Asked, Desk, Reply, Route, body_of, json_of, keep, routed
from headwater.compat.prysmai import mcp
from headwater.compat.prysmai.governance import (
    CHECK,
    END,
    SCAN,
    START,
    Act,
    answer,
    problem_of,
    read_act,
    report,
    session_of,
    trace_of,
)
from headwater.compat.prysmai.steps import WORD
from headwater.compat.prysmai.telemetry import batch_of, read_batch, read_threat, threat_of
from headwater.compat.reading import object_in
from headwater.errors import BadRequest, HeadwaterError, NotFound
from headwater.event import Envelope
from headwater.loader import Decoded

_TYPES = {401: "authentication_error", 429: "rate_limit_error"}
_FIRST_SERVERS_FAULT = 500
_URI = "prysm://"
_SESSION_URI = _URI + "session/"


def door(desk: Desk) -> Application:
    """The ASGI application of Prysm's routes."""
    only_post = Reply(status=405, body={"error": {"message": "only POST is answered here"}}, headers={"allow": "POST"})

    async def alive(_: Asked) -> Reply:
        return Reply(body={"status": "ok"})

    async def no_stream(_: Asked) -> Reply:
        return only_post

    routes = (
        Route("POST", "/api/mcp", partial(_mcp, desk)),
        Route("GET", "/api/mcp", no_stream, is_open=True),
        Route("DELETE", "/api/mcp", no_stream, is_open=True),
        Route("GET", "/api/v1/health", alive, is_open=True),
        Route("POST", "/api/v1/telemetry/events", partial(_telemetry, desk)),
        Route("POST", "/governance/scan", partial(_rest, desk, SCAN)),
        Route("POST", "/governance/sessions", partial(_rest, desk, START)),
        Route("PATCH", "/governance/sessions/{session}", partial(_rest, desk, END)),
        Route("POST", "/governance/sessions/{session}/events", partial(_rest, desk, CHECK)),
        Route("POST", "/threat-events", partial(_threat, desk)),
    )
    return routed(desk, "prysm", routes, _refuse)


def read(envelope: Envelope) -> Decoded:
    """What an envelope of Prysm's says. Raises HeadwaterError for a door that is none of them."""
    at, request = envelope.received_ns, envelope.headers.get("request", "")
    body = body_of(envelope)
    if envelope.door == "prysm.mcp":
        acts = mcp.acts_in(mcp.messages_of(body)[0], request)
        return Decoded(spans=[span for act in acts for span in read_act(act, at)])
    if envelope.door == "prysm.rest":
        session = envelope.headers.get("session")
        return Decoded(spans=read_act(_act(envelope.headers["tool"], json_of(body), session, request), at))
    if envelope.door == "prysm.telemetry":
        return Decoded(spans=read_batch(json_of(body), at, request))
    if envelope.door == "prysm.threat":
        return Decoded(spans=[read_threat(json_of(body), at, request)])
    raise HeadwaterError(f"no reader for the door {envelope.door!r}: install a newer headwater")


def _refuse(status: int, error: HeadwaterError) -> Reply:
    kind = _TYPES.get(status) or ("invalid_request_error" if status < _FIRST_SERVERS_FAULT else "proxy_error")
    return Reply(status=status, body={"error": {"message": str(error), "type": kind}})


# Acts, over MCP and over REST.


async def _mcp(desk: Desk, asked: Asked) -> Reply:
    try:
        messages, is_batch = mcp.messages_of(asked.body)
    except BadRequest as error:
        told = {"jsonrpc": "2.0", "id": None, "error": {"code": mcp.NOT_PARSED, "message": str(error)}}
        return Reply(status=400, body=told)
    request = ids.trace_id()
    acts = mcp.acts_in(messages, request)
    if acts:
        await keep(desk, asked, "prysm.mcp", len(acts), {"request": request})
    backing = mcp.Backing(partial(_answer, desk, asked.project), partial(_resource, desk, asked.project))
    answers = await mcp.answered(messages, request, backing)
    if not answers:
        return Reply(status=202, body=b"")
    body, kind = mcp.framed(answers if is_batch else answers[0], asked.headers.get("accept", ""))
    return Reply(body=body, content_type=kind)


async def _rest(desk: Desk, tool: str, asked: Asked) -> Reply:
    session = asked.places[0] if asked.places else None
    request = ids.trace_id()
    act = _act(tool, asked.json(), session, request)
    problem = problem_of(act)
    if problem:
        raise BadRequest(problem)
    named = {} if session is None else {"session": session}
    await keep(desk, asked, "prysm.rest", more={"request": request, "tool": tool, **named})
    return Reply(body=await _answer(desk, asked.project, act))


def _act(tool: str, body: Any, session: str | None, request: str) -> Act:
    """The act that a body over REST is, for the session of its path. Raises BadRequest."""
    if not isinstance(body, dict):
        raise BadRequest("the body must be a JSON object")
    named = {} if session is None else {"session_id": session}
    return Act(tool, {**object_in(body), **named}, request)


async def _answer(desk: Desk, project: str, act: Act) -> dict[str, Any]:
    counts = await _counts(desk, project, session_of(act)) if act.tool == END else None
    now_ms = clock.now_ns() // 10**6
    # A scan of megabytes would hold up everybody else.
    return await asyncio.to_thread(answer, act, counts, now_ms) if act.tool == SCAN else answer(act, counts, now_ms)


async def _resource(desk: Desk, project: str, uri: str) -> Any:
    """What a resource of MCP holds. Raises NotFound."""
    if uri == _URI + "policies":
        return []
    session, slash, name = uri.removeprefix(_SESSION_URI).rpartition("/")
    if not uri.startswith(_SESSION_URI) or not slash or name not in ("status", "report"):
        raise NotFound(f"there is no resource {uri[:200]!r}: resources/templates/list tells what there is")
    session = unquote(session)
    counts = await _counts(desk, project, session)
    if name == "report":
        return {"session_id": session, "report": report(counts)}
    return {"session_id": session, "status": _status(counts), "recorded": counts}


def _status(counts: Mapping[str, int] | None) -> str:
    """How far a session is, as far as the store knows."""
    if not counts:
        return "unknown"
    return "ended" if "session_end" in counts else "active"


async def _counts(desk: Desk, project: str, session: str) -> dict[str, int] | None:
    """How many steps of each kind the store has of a governance session; None where it cannot be asked."""
    words = f"attributes['{WORD}']"
    # A trace's id is made of hex digits, whatever the session's is.
    asked = f"SELECT {words}, count() FROM spans WHERE trace_id = '{trace_of(session)}' GROUP BY {words}"  # noqa: S608
    try:
        table = await asyncio.to_thread(desk.questions(project).sql, asked)
    except HeadwaterError:
        return None
    return {str(word): int(count) for word, count in table.rows}


# What monitors and detectors tell.


async def _telemetry(desk: Desk, asked: Asked) -> Reply:
    taken, left_out = batch_of(asked.json())
    if taken:
        await keep(desk, asked, "prysm.telemetry", len(taken), {"request": ids.trace_id()}, left_out)
    return Reply(status=202, body={"accepted": len(taken), "rejected": left_out})


async def _threat(desk: Desk, asked: Asked) -> Reply:
    threat_of(asked.json())
    await keep(desk, asked, "prysm.threat", more={"request": ids.trace_id()})
    return Reply(body={"recorded": True})
