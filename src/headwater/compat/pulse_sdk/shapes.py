"""Shapes: traces and spans as Pulse's server shows them. Names are those of its answers, which are in camel case."""

from collections.abc import Mapping
from typing import Any, cast

import msgspec

from headwater.compat.reading import list_in, object_in
from headwater.query import SpanShown, show_time

Row = Mapping[str, Any]

_MILLISECOND_NS = 10**6


def trace_shown(row: Row, first: Row, tools: int) -> dict[str, Any]:
    """A trace; `first` is its first call, or its first span where it has none."""
    is_call = first.get("kind") == "call"
    error_count = row["error_count"]
    told = object_in(first.get("attributes"))
    return {
        "traceId": row["trace_id"],
        "sessionId": row["session_id"] or None,
        "timestamp": told.get("pulse.timestamp") or _moment(row["start_ms"]),
        "latencyMs": row["duration_ms"],
        "source": told.get("pulse.source") or "sdk",
        "services": [row["service_name"]] if row["service_name"] else [],
        "spanCount": row["span_count"],
        "toolCallCount": tools,
        "provider": first.get("provider") if is_call else None,
        "modelRequested": first.get("request_model") if is_call else None,
        "modelUsed": first.get("model") if is_call else None,
        "providerRequestId": first.get("response_id") or None,
        "inputTokens": row["input_tokens"],
        "outputTokens": row["output_tokens"],
        "outputText": text_of(first.get("output")) if is_call else None,
        "finishReason": next(iter(list_in(first.get("finish_reasons"))), None),
        "status": "error" if error_count else "success",
        "error": _error(first),
        "costCents": cents_or_none(row["any_cost_usd"]),
        "metadata": dict(object_in(first.get("metadata"))),
    }


def bodies_shown(call: SpanShown | None) -> dict[str, Any]:
    """Request and response of a call: as Pulse's clients sent them, else made of what was read of them."""
    if call is None:
        return {"requestBody": None, "responseBody": None}
    told = call.attributes
    request = {"model": call.request_model, "messages": call.input, **call.parameters}
    response = {"model": call.model, "messages": call.output}
    return {
        "requestBody": _json(told.get("pulse.request")) or request,
        "responseBody": _json(told.get("pulse.response")) or response,
    }


def span_shown(row: Row) -> dict[str, Any]:
    """A span."""
    told = object_in(row.get("attributes"))
    is_call, is_tool = row["kind"] == "call", row["kind"] == "tool"
    return {
        "spanId": row["span_id"],
        "traceId": row["trace_id"],
        "sessionId": row["session_id"] or None,
        "parentSpanId": row["parent_span_id"] or None,
        "timestamp": _moment(row["start_ms"]),
        "durationMs": row["duration_ms"],
        "source": told.get("pulse.source") or "sdk",
        "service": row["service_name"] or None,
        "kind": row["shown_kind"],
        "eventType": told.get("pulse.event_type") or ("provider_call" if is_call else row["name"]),
        "status": "error" if row["status"] == "error" else "success",
        "toolUseId": told.get("pulse.tool.id"),
        "toolName": row["tool_name"] or None,
        "toolInput": _value(row["input"]) if is_tool else None,
        "toolResponse": _value(row["output"]) if is_tool else None,
        "error": _error(row),
        "isInterrupt": told.get("pulse.is_interrupt"),
        "cwd": told.get("pulse.cwd"),
        "model": row["request_model"] or None,
        "agentName": row["agent_name"] or None,
        "provider": row["provider"] or None,
        "modelUsed": row["model"] or None,
        "inputTokens": row["input_tokens"],
        "outputTokens": row["output_tokens"],
        "costCents": cents_or_none(row.get("any_cost_usd")),
        "finishReason": next(iter(list_in(row.get("finish_reasons"))), None),
        "outputText": text_of(row["output"]) if is_call else told.get("pulse.output_text"),
        "providerRequestId": row.get("response_id") or None,
        "metadata": dict(object_in(row["metadata"])),
    }


def cents(usd: float) -> float:
    """Cents of dollars, to a millionth of one."""
    return round(usd * 100, 6)


def cents_or_none(usd: float | None) -> float | None:
    """Cents where the dollars are known."""
    return None if usd is None else cents(usd)


def text_of(messages: Any) -> str | None:
    """The text of an answer, which is told as the JSON of its messages."""
    parts = [object_in(part) for said in list_in(_json(messages)) for part in list_in(object_in(said).get("parts"))]
    texts = [str(part.get("content", "")) for part in parts if part.get("type") == "text"]
    return "".join(texts) if texts else None


def _error(row: Row) -> dict[str, Any] | None:
    if row.get("status") != "error":
        return None
    return {"name": row["error_type"], "message": row["status_message"]}


def _value(stored: Any) -> Any:
    """What a step was given or gave: it is kept as an array of one."""
    values = list_in(_json(stored))
    return values[0] if len(values) == 1 else (cast("Any", values) or None)


def _json(text: Any) -> Any:
    if not isinstance(text, str) or not text:
        return text
    try:
        return msgspec.json.decode(text)
    except (msgspec.MsgspecError, RecursionError, UnicodeError):
        return text


def _moment(milliseconds: Any) -> str:
    """As JavaScript writes moments: to the millisecond."""
    return f"{show_time(int(milliseconds) * _MILLISECOND_NS)[:-7]}Z"
