"""`headwater.log`: a call to a model that was made by other means, told after the fact."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, cast

import msgspec

from headwater.capture import Raised, Scope, raised_from, snapshot
from headwater.event import Call, Failure, Message, Span, Usage
from headwater.sdk.client import begin, record
from headwater.sdk.guest import guest
from headwater.sdk.steps import Step
from headwater.sdk.times import told_times

# A conversation is long where arguments of a function are not.
_ITEMS = 20_000
_EMPTY_BYTES = 1500


class _Logged(msgspec.Struct, frozen=True, kw_only=True):
    scope: Scope
    trace_id: int
    span_id: int
    start_ns: int
    end_ns: int
    texts: dict[str, str]
    input: Any
    output: Any
    tools: Any
    parameters: Any
    usage: Any
    attributes: Any
    finish_reasons: tuple[str, ...]
    cost_usd: float | None
    ttft_ns: int | None
    raised: Raised | Failure | None
    http_status: int | None
    size_bytes: int

    def told(self) -> Span:
        """Tell it as a span with its call; in the outbox's thread."""
        from headwater.provider import tool_definitions_from  # it is needed off the caller's thread only

        texts, scope, raised = self.texts, self.scope, self.raised
        failure = raised.failure(self.http_status) if isinstance(raised, Raised) else raised
        call = Call(
            operation=texts["operation"],
            provider=texts["provider"],
            request_model=texts["model"],
            response_model=texts["response_model"],
            response_id=texts["response_id"],
            input=_messages(self.input, "user"),
            output=_messages(self.output, "assistant"),
            tools=tool_definitions_from(self.tools),
            parameters=_named(self.parameters),
            finish_reasons=self.finish_reasons,
            usage=_usage(self.usage, texts["provider"]),
            ttft_ns=self.ttft_ns,
            reported_cost_usd=self.cost_usd,
        )
        return Span(
            trace_id=f"{self.trace_id:032x}",
            span_id=f"{self.span_id:016x}",
            parent_span_id=f"{scope.span_id:016x}" if scope.span_id else "",
            name=texts["name"],
            kind="call",
            start_ns=self.start_ns,
            end_ns=self.end_ns,
            status="error" if failure else "unset",
            failure=failure,
            source="headwater",
            scope="headwater",
            session_id=scope.session_id,
            user_id=scope.user_id,
            tags=scope.tags,
            metadata=scope.metadata,
            call=call,
            attributes=_named(self.attributes),
        )


@guest
def log(
    *,
    model: str = "",
    provider: str = "",
    operation: str = "chat",
    input: Any = None,
    output: Any = None,
    usage: Any = None,
    tools: Any = None,
    parameters: Mapping[str, Any] | None = None,
    start: float | datetime | None = None,
    end: float | datetime | None = None,
    duration: float | None = None,
    ttft: float | None = None,
    error: BaseException | str | None = None,
    status: int | None = None,
    finish_reason: str | Sequence[str] | None = None,
    response_model: str = "",
    response_id: str = "",
    cost_usd: float | None = None,
    name: str = "",
    attributes: Mapping[str, Any] | None = None,
    span: Step | None = None,
) -> None:
    """Record a call to a model that no client of ours saw: another vendor, a gateway, a model of your own.

    `input` and `output` are a text, a message or a list of messages, in the form of OpenAI, Anthropic or any that the
    server reads. `usage` is what the provider reported, under its own names, or ours (`input_tokens`,
    `output_tokens`, ...). `start` and `end` are seconds since 1970 or datetimes, `duration` and `ttft` (to the first
    content) seconds; of start, end and duration any two are enough, and without any the call ended now. `error` and
    `status` (HTTP) say that it failed. `parameters` are the request's settings (`temperature`, `max_tokens`, ...).
    It becomes a child of the span around this line. `span` is one that is open and turns out to be this call: the call
    takes its place and its times, and what was recorded within it is within the call. Never raises.
    """
    begun = begin() if span is None else span.given_up()
    if begun is None or not begun[3]:
        return
    start_ns, end_ns = told_times(start, end, duration) if span is None else (span.start_ns, span.end_ns)
    texts = {
        "model": str(model),
        "provider": str(provider),
        "operation": str(operation) or "chat",
        "response_model": str(response_model),
        "response_id": str(response_id),
        "name": str(name),
    }
    kept: dict[str, Any] = {}
    size = _EMPTY_BYTES
    for field, value in (
        ("input", input),
        ("output", output),
        ("tools", tools),
        ("parameters", parameters),
        ("usage", usage),
        ("attributes", attributes),
    ):
        kept[field], held = snapshot(value, _ITEMS)
        size += held
    record(
        _Logged(
            scope=begun[0],
            trace_id=begun[1],
            span_id=begun[2],
            start_ns=start_ns,
            end_ns=end_ns,
            texts=texts,
            finish_reasons=_words(finish_reason),
            cost_usd=cost_usd,
            ttft_ns=None if ttft is None else int(ttft * 1e9),
            raised=_raised(error, status),
            http_status=status if _is_failed(status) else None,
            size_bytes=size,
            **kept,
        )
    )


def _words(value: str | Sequence[str] | None) -> tuple[str, ...]:
    if value is None:
        return ()
    return (value,) if isinstance(value, str) else tuple(str(word) for word in value)


def _raised(error: BaseException | str | None, status: int | None) -> Raised | Failure | None:
    if isinstance(error, BaseException):
        return raised_from(error)
    if error is None and not _is_failed(status):
        return None
    return Failure(type=str(status) if _is_failed(status) else "error", message=error or "", http_status=status)


def _is_failed(status: int | None) -> bool:
    return status is not None and status >= 400


def _messages(value: Any, speaker: str) -> tuple[Message, ...]:
    from headwater.provider import messages_from

    return () if value is None else messages_from(value, speaker)


def _named(value: Any) -> dict[str, Any]:
    return cast(dict[str, Any], value) if isinstance(value, dict) else {}


def _usage(value: Any, provider: str) -> Usage | None:
    from headwater.provider import usage_from

    if not isinstance(value, dict):
        return None
    return usage_from(cast(dict[str, Any], value), provider)
