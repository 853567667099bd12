"""Whatever an edge has taken, the loader can read, and the same each time."""

import json
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from headwater.errors import BadRequest
from tests.rooms.compat.prysmai.told import REQUEST, acted, checked, reported, told

_LEAVES = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=12)
_NUMBERS = st.integers(-(2**64), 2**70) | st.floats()
_JSON = st.recursive(_LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner))
_FIELDS = st.sampled_from(
    [
        "model",
        "messages",
        "prompts",
        "completion",
        "completions",
        "metadata",
        "tags",
        "user_id",
        "session_id",
        "run_id",
        "parent_run_id",
        "call_id",
        "input",
        "output",
        "tool_name",
        "error",
        "error_type",
        "status",
        "status_code",
        "success",
        "latency_ms",
        "duration_ms",
        "prompt_tokens",
        "timestamp",
        "completion_tokens",
        "cost_usd",
        "temperature",
        "context",
        "event_type",
        "data",
        "start_payload",
        "end_payload",
        "agent_name",
        "finish_reason",
        "evidence",
        "severity",
        "detector",
        "code",
        "outcome",
        "output_summary",
        "description",
        "operation",
        "path",
        "is_streaming",
        "provider",
    ]
)
_OBJECTS = st.dictionaries(_FIELDS, _JSON | _NUMBERS, max_size=8)
_WORDS = st.sampled_from(
    ["llm_call", "llm_error", "tool_call", "llamaindex_llm", "agent_action", "tool_call_start", "x"]
)


@given(_OBJECTS, _WORDS)
def test_no_event_is_too_strange(said: dict[str, Any], word: str) -> None:
    event = {**said, "event_type": word}
    spans = [*checked({"event_type": word, "data": said, "timestamp": said.get("timestamp")}), *reported(event)]
    assert spans
    for span in spans:
        assert 0 <= span.start_ns <= span.end_ns < 2**63
        msgspec.json.encode(span)


@given(_OBJECTS, st.sampled_from(["session_start", "scan_code", "session_end", "record_llm_call", "record_tool_call"]))
def test_no_tools_arguments_are_too_strange(said: dict[str, Any], tool: str) -> None:
    first, again = acted(f"prysm_{tool}", said), acted(f"prysm_{tool}", said)
    assert first == again
    msgspec.json.encode(first)


@given(_JSON, st.sampled_from(["mcp", "telemetry", "threat"]))
@settings(max_examples=200)
def test_a_body_is_read_or_refused(body: Any, door: str) -> None:
    try:
        spans = told(door, json.dumps(body).encode(), REQUEST)
    except BadRequest:
        return
    msgspec.json.encode(spans)
