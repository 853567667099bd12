"""Governance: the tools of Prysm's control plane, over MCP and over REST alike, as acts.

An act is a tool's name and its arguments. What it comes to is told from these and from the request alone, so that any
worker can answer it and the loader reads from the journal what the client was told: ids are made of the request's.

Rule 1: everything is recorded, nothing is judged: a report counts what was recorded and says that it is no verdict.
Rule 2: of a list of events the first 1000 are taken; one that is no object is left out, and the answer says how many.
"""

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from headwater.compat.prysmai.scan import scan
from headwater.compat.prysmai.steps import SOURCE, WORD, Frame, Step, spans_of
from headwater.compat.reading import list_in, metadata_in, object_in, span_id_from, text_in, trace_id_from
from headwater.event import Failure, Span, SpanStatus

START, CHECK, SCAN, END = (f"prysm_{each}" for each in ("session_start", "check_behavior", "scan_code", "session_end"))
EVENTS = 1000
NOT_EVALUATED = "not evaluated: headwater records what an agent does and does not judge it"
_RECORDS = {
    "prysm_record_llm_call": "llm_call",
    "prysm_record_tool_call": "tool_call",
    "prysm_record_decision": "decision",
    "prysm_record_file_change": "file_change",
}
# The words of the events that the same things are told by.
_FILE_WORDS = {"read": "file_read", "write": "file_write"}
_OUTCOMES: dict[str, SpanStatus] = {"completed": "ok", "failed": "error", "timeout": "error"}
# A session that was begun within another of the program's has an id that says so, where that can stand in a URL.
_FIT = re.compile(r"[A-Za-z0-9._~-]{1,200}")
_WITHIN = re.compile(r"(.+)~[0-9a-f]{12}", re.DOTALL)


class Act(NamedTuple):
    """A tool's call. `request` and its place in that tell it from every other one."""

    tool: str
    arguments: Mapping[str, Any]
    request: str
    place: int = 0


_NEEDED: dict[str, tuple[str, ...]] = {
    START: (),
    CHECK: ("session_id", "events"),
    SCAN: ("code",),
    END: ("session_id",),
    "prysm_record_llm_call": (),
    "prysm_record_tool_call": ("session_id", "tool_name"),
    "prysm_record_decision": ("session_id", "description"),
    "prysm_record_file_change": ("session_id", "operation", "path"),
}
TOOLS = frozenset(_NEEDED)


def problem_of(act: Act) -> str:
    """What an act lacks, "" where it can be recorded."""
    for name in _NEEDED[act.tool]:
        value = act.arguments.get(name)
        if name == "events" and not isinstance(value, list):
            return f"{name!r} must be a list of events"
        if name == "code" and not isinstance(value, str):
            return f"{name!r} must be a text"
        if name not in ("events", "code") and not text_in(value):
            return f"{name!r} is missing: send a text"
    return ""


def session_of(act: Act) -> str:
    """The governance session's id: the one that is named, or for a start the one that it gets."""
    if act.tool != START:
        return text_in(act.arguments.get("session_id"))
    outer = text_in(object_in(act.arguments.get("context")).get("session_id"))
    own = span_id_from(SOURCE, act.request, str(act.place))
    return f"{outer}~{own[:12]}" if _FIT.fullmatch(outer) else f"gov_{own}"


def trace_of(session: str) -> str:
    """The trace of a governance session."""
    return trace_id_from(SOURCE, "governance", session)


def answer(act: Act, counts: Mapping[str, int] | None, now_ms: int) -> dict[str, Any]:
    """What the client is told. `counts` are the steps that the store has of the session, None where nobody knows; only
    an end needs them."""
    session = session_of(act)
    if act.tool == START:
        message = f"the session is recorded; {NOT_EVALUATED}"
        return {"session_id": session, "started_at": now_ms, "policies": [], "message": message}
    if act.tool == CHECK:
        taken, left_out = _events(act)
        told = {"events_ingested": len(taken), "events_rejected": left_out, "evaluation": NOT_EVALUATED}
        return {**told, "flags": [], "violations": [], "recommendations": []}
    if act.tool == SCAN:
        named = {name: act.arguments.get(name) for name in ("language", "file_path")}
        return named | scan(str(act.arguments["code"]))
    if act.tool == END:
        outcome = text_in(act.arguments.get("outcome")) or "completed"
        return {"session_id": session, "outcome": outcome, "report": report(counts), "violations": []}
    span = read_act(act, 0)[0]
    told = {"recorded": True, "session_id": session or None, "trace_id": span.trace_id, "span_id": span.span_id}
    return told | ({"security_scan": "not applied"} if act.arguments.get("run_security_scan") else {})


