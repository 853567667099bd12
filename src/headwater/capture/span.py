"""A call's span: what was asked, what was heard, when, and under what."""

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

import msgspec

from headwater.capture.answer import Heard
from headwater.capture.raised import Raised
from headwater.capture.scope import Scope
from headwater.event import Call, Failure, Span
from headwater.provider import Asked, Place

End = Literal["complete", "closed", "abandoned", "cut"]
_NAME = "headwater"
_FIRST_ERROR = 400
# A request's metadata that has a field of its own.
_NOT_METADATA = frozenset({"user_id", "session_id"})


class Taken(NamedTuple):
    """What the caller's thread took down of a call. Times are Unix nanoseconds; `status` is 0 where no answer came.

    `end` is how its reader saw it end, None for an answer that was not read in pieces.
    """

    scope: Scope
    trace_id: int
    span_id: int
    host: str
    port: int | None
    start_ns: int
    end_ns: int
    status: int = 0
    attempts: int = 1
    end: End | None = None
    raised: Raised | None = None


def span_of(taken: Taken, place: Place, asked: Asked, heard: Heard) -> Span:
    """Make the span."""
    scope = taken.scope
    failure = _failure(taken, heard)
    return Span(
        trace_id=f"{taken.trace_id:032x}",
        span_id=f"{taken.span_id:016x}",
        parent_span_id=f"{scope.span_id:016x}" if scope.span_id else "",
        name=f"{asked.operation} {asked.model}" if asked.model else asked.operation,
        kind="call",
        start_ns=taken.start_ns,
        end_ns=taken.end_ns,
        status="unset" if failure is None else "error",
        failure=failure,
        source=_NAME,
        scope=_NAME,
        session_id=scope.session_id or asked.session_id,
        user_id=scope.user_id or asked.user,
        tags=scope.tags,
        metadata=_metadata(asked.metadata, scope.metadata),
        call=_call(taken, place, asked, heard),
        attributes=_attributes(taken, heard),
    )


def _call(taken: Taken, place: Place, asked: Asked, heard: Heard) -> Call:
    answered = heard.answered
    return Call(
        operation=asked.operation,
        provider=place.provider,
        request_model=asked.model,
        response_model=answered.model,
        response_id=answered.id,
        input=asked.messages,
        output=answered.messages,
        tools=asked.tools,
        parameters=asked.parameters,
        finish_reasons=answered.finish_reasons,
        usage=answered.usage,
        service_tier=answered.service_tier or asked.service_tier,
        is_stream=heard.is_stream or bool(asked.is_stream),
        ttft_ns=heard.ttft_ns,
        reported_cost_usd=answered.reported_cost_usd,
        attempts=taken.attempts,
    )


def _metadata(of_request: Mapping[str, str], of_scope: Mapping[str, str]) -> Mapping[str, str]:
    if not of_request:
        return of_scope
    return {**{name: value for name, value in of_request.items() if name not in _NOT_METADATA}, **of_scope}


def _failure(taken: Taken, heard: Heard) -> Failure | None:
    """What the provider said, else what was raised; the stack trace in either case."""
    raised, failure = taken.raised, heard.failure
    if raised is None:
        return failure
    if failure is not None:
        return msgspec.structs.replace(failure, stacktrace=raised.stacktrace())
    return raised.failure(taken.status if taken.status >= _FIRST_ERROR else None)


def _attributes(taken: Taken, heard: Heard) -> dict[str, Any]:
    found: dict[str, Any] = {"server.address": taken.host}
    if taken.port is not None:
        found["server.port"] = taken.port
    if taken.status:
        found["http.response.status_code"] = taken.status
    if taken.end is not None and taken.status < _FIRST_ERROR and (end := _end(taken.end, heard)):
        found["headwater.stream.end"] = end
    return found


def _end(seen: End, heard: Heard) -> End | None:
    """How a stream ended: whoever reads it sees no difference between its end and a lost connection's.

    None for an answer in one piece that was read to its end.
    """
    if heard.is_stream:
        is_whole = heard.is_whole or (seen == "complete" and (heard.answered.is_complete or heard.failure is not None))
        if is_whole:
            return "complete"
    elif heard.is_whole and seen == "complete":
        return None
    return "cut" if seen == "complete" else seen
