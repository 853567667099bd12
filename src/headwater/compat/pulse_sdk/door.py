"""Pulse's door: traces and spans as its clients send them in JSON, and the questions that its server answered.

What its clients of 0.2.8 and later send is OTLP, which the door of OTLP takes; both are told by `otlp`.
"""

import asyncio
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, NamedTuple

from headwater.compat.desk import Application, Asked, Desk, Reply, Route, body_of, keep, routed
from headwater.compat.pulse_sdk import shown
from headwater.compat.pulse_sdk.analysis import analytics, span_analytics
from headwater.compat.pulse_sdk.schema import SPAN, TRACE, Rule, checked
from headwater.compat.pulse_sdk.told import Item, span_of_item, span_of_trace
from headwater.compat.pulse_sdk.wanted import Misasked
from headwater.errors import HeadwaterError
from headwater.event import Envelope, Span
from headwater.loader import Decoded
from headwater.query import Questions


class _Kind(NamedTuple):
    rules: Mapping[str, Rule]
    read: Callable[[Item, int], Span]


_KINDS = {"pulse.traces": _Kind(TRACE, span_of_trace), "pulse.spans": _Kind(SPAN, span_of_item)}

# What takes longer to look at than others should wait for.
_LARGE_BYTES = 256 * 1024

_INGEST = {
    "/v1/traces/async": "pulse.traces",
    "/v1/traces/batch": "pulse.traces",
    "/v1/spans/async": "pulse.spans",
    "/v1/spans/batch": "pulse.spans",
}

_SHOWN: dict[str, Callable[[Questions, Asked], Any]] = {
    "/v1/traces": shown.traces,
    "/v1/traces/{trace}": shown.trace,
    "/v1/spans": shown.spans,
    "/v1/spans/{span}": shown.span,
    "/v1/sessions/{session}": shown.session,
    "/v1/sessions/{session}/spans": shown.session_spans,
    "/v1/analytics": analytics,
    "/v1/analytics/spans": span_analytics,
}


def door(desk: Desk) -> Application:
    """The routes of Pulse's server."""
    taking = [Route("POST", path, partial(_take, desk, door)) for path, door in _INGEST.items()]
    showing = [Route("GET", path, partial(_show, desk, question)) for path, question in _SHOWN.items()]
    return routed(desk, "pulse", [*taking, *showing], _refuse)


def read(envelope: Envelope) -> Decoded:
    """The spans of an envelope: the items that the edge has accepted. Raises BadRequest for a body that is none."""
    kind = _KINDS[envelope.door]
    items = checked(body_of(envelope), kind.rules).items
    return Decoded(spans=[kind.read(item, envelope.received_ns) for item in items])


async def _take(desk: Desk, door: str, asked: Asked) -> Reply:
    """Keep the items that can be kept; 400 only where there is none among some."""
    rules = _KINDS[door].rules
    is_large = len(asked.body) > _LARGE_BYTES
    found = await asyncio.to_thread(checked, asked.body, rules) if is_large else checked(asked.body, rules)
    if found.issues and not found.items:
        desk.intake.counters.rejected(f"{door}: invalid item", found.rejected or 1)
        return Reply(status=400, body={"error": "Validation failed", "details": found.issues})
    if found.items:
        await keep(desk, asked, door, len(found.items), rejected=found.rejected)
    told: dict[str, Any] = {"status": "queued", "count": len(found.items)}
    if found.rejected:
        told |= {"rejected": found.rejected, "details": found.issues}
    return Reply(status=202, body=told)


async def _show(desk: Desk, question: Callable[[Questions, Asked], Any], asked: Asked) -> Reply:
    try:
        return Reply(body=await asyncio.to_thread(question, desk.questions(asked.project), asked))
    except Misasked as wrong:
        return Reply(status=400, body={"error": "Invalid query parameters", "details": wrong.issues})


def _refuse(status: int, error: HeadwaterError) -> Reply:
    return Reply(status=status, body={"error": str(error)})
