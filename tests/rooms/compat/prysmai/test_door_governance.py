"""What governance sessions tell, over MCP and over REST, as spans."""

from typing import Any

import pytest

from headwater.errors import HeadwaterError
from headwater.event import Failure, Message, Text, Usage
from tests.rooms.compat.prysmai.told import ARRIVED_NS, acted, checked, told

_SECRET = "sk-" + "a1B2c3D4e5F6g7H8" * 2


def test_a_recorded_call_has_its_model_tokens_cost_and_times() -> None:
    said = {
        "session_id": "gov_1",
        "model": "gpt-4o",
        "provider": "OpenAI",
        "messages": [{"role": "user", "content": "hi"}],
        "completion": "yo",
        "finish_reason": "stop",
        "latency_ms": 250,
        "prompt_tokens": 5,
        "completion_tokens": 7,
        "total_tokens": 12,
        "cost_usd": 0.25,
        "temperature": 0.5,
        "status": "success",
        "metadata": {"agent_id": "codex", "n": 1},
    }
    (span,) = acted("prysm_record_llm_call", said)
    call = span.call
    assert call is not None
    assert (span.name, span.kind, span.status, span.session_id) == ("chat gpt-4o", "call", "ok", "gov_1")
    assert (span.start_ns, span.end_ns) == (ARRIVED_NS - 250_000_000, ARRIVED_NS)
    assert span.metadata == {"agent_id": "codex", "n": "1", "governance_session_id": "gov_1"}
    assert (call.request_model, call.provider, call.reported_cost_usd) == ("gpt-4o", "openai", 0.25)
    counts = {name: said[name] for name in ("prompt_tokens", "completion_tokens", "total_tokens")}
    assert call.usage == Usage(input=5, output=7, reported=counts)
    assert call.input == (Message(role="user", parts=(Text(content="hi"),)),)
    assert call.output == (Message(role="assistant", parts=(Text(content="yo"),)),)
    assert (call.parameters, call.finish_reasons) == ({"temperature": 0.5}, ("stop",))
    assert "messages" not in span.attributes


def test_a_call_that_failed_says_why() -> None:
    said = {"model": "m", "status": "error", "status_code": 429, "error_message": "slow down"}
    (span,) = acted("prysm_record_llm_call", said)
    assert (span.status, span.session_id) == ("error", "")
    assert span.failure == Failure(type="429", message="slow down", http_status=429)


def test_a_recorded_tool_has_what_went_in_and_out() -> None:
    said = {
        "session_id": "gov_1",
        "tool_name": "search",
        "input": {"q": "x"},
        "output": {"n": 2},
        "success": True,
        "duration_ms": 40,
    }
    (span,) = acted("prysm_record_tool_call", said)
    assert (span.kind, span.name, span.tool_name, span.status) == ("tool", "search", "search", "ok")
    assert (span.input, span.output, span.end_ns - span.start_ns) == ({"q": "x"}, {"n": 2}, 40_000_000)


def test_a_tool_that_raised_is_an_error() -> None:
    output = {"error": "no", "exception_type": "ValueError"}
    said = {"session_id": "g", "tool_name": "t", "output": output, "success": False}
    (span,) = acted("prysm_record_tool_call", said)
    assert (span.status, span.output) == ("error", output)


@pytest.mark.parametrize(
    ("tool", "said", "name", "word"),
    [
        ("prysm_record_decision", {"description": "d", "selected_action": "respond"}, "decision respond", "decision"),
        ("prysm_record_file_change", {"operation": "write", "path": "a.py"}, "file_write a.py", "file_write"),
        ("prysm_record_file_change", {"operation": "read", "path": "a.py"}, "file_read a.py", "file_read"),
        ("prysm_record_file_change", {"operation": "move", "path": "a.py"}, "file_change a.py", "file_change"),
    ],
)
def test_decisions_and_files_are_steps(tool: str, said: dict[str, str], name: str, word: str) -> None:
    (span,) = acted(tool, {"session_id": "gov_1", **said})
    assert (span.name, span.kind, span.attributes["prysm.event_type"]) == (name, "span", word)
    assert {key: span.attributes[key] for key in said} == said


@pytest.mark.parametrize("at", [1_790_000_100.5, 1_790_000_100_500, "2026-09-21T14:15:00.5Z"])
def test_an_events_time_may_be_seconds_milliseconds_or_text(at: Any) -> None:
    (span,) = checked({"event_type": "tool_call", "data": {"tool_name": "bash", "latency_ms": 500}, "timestamp": at})
    assert (span.start_ns, span.end_ns) == (1_790_000_100_000_000_000, 1_790_000_100_500_000_000)


@pytest.mark.parametrize(
    ("word", "kind"),
    [
        ("tool_call", "tool"),
        ("tool_result", "tool"),
        ("delegation", "agent"),
        ("code_generated", "span"),
        ("user_input", "span"),
        ("of_our_own", "span"),
    ],
)
def test_every_word_for_an_event_is_taken(word: str, kind: str) -> None:
    (span,) = checked({"event_type": word, "data": {"x": 1}})
    assert (span.kind, span.attributes) == (kind, {"prysm.event_type": word, "x": 1})


def test_an_event_of_the_word_error_is_one() -> None:
    (span,) = checked({"event_type": "error", "data": {"error": "boom", "error_type": "ValueError"}})
    assert (span.status, span.failure) == ("error", Failure(type="ValueError", message="boom"))


