"""Bodies as the old clients send them, read through the door."""

from typing import Any

import msgspec

from headwater.compat.huggingplace_sdk.door import read
from headwater.event import Envelope, Span
from headwater.loader import Decoded

ARRIVAL_NS = 1_795_168_254_000_000_000
TRACE = "0f8fad5b-d9cb-469f-a165-70867728950e"
SPAN = "7c9e6679-7425-40de-944b-e07fc1f90ae7"

OLDER: dict[str, Any] = {
    "user_prompt": "What's the weather like?",
    "response": "Sunny",
    "user_id": "user-123",
    "session_id": "session-456",
    "llm_model": "gpt-4o",
    "token_count": 150,
    "response_time": 2.5,
    "message_id": "msg-789",
    "metadata": {"recommendation_id": "rec-123"},
    "user_metadata": {"email": "user@example.com"},
    "org_id": "org-1",
    "mode": "prod",
}
LATER: dict[str, Any] = {
    "user_prompt": "What's the weather like?",
    "response": "Sunny",
    "ai_response": "Sunny",
    "user_uuid": "user-123",
    "session_id": "session-456",
    "llm_model": "gpt-4o",
    "token_count": 150,
    "response_time": "0 min 2.50 sec",
    "message_id": "msg-789",
    "metaData": {"recommendation_id": "rec-123"},
    "user_meta_data": {"email": "user@example.com"},
    "org_id": "org-1",
    "mode": "prod",
}
STEP: dict[str, Any] = {
    "id": 1,
    "type": "sql_generation",
    "user_question": "Generate SQL",
    "prompt_response": "SELECT 1",
    "token": 120,
    "response_time": 1.5,
    "input_tokens": 40,
    "output_tokens": 80,
    "llm_model": "gpt-4o",
}


def told(body: Any, what: str = "logs", at_ns: int = ARRIVAL_NS) -> Decoded:
    """What a body tells that came through one of the doors."""
    encoded = body if isinstance(body, bytes) else msgspec.json.encode(body)
    return read(Envelope(door=f"huggingplace.{what}", project="p", received_ns=at_ns, body=encoded))


def spans(body: Any, what: str = "logs", at_ns: int = ARRIVAL_NS) -> list[Span]:
    """Its spans."""
    return list(told(body, what, at_ns).spans)


def logged(**fields: Any) -> list[Span]:
    """The spans of an interaction that says this."""
    return spans({"user_prompt": "q", "response": "r", **fields})


def scores(body: Any, what: str = "logs") -> dict[str, Any]:
    """Its judgements: what each is called, and its number or word."""
    found = [event.attributes for event in told(body, what).logs]
    value, word = "gen_ai.evaluation.score.value", "gen_ai.evaluation.score.label"
    return {each["gen_ai.evaluation.name"]: each.get(value, each.get(word)) for each in found}


def trace(**fields: Any) -> dict[str, Any]:
    """A step of a trace, as the client with tracing sends it."""
    return {
        "traceId": TRACE,
        "spanId": SPAN,
        "parentSpanId": TRACE,
        "operation": "Data Processing",
        "service": "huggingplace-sdk",
        "status": "OK",
        "startTime": 1_767_225_600_500,
        "endTime": 1_767_225_601_750,
        "durationMs": 1250,
        "attributes": {"rows": 3},
        "logs": {"functionResponse": {"ok": 1}, "success": True},
        "metadata": {
            "userMetadata": {"user_id": "user-123", "plan": "pro"},
            "orgData": {"org_id": "org-1"},
            "customMetadata": {"session_id": "session-456", "version": 2},
            "tags": ["etl"],
            "priority": "high",
            "stepName": "Data Processing",
            "mode": "dev",
        },
        "otelContext": {"otelTraceId": TRACE, "otelSpanId": SPAN},
    } | fields