def report(counts: Mapping[str, int] | None) -> dict[str, Any]:
    """A session's report: counts of steps, and no verdict."""
    if counts is None:
        recorded = "the store could not be asked for what was recorded"
    else:
        listed = ", ".join(f"{count} {word}" for word, count in sorted(counts.items())) or "no steps"
        recorded = f"in the store so far: {listed}; what was acknowledged a moment ago may still be on its way there"
    return {
        "behavior_score": None,
        "detectors": [],
        "summary": f"{NOT_EVALUATED}; {recorded}",
        "recommendations": [],
        "recorded": counts,
    }


def read_act(act: Act, received_ns: int) -> list[Span]:
    """The spans of an act that has no problem."""
    session = session_of(act)
    frame = _frame(act, session, received_ns)
    special = {START: _start, END: _end, SCAN: _scan}.get(act.tool)
    if special is not None:
        return [special(act, frame)]
    if act.tool == CHECK:
        return spans_of([_step(event) for event in _events(act)[0]], frame)
    word, said = _RECORDS[act.tool], act.arguments
    if word == "file_change":
        word = _FILE_WORDS.get(text_in(said.get("operation")), word)
    return spans_of([Step(word, said, said.get("timestamp"))], frame)


def _frame(act: Act, session: str, received_ns: int) -> Frame:
    request = f"{act.request}.{act.place}"
    trace_id = trace_of(session) if session else trace_id_from(SOURCE, request, "alone")
    parent_id = root_of(trace_id) if session else ""
    within = _WITHIN.fullmatch(session)
    return Frame(trace_id, parent_id, within[1] if within else session, session, received_ns, request, "governance")


def root_of(trace_id: str) -> str:
    """The span that a governance session's others hang under."""
    return span_id_from(SOURCE, trace_id, "session_start")


def _events(act: Act) -> tuple[list[Mapping[str, Any]], int]:
    """The events that can be recorded, and how many cannot."""
    events = list_in(act.arguments["events"])
    taken: list[Mapping[str, Any]] = [event for event in events[:EVENTS] if isinstance(event, dict)]
    return taken, len(events) - len(taken)


def _step(event: Mapping[str, Any]) -> Step:
    data = event.get("data")
    said: Mapping[str, Any] = object_in(data) or ({} if data in (None, "", {}) else {"value": data})
    return Step(text_in(event.get("event_type")) or "unknown", said, event.get("timestamp"))


def _start(act: Act, frame: Frame) -> Span:
    told = act.arguments
    context = object_in(told.get("context"))
    agent = text_in(told.get("agent_type"))
    return Span(
        **_common(frame, "session_start"),
        name=f"governance session {agent}".rstrip(),
        kind="agent",
        agent_name=agent,
        user_id=text_in(context.get("user_id")),
        metadata={**metadata_in(context.get("metadata")), "governance_session_id": frame.governance},
        input=told.get("task_instructions"),
        attributes={WORD: "session_start", **_kept(told, ("available_tools", "context", "agent_type"))},
    )


def _end(act: Act, frame: Frame) -> Span:
    told = act.arguments
    outcome = text_in(told.get("outcome")) or "completed"
    status = _OUTCOMES.get(outcome, "unset")
    summary = told.get("output_summary")
    message = summary if isinstance(summary, str) else ""
    return Span(
        **_common(frame, "session_end"),
        parent_span_id=frame.parent_id,
        name=f"session end {outcome}",
        status=status,
        failure=Failure(type=outcome, message=message) if status == "error" else None,
        metadata={"governance_session_id": frame.governance},
        output=summary,
        attributes={WORD: "session_end", **_kept(told, ("outcome", "files_modified"))},
    )


def _scan(act: Act, frame: Frame) -> Span:
    told = act.arguments
    what = text_in(told.get("file_path")) or text_in(told.get("language"))
    return Span(
        **_common(frame, frame.request),
        parent_span_id=frame.parent_id,
        name=f"scan {what}".rstrip(),
        kind="guardrail",
        metadata={"governance_session_id": frame.governance} if frame.governance else {},
        input=told["code"],
        output=scan(str(told["code"])),
        attributes={WORD: "scan_code", **_kept(told, ("language", "file_path"))},
    )


def _common(frame: Frame, own: str) -> dict[str, Any]:
    return {
        "trace_id": frame.trace_id,
        "span_id": span_id_from(SOURCE, frame.trace_id, own),
        "start_ns": frame.received_ns,
        "end_ns": frame.received_ns,
        "source": SOURCE,
        "scope": frame.scope,
        "session_id": frame.session_id,
    }


def _kept(told: Mapping[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    return {name: told[name] for name in names if told.get(name) is not None}
