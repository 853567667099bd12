"""Telemetry: the batches of Prysm's framework monitors (LangGraph, CrewAI, LlamaIndex, Agent Framework), and what its
detectors report.

A monitor's session is one trace. Its events come when a run ends and name the run that it belongs to, so the tree puts
itself together whichever request each of them came in.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from headwater.compat.prysmai.governance import root_of, trace_of
from headwater.compat.prysmai.steps import SOURCE, WORD, Frame, Step, first, spans_of
from headwater.compat.reading import (
    list_in,
    merged,
    metadata_in,
    moment_in,
    object_in,
    span_id_from,
    text_in,
    trace_id_from,
)
from headwater.errors import BadRequest
from headwater.event import Span

EVENTS = 1000
_PAIRED = ("run_id", "call_id")
_SUMMARIES = ("graph_summary", "execution_summary")


def batch_of(body: Any) -> tuple[list[Mapping[str, Any]], int]:
    """The events of a batch that can be recorded, the first 1000 of them, and how many cannot. Raises BadRequest where
    the body is no batch."""
    events = object_in(body).get("events")
    if not isinstance(events, list):
        raise BadRequest("the body must be an object whose field 'events' is a list")
    items = list_in(events)
    taken: list[Mapping[str, Any]] = [event for event in items[:EVENTS] if isinstance(event, dict)]
    return taken, len(items) - len(taken)


def read_batch(body: Any, received_ns: int, request: str) -> list[Span]:
    """The spans of a batch."""
    events, _ = batch_of(body)
    told = object_in(body)
    source = text_in(told.get("source"))
    session = text_in(told.get("session_id"))
    steps: dict[str, list[Step]] = {}
    for step in _joined([_step(event) for event in events]):
        steps.setdefault(text_in(step.said.get("session_id")) or session, []).append(step)
    spans: list[Span] = []
    for each, its_steps in steps.items():
        frame = _frame(source, each, received_ns, request)
        spans += spans_of(its_steps, frame)
        if each == session:
            spans += _summary(told, frame, max(span.end_ns for span in spans))
    return spans


def _frame(source: str, session: str, received_ns: int, request: str) -> Frame:
    named = (source, session) if session else (source, request, "alone")
    trace_id = trace_id_from(SOURCE, "telemetry", *named)
    return Frame(trace_id, "", session, "", received_ns, request, source, is_monitored=True)


def _step(event: Mapping[str, Any]) -> Step:
    said = {name: value for name, value in event.items() if name not in ("event_type", "timestamp")}
    inner = (object_in(said.pop(name, None)) for name in ("end_payload", "start_payload", "data"))
    return Step(text_in(event.get("event_type")) or "unknown", merged(said, *inner), event.get("timestamp"))


def _joined(steps: Sequence[Step]) -> list[Step]:
    """The beginning and the end of a thing as one step, where both came together; in the place of its end."""
    starts = {_thing(step): step for step in steps if step.word.endswith("_start") and _thing(step)[1]}
    ended = {_thing(step) for step in steps if step.word.endswith("_end")}
    found: list[Step] = []
    for step in steps:
        thing = _thing(step)
        if step.word.endswith("_start") and thing in ended and thing in starts:
            continue
        start = starts.get(thing) if step.word.endswith("_end") else None
        found.append(step if start is None else Step(step.word, merged(step.said, start.said), step.at))
    return found


def _thing(step: Step) -> tuple[str, str]:
    return step.word.rpartition("_")[0], text_in(first(step.said, _PAIRED))


def _summary(told: Mapping[str, Any], frame: Frame, end_ns: int) -> list[Span]:
    """What a monitor says of all its session so far; each replaces the one before."""
    name = next((name for name in _SUMMARIES if object_in(told.get(name))), "")
    if not name:
        return []
    return [
        Span(
            trace_id=frame.trace_id,
            span_id=span_id_from(SOURCE, frame.trace_id, name),
            name=f"{frame.scope} summary".lstrip(),
            start_ns=end_ns,
            end_ns=end_ns,
            source=SOURCE,
            scope=frame.scope,
            session_id=frame.session_id,
            output=told[name],
            attributes={WORD: name},
        )
    ]


def threat_of(body: Any) -> Mapping[str, Any]:
    """What a detector reports. Raises BadRequest for what is no report."""
    told = object_in(body)
    if not text_in(told.get("detector")):
        raise BadRequest("a report is an object that names its 'detector'")
    return told


def read_threat(body: Any, received_ns: int, request: str) -> Span:
    """The span of a detector's report: the client's own finding, which is recorded and not weighed."""
    told = threat_of(body)
    evidence = object_in(told.get("evidence"))
    session = text_in(first(merged(told, evidence), ("session_id", "governance_session_id")))
    detector, category, severity = (text_in(told.get(name)) for name in ("detector", "category", "severity"))
    own_ns = moment_in(told.get("timestamp"))
    named = (SOURCE, "threat", "" if own_ns else request, msgspec.json.encode(told).decode())
    trace_id = trace_of(session) if session else trace_id_from(*named)
    return Span(
        trace_id=trace_id,
        span_id=span_id_from(*named),
        parent_span_id=root_of(trace_id) if session else "",
        name=f"{detector} {category}".rstrip(),
        kind="guardrail",
        start_ns=own_ns or received_ns,
        end_ns=own_ns or received_ns,
        source=SOURCE,
        scope="detectors",
        session_id=session,
        tags=tuple(tag for tag in ("threat", severity) if tag),
        metadata=metadata_in({"severity": severity, "category": category}),
        output={"message": told.get("message"), "evidence": told.get("evidence")},
        attributes={WORD: "threat", **{name: told[name] for name in ("severity", "category") if name in told}},
    )
