"""Spans: the parts that Pulse's package made its spans of, for programs that make spans of their own.

A tool's result comes with a later request than the one that asked for the tool; what is awaited is remembered for ten
minutes, and only so much of it.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from headwater import clock, ids
from headwater.compat.pulse_sdk.api_types import NormalizedResponse, Provider, Span

MAX_PAYLOAD_BYTES = 64 * 1024
PENDING_TTL_SECONDS = 600

_MOST_PENDING = 10_000
_US_NS = 1000

Match = dict[str, Any]

# By the key of a tool's call: when it was asked for (monotonic seconds), in which trace, by which span.
_pending: dict[str, tuple[float, str, str]] = {}
_seen: dict[str, float] = {}


def compact_payload(value: Any) -> Any:
    """The value itself, or what says how long it is and how it begins."""
    text = value if isinstance(value, str) else _json(value)
    told = text.encode("utf-8", "replace")
    if value is None or len(told) <= MAX_PAYLOAD_BYTES:
        return value
    return {"truncated": True, "originalBytes": len(told), "preview": truncate_string(text)}


def truncate_string(value: str) -> str:
    """As much of a text as 64 KiB hold."""
    return value.encode("utf-8", "replace")[:MAX_PAYLOAD_BYTES].decode("utf-8", "ignore")


def parse_jsonish(value: Any) -> Any:
    """What a text holds as JSON, or the value itself."""
    if not isinstance(value, str):
        return value
    try:
        return msgspec.json.decode(value)
    except (msgspec.MsgspecError, RecursionError, UnicodeError):
        return value


def resolve_session_id(session_id: str | None, fallback: str) -> str:
    """The session, or what stands for it."""
    return session_id or fallback


def build_provider_span(
    *,
    trace_id: str,
    session_id: str,
    provider: Provider,
    request: dict[str, Any],
    response: NormalizedResponse | None,
    started_at: str,
    latency_ms: float,
    status: str,
    error: Any = None,
    metadata: dict[str, Any] | None = None,
) -> Span:
    """The span of a call; `started_at` is ISO 8601."""
    told: dict[str, Any] = {
        **_span(trace_id, session_id, "llm_call", "provider_call", started_at),
        "duration_ms": round(latency_ms),
        "status": status,
        "provider": Provider(provider).value,
        "model": str(request.get("model") or (response.model if response else "unknown")),
        "error": compact_payload(error),
        "metadata": {
            **(metadata or {}),
            "pulse.provider": Provider(provider).value,
            "pulse.request": compact_payload(request),
            "pulse.response": compact_payload(vars(response) if response else None),
        },
    }
    if response is not None:
        told |= {
            "model_used": response.model,
            "input_tokens": response.input_tokens,
            "output_tokens": response.output_tokens,
            "cost_cents": response.cost_cents,
            "finish_reason": response.finish_reason or None,
            "output_text": None if response.content is None else truncate_string(response.content),
            "provider_request_id": response.provider_request_id or None,
        }
    return _bare(told)


def build_tool_request_spans(
    *,
    provider: Provider,
    client_id: str,
    trace_id: str,
    session_id: str,
    parent_span_id: str,
    tool_calls: list[dict[str, Any]],
) -> list[Span]:
    """The spans of a model's wishes to have tools run; their results are awaited from then on."""
    _forget()
    spans: list[Span] = []
    for call in tool_calls:
        told: dict[str, Any] = {
            **_span(trace_id, session_id, "tool_use", "tool_request", _moment()),
            "parent_span_id": parent_span_id,
            "tool_use_id": call["id"],
            "tool_input": compact_payload(call.get("input")),
            "tool_name": call.get("name") or None,
        }
        _pending[_key(provider, client_id, session_id, call["id"])] = (clock.monotonic_s(), trace_id, told["span_id"])
        spans.append(_bare(told))
    return spans


def correlate_tool_results(
    provider: Provider, client_id: str, session_id: str, results: list[dict[str, Any]]
) -> tuple[str | None, list[Match]]:
    """Find what asked for each result that was not seen before, and the trace where that is one for all of them."""
    _forget()
    matches: list[Match] = []
    for result in results:
        key = _key(provider, client_id, session_id, result["id"])
        if key in _seen:
            continue
        _seen[key] = clock.monotonic_s()
        asked = _pending.pop(key, None)
        more = {} if asked is None else {"trace_id": asked[1], "parent_span_id": asked[2]}
        matches.append({"result": result, **more, "status": "orphan" if asked is None else "matched"})
    traces = {match.get("trace_id") for match in matches}
    return traces.pop() if len(traces) == 1 else None, matches


def build_tool_result_spans(trace_id: str, session_id: str, matches: list[Match]) -> list[Span]:
    """The spans of what tools answered."""
    return [
        _bare(
            {
                **_span(match.get("trace_id") or trace_id, session_id, "tool_use", "tool_result", _moment()),
                "parent_span_id": match.get("parent_span_id"),
                "tool_use_id": match["result"]["id"],
                "tool_name": match["result"].get("name") or None,
                "tool_response": compact_payload(match["result"].get("response")),
                "metadata": {"pulse.correlation.status": match["status"]},
            }
        )
        for match in matches
    ]


def _span(trace_id: str, session_id: str, kind: str, event: str, at: str) -> dict[str, Any]:
    return {
        "span_id": ids.span_id(),
        "trace_id": trace_id,
        "session_id": session_id,
        "timestamp": at,
        "source": "sdk",
        "kind": kind,
        "event_type": event,
        "status": "success",
    }


def _bare(told: Mapping[str, Any]) -> Span:
    return msgspec.convert({name: value for name, value in told.items() if value is not None}, Span)


def _moment() -> str:
    return (datetime.fromtimestamp(0, UTC) + timedelta(microseconds=clock.now_ns() // _US_NS)).isoformat()


def _key(provider: Provider, client_id: str, session_id: str, tool_id: str) -> str:
    return ":".join((Provider(provider).value, client_id, session_id, tool_id))


def _forget() -> None:
    """Forget what is too old, and the oldest of what is too much."""
    oldest_s = clock.monotonic_s() - PENDING_TTL_SECONDS
    _drop(_pending, [key for key, (at_s, _, _) in tuple(_pending.items()) if at_s < oldest_s])
    _drop(_seen, [key for key, at_s in tuple(_seen.items()) if at_s < oldest_s])


def _drop(kept: dict[str, Any], old: Sequence[str]) -> None:
    for key in (*old, *tuple(kept)[: max(0, len(kept) - _MOST_PENDING)]):
        kept.pop(key, None)


def _json(value: Any) -> str:
    try:
        return msgspec.json.encode(value, enc_hook=str).decode()
    except (msgspec.MsgspecError, TypeError, ValueError, RecursionError):
        return str(value)