def test_a_bad_event_loses_only_itself() -> None:
    spans = checked(None, 3, "x", [], {}, {"event_type": 7, "data": "text"}, {"event_type": "a", "data": None})
    assert [(span.name, span.attributes.get("value")) for span in spans] == [
        ("unknown", None),
        ("7", "text"),
        ("a", None),
    ]


def test_of_very_many_events_the_first_thousand_are_taken() -> None:
    assert len(checked(*({"event_type": "a", "data": {"n": number}} for number in range(1100)))) == 1000


def test_equal_events_without_a_time_are_as_many_as_were_told() -> None:
    """A loop is what people look for here."""
    event = {"event_type": "tool_call", "data": {"tool_name": "bash"}}
    first, second = checked(event, event, request="1"), checked(event, request="2")
    assert len({span.span_id for span in (*first, *second)}) == 3
    assert {span.span_id for span in checked(event, event, request="1")} == {span.span_id for span in first}


def test_an_event_that_is_sent_again_with_its_time_is_the_same() -> None:
    event = {"event_type": "tool_call", "data": {"tool_name": "bash"}, "timestamp": 1_790_000_100.5}
    (once,), (again,) = checked(event, request="1"), checked(event, request="2")
    assert (once.trace_id, once.span_id) == (again.trace_id, again.span_id)


def test_a_run_that_an_agents_own_events_name_does_not_make_them_one() -> None:
    data = {"tool_name": "bash", "run_id": "r", "external_trace_id": "t"}
    spans = checked({"event_type": "tool_call", "data": data}, {"event_type": "tool_result", "data": data})
    assert len({span.span_id for span in spans}) == 2
    assert {span.parent_span_id for span in spans} == {checked({"event_type": "a"})[0].parent_span_id}


@pytest.mark.parametrize(
    "data", [{"message_count": 3}, {"model": "crewai_agent", "agent_name": "a"}, {"model": "m", "langgraph_node": "n"}]
)
def test_what_a_monitor_tells_of_a_call_besides_its_telemetry_is_not_a_second_call(data: dict[str, Any]) -> None:
    (span,) = checked({"event_type": "llm_call", "data": data})
    assert (span.call, span.kind) == (None, "span")


def test_a_session_is_one_trace_under_its_beginning() -> None:
    begun = {
        "task_instructions": "Fix it",
        "agent_type": "codex",
        "available_tools": ["bash"],
        "context": {"repo": "x"},
    }
    (root,) = acted("prysm_session_start", begun)
    (step,) = checked({"event_type": "decision", "data": {}}, session=root.session_id)
    (end,) = acted("prysm_session_end", {"session_id": root.session_id, "outcome": "failed", "output_summary": "no"})
    assert {span.trace_id for span in (root, step, end)} == {root.trace_id}
    assert (root.parent_span_id, step.parent_span_id, end.parent_span_id) == ("", root.span_id, root.span_id)
    assert {span.session_id for span in (root, step, end)} == {root.session_id}
    assert (root.kind, root.agent_name, root.input) == ("agent", "codex", "Fix it")
    assert root.attributes["available_tools"] == ["bash"]
    assert (end.status, end.failure, end.output) == ("error", Failure(type="failed", message="no"), "no")


def test_a_session_that_names_the_programs_own_belongs_to_it() -> None:
    (root,) = acted("prysm_session_start", {"context": {"session_id": "mine", "user_id": "u"}})
    governance = root.metadata["governance_session_id"]
    (step,) = checked({"event_type": "decision", "data": {}}, session=governance)
    assert (root.session_id, step.session_id, root.user_id) == ("mine", "mine", "u")
    assert step.trace_id == root.trace_id
    assert governance.startswith("mine~")


def test_a_session_whose_name_cannot_stand_in_a_url_is_not_named_in_another() -> None:
    (root,) = acted("prysm_session_start", {"context": {"session_id": "mine/1"}})
    assert root.metadata["governance_session_id"].startswith("gov_")


def test_two_sessions_of_one_task_are_two() -> None:
    (one,), (other,) = (acted("prysm_session_start", {"task_instructions": "t"}, each) for each in ("1", "2"))
    assert one.trace_id != other.trace_id


def test_a_scan_is_a_guardrail_that_says_what_it_looked_for() -> None:
    (span,) = acted("prysm_scan_code", {"session_id": "g", "code": f"k = '{_SECRET}'", "file_path": "a.py"})
    assert (span.kind, span.name) == ("guardrail", "scan a.py")
    assert [each["type"] for each in span.output["vulnerabilities"]] == ["secrets"]
    assert (span.output["max_severity"], span.output["threat_score"]) == ("high", None)


def test_what_lacks_its_session_or_its_code_is_not_recorded() -> None:
    assert not acted("prysm_session_end", {})
    assert not acted("prysm_scan_code", {"code": None})
    assert not acted("prysm_check_behavior", {"session_id": "g", "events": "x"})
    assert not acted("prysm_unknown", {"session_id": "g"})
    assert not told("mcp", {"jsonrpc": "2.0", "id": 1, "method": "tools/list"})


def test_rest_says_the_same_as_mcp() -> None:
    event = {"event_type": "tool_call", "data": {"tool_name": "x"}, "timestamp": 1_790_000_100.5}
    by_rest = told("rest", {"events": [event]}, tool="prysm_check_behavior", session="gov_1")
    assert by_rest == checked(event)


def test_a_door_that_is_not_known_is_refused() -> None:
    with pytest.raises(HeadwaterError, match="newer headwater"):
        told("later", {})
