"""Door: what the old clients post, kept as it came and read later.

The clients take exactly 200 (interactions and steps) and exactly 201 (traces) for success, read JSON from every
answer, and put `message` into the error that they raise for 400, 401, 429 and 5xx.
"""

from typing import Any, cast

from headwater.compat.desk import Application, Asked, Desk, Reply, Route, body_of, json_of, keep, routed
from headwater.compat.huggingplace_sdk.interaction import NO_STEP, interaction_from, step_as_log
from headwater.compat.huggingplace_sdk.stored import PRODUCT, told_of
from headwater.compat.huggingplace_sdk.traced import is_trace, told_of_trace
from headwater.errors import BadRequest, HeadwaterError
from headwater.event import Envelope, LogEvent, Span
from headwater.ids import short_id
from headwater.loader import Decoded

_LOGS, _STEPS, _TRACES = "huggingplace.logs", "huggingplace.steps", "huggingplace.traces"
_TEST = "connection tests are answered and not shown"


def door(desk: Desk) -> Application:
    """The four routes of the product."""

    async def log(asked: Asked) -> Reply:
        _object_in(asked.json())
        await keep(desk, asked, _LOGS)
        return Reply(body={"message": "stored"})

    async def step(asked: Asked) -> Reply:
        _object_in(asked.json())
        await keep(desk, asked, _STEPS)
        return Reply(body={"message": "stored"})

    async def trace(asked: Asked) -> Reply:
        item = _object_in(asked.json())
        if not is_trace(item):
            raise BadRequest("the trace names neither 'traceId' nor 'spanId' nor 'operation': send one of them")
        await keep(desk, asked, _TRACES)
        return Reply(status=201, body={"traceId": item.get("traceId") or short_id(), "message": "stored"})

    async def traces(asked: Asked) -> Reply:
        items = _items_in(asked.json())
        good = sum(map(is_trace, items))
        if items and not good:
            raise BadRequest("no item of the batch names 'traceId', 'spanId' or 'operation': send one of them in each")
        if good:
            await keep(desk, asked, _TRACES, items=good, rejected=len(items) - good)
        return Reply(status=201, body={"count": good, "rejected": len(items) - good, "message": "stored"})

    routes = (
        Route("POST", "/v2/chatgpt/store_generated_response", log),
        Route("POST", "/v2/chatgpt/store_step", step),
        Route("POST", "/api/traces", trace),
        Route("POST", "/api/traces/batch", traces),
    )
    return routed(desk, PRODUCT, routes, _refuse)


def read(envelope: Envelope) -> Decoded:
    """What an envelope of this door says."""
    return _READERS[envelope.door](cast("Any", json_of(body_of(envelope))), envelope.received_ns)


def _refuse(status: int, error: HeadwaterError) -> Reply:
    # The clients know no 413: for them a body that can never be taken is a 400.
    return Reply(status=400 if status == 413 else status, body={"message": str(error)})


def _object_in(told: Any) -> dict[str, Any]:
    if not isinstance(told, dict):
        raise BadRequest("the body must be a JSON object")
    return cast("dict[str, Any]", told)


def _items_in(told: Any) -> list[Any]:
    if not isinstance(told, list):
        raise BadRequest("the body must be a JSON array of traces")
    return cast("list[Any]", told)


def _read_log(body: dict[str, Any], arrival_ns: int) -> Decoded:
    if interaction_from(body).is_test:
        return Decoded(dropped={_TEST: 1})
    spans, scores, unread = told_of(body, arrival_ns)
    return Decoded(spans=spans, logs=scores, dropped={NO_STEP: unread} if unread else {})


def _read_step(body: dict[str, Any], arrival_ns: int) -> Decoded:
    is_log = "step_data" in body or "user_prompt" in body
    return _read_log(body if is_log else step_as_log(body), arrival_ns)


def _read_traces(told: Any, arrival_ns: int) -> Decoded:
    spans: list[Span] = []
    logs: list[LogEvent] = []
    for item in cast("list[Any]", told) if isinstance(told, list) else [told]:
        if is_trace(item):
            span, scores = told_of_trace(item, arrival_ns)
            spans.append(span)
            logs += scores
    return Decoded(spans=spans, logs=logs)


_READERS = {_LOGS: _read_log, _STEPS: _read_step, _TRACES: _read_traces}
