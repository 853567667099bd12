"""Sending: steps in the form of the old package's wire, to and from senders of a program's own."""

import inspect
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any
from uuid import UUID

from headwater import clock, ids, sdk
from headwater.compat.forms import list_in, metadata_in, number_in, object_in, span_id_from, text_in, trace_id_from
from headwater.compat.huggingplace_sdk.client.telling import call_fields, quietly

Sender = Callable[[dict[str, Any]], Any]
_SERVICE = "huggingplace-sdk"
_NAMES = ("traceId", "spanId", "operation")


class About:
    """What is said of a step besides what it does."""

    def __init__(
        self,
        name: str,
        trace_id: str | None,
        parent_id: str | None,
        user: Mapping[str, Any] | None,
        org: Mapping[str, Any] | None,
        custom: Mapping[str, Any] | None,
        tags: Sequence[Any] | None,
        priority: str | None,
    ) -> None:
        self.name = name
        self.trace_id = trace_id
        self.parent_id = parent_id
        self.user, self.org, self.custom = object_in(user), object_in(org), object_in(custom)
        self.tags = list_in(tags)
        self.priority = priority


class _Recorded(dict[str, Any]):
    """A step on the wire that is recorded already: `send_trace` takes no second note of it."""


def in_trace(trace_id: str | None, parent_id: str | None) -> AbstractContextManager[None]:
    """Be in the trace that an id of any form names; without one, stay where the program is."""
    if not trace_id:
        return sdk.continue_from(None)
    trace = trace_id_from("huggingplace", str(trace_id))
    return sdk.continue_from(f"00-{trace}-{span_id_from(trace, str(parent_id or trace_id))}-01")


async def give(
    sender: Sender | None,
    about: About,
    step: sdk.Step,
    attributes: Mapping[str, Any],
    logs: Mapping[str, Any],
    answer: Any = None,
    error: Exception | None = None,
) -> None:
    """Give a step that is over to the caller's own sender. Never raises."""
    if sender is None:
        return
    with quietly("giving a step to its sender"):
        given = sender(_wire(about, step, attributes, logs, answer, error))
        if inspect.isawaitable(given):
            await given


async def send_trace(trace: dict[str, Any]) -> None:
    """Record a step that somebody else traced, in the form of the old package's wire. Never raises."""
    with quietly("send_trace"):
        if not isinstance(trace, _Recorded) and all(trace.get(name) for name in _NAMES):
            _record(trace)


def create_sender(config: dict[str, Any] | None = None) -> dict[str, Callable[..., Any]]:
    """The old package's four senders. All of them record at once: batches, retries and delivery are Headwater's."""

    async def send_trace_with_retry(trace_data: dict[str, Any], retries: int = 0) -> dict[str, Any]:
        await send_trace(trace_data)
        return {"traceId": trace_data.get("traceId")}

    async def send_batch_with_retry(traces: list[dict[str, Any]], retries: int = 0) -> dict[str, Any]:
        for trace in traces:
            await send_trace(trace)
        return {"count": len(traces)}

    def flush_batch() -> None:
        sdk.flush(0)

    return {
        "send_trace": send_trace,
        "send_trace_with_retry": send_trace_with_retry,
        "send_batch_with_retry": send_batch_with_retry,
        "flush_batch": flush_batch,
    }


def generate_id() -> str:
    """A UUID of version 4."""
    return str(UUID(ids.trace_id(), version=4))


def get_current_timestamp() -> int:
    """Unix time in milliseconds."""
    return clock.now_ns() // 1_000_000


def calculate_duration(start_time: int, end_time: int | None = None) -> int:
    """Milliseconds from a start to an end, or to now."""
    return (get_current_timestamp() if end_time is None else end_time) - start_time


def _wire(
    about: About,
    step: sdk.Step,
    attributes: Mapping[str, Any],
    logs: Mapping[str, Any],
    answer: Any,
    error: Exception | None,
) -> dict[str, Any]:
    trace_id, span_id, start_ms = about.trace_id or step.trace_id, step.span_id, step.start_ns // 1_000_000
    named = {"traceId": trace_id, "spanId": span_id, "parentSpanId": about.parent_id or trace_id}
    failed = {"error": str(error), "errorType": type(error).__name__, "success": False}
    said = {"userMetadata": about.user, "orgData": about.org, "customMetadata": about.custom, "tags": about.tags}
    end_ms = get_current_timestamp()
    return _Recorded(
        **named,
        operation=about.name,
        service=_SERVICE,
        status="OK" if error is None else "ERROR",
        startTime=start_ms,
        endTime=end_ms,
        durationMs=end_ms - start_ms,
        attributes=dict(attributes),
        logs={**logs, **({"functionResponse": answer, "success": True} if error is None else failed)},
        metadata={**said, "priority": about.priority, "stepName": about.name, **named},
        otelContext={"otelTraceId": trace_id, "otelSpanId": span_id},
    )


def _record(trace: Mapping[str, Any]) -> None:
    logs, attributes, metadata = (object_in(trace.get(name)) for name in ("logs", "attributes", "metadata"))
    user, custom = object_in(metadata.get("userMetadata")), object_in(metadata.get("customMetadata"))
    session = sdk.session(
        text_in(custom.get("session_id")) or None,
        user=text_in(user.get("user_id")) or None,
        metadata=metadata_in({**object_in(metadata.get("orgData")), **custom}),
        tags=[text_in(tag) for tag in list_in(metadata.get("tags"))],
    )
    name, model = text_in(trace["operation"]), text_in(attributes.get("llm.model"))
    failure = None if text_in(trace.get("status")).upper() != "ERROR" else text_in(logs.get("error"))
    with session, in_trace(text_in(trace["traceId"]), text_in(trace.get("parentSpanId"))), sdk.span(name) as step:
        step.at(_seconds(trace.get("startTime")), _seconds(trace.get("endTime")))
        if model:
            asked = logs.get("llm.prompt") if logs.get("llm.messages") is None else logs["llm.messages"]
            fields = call_fields(model, asked, logs.get("functionResponse"), {})
            sdk.log(span=step, name=name, error=failure, attributes=attributes, **fields)
            return
        step.set(attributes)
        step.output(logs.get("functionResponse"))
        if failure is not None:
            step.fail(failure)


def _seconds(moment: Any) -> float | None:
    """Unix seconds of a moment in milliseconds, or in ISO 8601."""
    number = number_in(moment)
    if number is not None:
        return number / 1000
    return datetime.fromisoformat(moment).timestamp() if isinstance(moment, str) else None
