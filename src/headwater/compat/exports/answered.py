"""Answered: what gateways log of a call, as a span with its call; the vendor's own bodies tell what they can."""

from typing import Any

import msgspec

from headwater.compat.exports.told import Item, decoded
from headwater.event import Call, Failure, Span
from headwater.outbox import encode_span
from headwater.provider import exchange_from, usage_from


class Logged(msgspec.Struct, frozen=True, kw_only=True):
    """A line of a log. `counts` are tokens under the names that `usage_from` knows; times are Unix nanoseconds."""

    trace_id: str
    span_id: str
    start_ns: int
    end_ns: int
    first_ns: int | None = None
    request: Any = None
    response: Any = None
    model: str = ""
    response_model: str = ""
    provider: str = ""
    operation: str = ""
    counts: dict[str, Any] = {}
    cost_usd: float | None = None
    is_stream: bool | None = None
    failure: Failure | None = None
    session_id: str = ""
    user_id: str = ""
    tags: tuple[str, ...] = ()
    metadata: dict[str, str] = {}


def item_of(logged: Logged) -> Item:
    """The span of a logged call, encoded."""
    request, response = decoded(logged.request), decoded(logged.response)
    exchange = exchange_from(request, response)
    asked = exchange.asked if exchange is not None else None
    answered = exchange.answered if exchange is not None else None
    usage = answered.usage if answered is not None else None
    call = Call(
        operation=logged.operation or (exchange.operation if exchange is not None else "chat"),
        provider=logged.provider or (exchange.provider if exchange is not None else ""),
        request_model=logged.model or (asked.model if asked is not None else ""),
        response_model=(answered.model if answered is not None else "") or logged.response_model,
        response_id=answered.id if answered is not None else "",
        input=asked.messages if asked is not None else (),
        output=answered.messages if answered is not None else (),
        tools=asked.tools if asked is not None else (),
        parameters=asked.parameters if asked is not None else {},
        finish_reasons=answered.finish_reasons if answered is not None else (),
        usage=usage or (usage_from(logged.counts, logged.provider) if logged.counts else None),
        is_stream=logged.is_stream if logged.is_stream is not None or asked is None else asked.is_stream,
        ttft_ns=max(0, logged.first_ns - logged.start_ns) if logged.first_ns else None,
        reported_cost_usd=logged.cost_usd,
    )
    span = Span(
        trace_id=logged.trace_id,
        span_id=logged.span_id,
        kind="call",
        start_ns=logged.start_ns,
        end_ns=max(logged.start_ns, logged.end_ns),
        status="error" if logged.failure is not None else "unset",
        failure=logged.failure,
        session_id=logged.session_id,
        user_id=logged.user_id,
        tags=logged.tags,
        metadata=logged.metadata,
        call=call,
    )
    return Item(body=encode_span(span))
