"""Items as Pulse's clients send them, and what the door makes of them."""

from typing import Any

import msgspec

from headwater.compat.pulse_sdk.door import read
from headwater.event import Call, Envelope, Span

RECEIVED_NS = 1_795_168_685_000_000_000
ENDED = "2026-11-20T09:50:50.704330+00:00"
ENDED_NS = 1_795_168_250_704_330_000
TRACE_ID = "92293749-1b8f-4420-926a-8d08f260fa5f"

# As recorded of pulse-trace-sdk 0.2.7.
TRACE: dict[str, Any] = {
    "trace_id": TRACE_ID,
    "timestamp": ENDED,
    "provider": "openai",
    "model_requested": "gpt-4o-mini",
    "request_body": {"model": "gpt-4o-mini", "messages": [{"role": "user", "content": "Hello Pulse"}]},
    "latency_ms": 10,
    "status": "success",
    "model_used": "gpt-4o-mini-2024-07-18",
    "response_body": {
        "content": "recorded hello",
        "inputTokens": 10,
        "outputTokens": 3,
        "finishReason": "stop",
        "model": "gpt-4o-mini-2024-07-18",
    },
    "input_tokens": 10,
    "output_tokens": 3,
    "output_text": "recorded hello",
    "finish_reason": "stop",
    "provider_request_id": "chatcmpl-rec",
    "cost_cents": 0.00033,
    "session_id": "session-123",
    "metadata": {"app": "demo", "feature": "chat"},
}
SPAN: dict[str, Any] = {
    "span_id": "b7ad6b7169203331",
    "trace_id": "0af7651916cd43dd8448eb211c80319c",
    "parent_span_id": "00f067aa0ba902b7",
    "session_id": "agent-1",
    "timestamp": ENDED,
    "duration_ms": 1500,
    "source": "claude_code",
    "kind": "tool_use",
    "event_type": "post_tool_use",
    "status": "success",
    "tool_use_id": "toolu_1",
    "tool_name": "Bash",
    "tool_input": {"command": "ls"},
    "tool_response": {"stdout": "a\nb"},
    "cwd": "/project",
    "metadata": {"branch": "main"},
}

# What a program asks of OpenAI and of Anthropic.
ASK: Any = {"model": "gpt-4o-mini", "messages": [{"role": "user", "content": "Hello Pulse"}]}
HAIKU: Any = {"model": "claude-haiku-4-5", "max_tokens": 30, "messages": ASK["messages"]}


def trace(**fields: Any) -> dict[str, Any]:
    """The recorded trace with other fields."""
    return {**TRACE, **fields}


def spans_in(body: bytes, door: str = "pulse.traces") -> list[Span]:
    """What an envelope holds."""
    return list(read(Envelope(door=door, project="p", received_ns=RECEIVED_NS, body=body)).spans)


def spans_told(*items: Any, door: str = "pulse.traces") -> list[Span]:
    """What becomes of items."""
    return spans_in(msgspec.json.encode(items), door)


def span_told(**fields: Any) -> Span:
    """What becomes of the recorded trace with other fields."""
    (span,) = spans_told(trace(**fields))
    return span


def call_told(**fields: Any) -> Call:
    """The call of it."""
    call = span_told(**fields).call
    assert call is not None
    return call


def step_told(**fields: Any) -> Span:
    """What becomes of a span with other fields."""
    (span,) = spans_told({**SPAN, **fields}, door="pulse.spans")
    return span
