"""What framework monitors and detectors tell, as spans."""

from typing import Any

import pytest

from headwater.event import Failure, Message, Text, Usage
from tests.rooms.compat.prysmai.told import ARRIVED_NS, reported, told

_AT = 1_790_000_100.5
_AT_NS = 1_790_000_100_500_000_000
_COMMON = {"session_id": "run-1", "user_id": "u", "timestamp": _AT, "prysm_metadata": {"k": 1}}
_COUNTS = {"prompt_tokens": 3, "completion_tokens": 4, "total_tokens": 7}


def _event(word: str, **more: Any) -> dict[str, Any]:
    return {"event_type": word, **more, **_COMMON}


def test_a_graphs_call_hangs_under_its_node_whichever_comes_first() -> None:
    call = _event(
        "llm_call", run_id="b", parent_run_id="a", model="gpt-4o", completions=["yo"], latency_ms=20, **_COUNTS
    )
    node = _event("node_execution", run_id="a", parent_run_id=None, node_name="plan", inputs={"q": 1}, outputs={"a": 2})
    (call_span,), (node_span,) = reported(call), reported(node, request="2")
    assert call_span.parent_span_id == node_span.span_id
    assert call_span.trace_id == node_span.trace_id
    assert (node_span.name, node_span.kind, node_span.parent_span_id) == ("node_execution plan", "chain", "")
    assert (node_span.input, node_span.output) == ({"q": 1}, {"a": 2})
    assert (call_span.start_ns, call_span.end_ns) == (_AT_NS - 20_000_000, _AT_NS)
    assert (call_span.session_id, call_span.user_id, call_span.metadata) == ("run-1", "u", {"k": "1"})
    assert call_span.call is not None
    assert call_span.call.usage == Usage(input=3, output=4, reported=_COUNTS)
    assert call_span.call.output == (Message(role="assistant", parts=(Text(content="yo"),)),)


def test_zeros_of_a_monitor_that_was_told_nothing_are_no_usage() -> None:
    (span,) = reported(_event("llm_call", run_id="b", model="unknown", **dict.fromkeys(_COUNTS, 0), completions=["x"]))
    assert span.call is not None
    assert (span.call.usage, span.call.request_model) == (None, "")


@pytest.mark.parametrize(
    ("word", "kind", "is_failed"),
    [
        ("node_execution", "chain", False),
        ("chain_error", "chain", True),
        ("llm_error", "call", True),
        ("tool_invocation", "tool", False),
        ("tool_error", "tool", True),
        ("agent_action", "span", False),
        ("agent_finish", "agent", False),
        ("crew_kickoff_started", "span", False),
        ("crew_kickoff_completed", "chain", False),
        ("agent_execution_completed", "agent", False),
        ("tool_usage_error", "tool", True),
        ("crew_callback_anything", "span", False),
        ("llamaindex_retrieve", "retrieval", False),
        ("llamaindex_function_call", "tool", False),
        ("agent_run_end", "agent", False),
        ("of_another_time", "span", False),
    ],
)
def test_every_monitors_words_have_their_kind(word: str, kind: str, is_failed: bool) -> None:
    (span,) = reported(_event(word, run_id="a"))
    assert (span.kind, span.status) == (kind, "error" if is_failed else "unset")


def test_a_failed_run_says_why() -> None:
    (span,) = reported(_event("tool_error", run_id="a", tool_name="search", error="no", error_type="KeyError"))
    assert (span.name, span.failure) == ("search", Failure(type="KeyError", message="no"))


def test_an_agents_action_stands_beside_the_run_that_it_happens_in() -> None:
    run = _event("chain_execution", run_id="a", chain_type="Agent")
    action = _event("agent_action", run_id="a", tool="search", tool_input={"q": 1})
    run_span, action_span = reported(run, action)
    assert action_span.parent_span_id == run_span.span_id != action_span.span_id


def test_a_beginning_and_an_end_that_come_together_are_one_step() -> None:
    start = _event("tool_call_start", call_id="c", tool_name="search", arguments={"q": 1})
    end = _event("tool_call_end", call_id="c", tool_name="search", latency_ms=10, success=True)
    (joined,) = reported(start, end, source="agent_framework")
    (alone,) = reported(start, source="agent_framework")
    assert (joined.kind, joined.status, joined.input, joined.end_ns - joined.start_ns) == (
        "tool",
        "ok",
        {"q": 1},
        10**7,
    )
    assert alone.span_id != joined.span_id, "an end that comes later must not cover what only its beginning says"


def test_a_llama_index_call_has_what_its_two_payloads_say() -> None:
    start = {"messages": [{"role": "user", "content": "hi"}], "model": "gpt-4o"}
    end = {"completion": "yo", **_COUNTS}
    event = _event("llamaindex_llm", event_id="e", parent_id="root", start_payload=start, end_payload=end)
    (span,) = reported(event, source="llamaindex")
    assert span.call is not None
    assert (span.call.request_model, span.parent_span_id, span.scope) == ("gpt-4o", "", "llamaindex")
    assert (len(span.call.input), len(span.call.output), span.call.usage is not None) == (1, 1, True)


def test_a_monitors_summary_is_kept_once_a_session() -> None:
    first = reported(_event("a", run_id="1"), graph_summary={"nodes_executed": 1})[-1]
    second = reported(_event("a", run_id="2"), request="2", graph_summary={"nodes_executed": 2})[-1]
    assert (first.trace_id, first.span_id) == (second.trace_id, second.span_id)
    assert (second.name, second.output) == ("langgraph summary", {"nodes_executed": 2})


def test_a_batch_that_is_sent_again_tells_the_same_spans() -> None:
    events = [_event("llm_call", run_id="a", model="m"), _event("crew_callback_x", data={"a": 1})]
    assert reported(*events, request="1") == reported(*events, request="2")


def test_a_bad_event_of_a_batch_loses_only_itself() -> None:
    spans = reported(None, 1, "x", {}, {"event_type": "llm_call", "run_id": {}, "latency_ms": "soon", "tags": 3})
    assert [span.name for span in spans] == ["unknown", "llm_call"]
    assert spans[0].end_ns == ARRIVED_NS


def test_a_detectors_report_is_kept_as_its_own_finding() -> None:
    report = {
        "detector": "financial_anomaly",
        "severity": "halt",
        "category": "budget_exceeded",
        "message": "too much",
        "evidence": {"cost": 1.5},
        "timestamp": _AT,
    }
    (span,), (again,) = told("threat", report, "1"), told("threat", report, "2")
    assert span == again
    assert (span.name, span.kind, span.status) == ("financial_anomaly budget_exceeded", "guardrail", "unset")
    assert (span.tags, span.start_ns) == (("threat", "halt"), _AT_NS)
    assert span.output == {"message": "too much", "evidence": {"cost": 1.5}}


def test_a_detectors_report_that_names_a_session_hangs_under_it() -> None:
    (span,) = told("threat", {"detector": "d", "evidence": {"session_id": "gov_1"}})
    assert span.session_id == "gov_1"
    assert span.parent_span_id
