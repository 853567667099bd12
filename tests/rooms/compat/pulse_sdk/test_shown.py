"""The questions that Pulse's server answers, asked of the real server."""

from typing import Any
from urllib.parse import urlencode

import pytest

from tests.journeys.projects import Project, make_project
from tests.rooms.compat.pulse_sdk.telling import ENDED, SPAN, TRACE, TRACE_ID, trace
from tests.rooms.compat.pulse_sdk.test_door import post
from tests.serving import Answer, Server

_HEX = TRACE_ID.replace("-", "")
_FAILED: dict[str, Any] = {
    "trace_id": "failed",
    "timestamp": "2026-11-20T10:00:01+00:00",
    "provider": "openrouter",
    "model_requested": "some/model",
    "latency_ms": 20,
    "status": "error",
    "error": {"name": "APIError", "message": "it's broken"},
    "session_id": "it's a session",
}
_DAY = {"date_from": "2026-11-20T00:00:00Z", "date_to": "2026-11-21T00:00:00+00:00"}


def ask(project: Project, path: str, **parameters: Any) -> Answer:
    """Ask as Pulse's users do."""
    query = f"?{urlencode(parameters)}" if parameters else ""
    return project.server.request("GET", path + query, headers={"authorization": f"Bearer {project.key}"})


@pytest.fixture(scope="module")
def told(server: Server) -> Project:
    """A project with two traces and an agent's span, which no test changes."""
    project = make_project(server, "pulse told")
    assert post(project, "/v1/traces/async", TRACE, _FAILED).status == 202
    assert post(project, "/v1/spans/async", SPAN).status == 202
    project.await_spans(3)
    return project


def _ids(answer: Answer) -> list[str]:
    assert answer.status == 200, answer.body
    return [trace["traceId"] for trace in answer.json()["traces"]]


def test_a_trace_is_shown_as_it_was_sent(told: Project):
    shown = ask(told, f"/v1/traces/{TRACE_ID}").json()
    spans = shown.pop("spans")
    assert shown == {
        "traceId": _HEX,
        "sessionId": "session-123",
        "timestamp": ENDED,
        "latencyMs": 10,
        "source": "sdk",
        "services": [],
        "spanCount": 1,
        "toolCallCount": 0,
        "provider": "openai",
        "modelRequested": "gpt-4o-mini",
        "modelUsed": "gpt-4o-mini-2024-07-18",
        "providerRequestId": "chatcmpl-rec",
        "inputTokens": 10,
        "outputTokens": 3,
        "outputText": "recorded hello",
        "finishReason": "stop",
        "status": "success",
        "error": None,
        "costCents": shown["costCents"],
        "metadata": TRACE["metadata"],
        "requestBody": TRACE["request_body"],
        "responseBody": TRACE["response_body"],
    }
    assert shown["costCents"] == pytest.approx(0.00033)
    assert [(span["kind"], span["eventType"], span["model"]) for span in spans] == [
        ("llm_call", "provider_call", "gpt-4o-mini")
    ]


def test_traces_are_listed_newest_first_by_pages(told: Project):
    first = ask(told, "/v1/traces", limit=1).json()
    assert (first["total"], first["limit"], first["offset"]) == (3, 1, 0)
    rest = ask(told, "/v1/traces", limit=5, offset=1).json()
    times = [trace["timestamp"] for trace in first["traces"] + rest["traces"]]
    assert len(times) == 3
    assert times[0] == "2026-11-20T10:00:01+00:00"


@pytest.mark.parametrize(
    ("parameters", "names"),
    [
        ({"session_id": "session-123"}, [_HEX]),
        ({"provider": "openai"}, [_HEX]),
        ({"model": "gpt-4o-mini-2024-07-18"}, [_HEX]),
        ({"source": "claude_code"}, [SPAN["trace_id"]]),
        ({"session_id": "it's a session' OR 1 = 1 --"}, []),
        ({"date_to": "2026-11-19"}, []),
        ({"date_from": "2026-11-20", "date_to": "2026-11-20", "provider": "openai"}, [_HEX]),
        ({"date_from": "1795168250", "date_to": "1795168250704", "provider": "openai"}, [_HEX]),
    ],
)
def test_traces_are_narrowed(told: Project, parameters: dict[str, str], names: list[str]):
    assert _ids(ask(told, "/v1/traces", **parameters)) == names
    assert ask(told, "/v1/traces", **parameters).json()["total"] == len(names)


def test_a_failure_is_shown_with_its_error_and_without_numbers_that_nobody_knows(told: Project):
    (shown,) = ask(told, "/v1/traces", status="error").json()["traces"]
    assert shown["error"] == {"name": "APIError", "message": "it's broken"}
    assert (shown["status"], shown["inputTokens"], shown["outputTokens"], shown["costCents"]) == ("error", *[None] * 3)


@pytest.mark.parametrize(
    "parameters",
    [{"limit": 1001}, {"limit": 0}, {"limit": "x"}, {"offset": -1}, {"status": "odd"}, {"date_from": "yesterday"}],
)
def test_a_parameter_that_cannot_be_is_named(told: Project, parameters: dict[str, Any]):
    answer = ask(told, "/v1/traces", **parameters)
    assert (answer.status, answer.json()["error"]) == (400, "Invalid query parameters")
    assert [issue["path"] for issue in answer.json()["details"]] == [list(parameters)]


def test_spans_are_listed_narrowed_and_shown_alone(told: Project):
    listed = ask(told, "/v1/spans", kind="tool_use", source="claude_code", tool_name="Bash").json()
    assert (listed["total"], listed["limit"], listed["offset"]) == (1, 100, 0)
    (shown,) = listed["spans"]
    assert ask(told, f"/v1/spans/{SPAN['span_id']}").json() == shown
    assert (shown["toolInput"], shown["toolResponse"]) == (SPAN["tool_input"], SPAN["tool_response"])
    assert (shown["toolUseId"], shown["eventType"], shown["cwd"]) == ("toolu_1", "post_tool_use", "/project")
    assert (shown["durationMs"], shown["parentSpanId"]) == (1500, SPAN["parent_span_id"])


def test_a_session_shows_its_traces_and_its_spans(told: Project):
    shown = ask(told, "/v1/sessions/it's%20a%20session").json()
    assert shown["sessionId"] == "it's a session"
    assert [trace["error"]["name"] for trace in shown["traces"]] == ["APIError"]
    spans = ask(told, "/v1/sessions/agent-1/spans").json()
    assert [span["toolName"] for span in spans["spans"]] == ["Bash"]


@pytest.mark.parametrize(
    ("path", "error"),
    [
        ("/v1/traces/nothing", "Trace not found"),
        ("/v1/spans/nothing", "Span not found"),
        ("/v1/sessions/nothing", "Session not found"),
        ("/v1/sessions/nothing/spans", "Session not found"),
    ],
)
def test_what_is_not_there_is_told_in_pulses_words(project: Project, path: str, error: str):
    answer = ask(project, path)
    assert (answer.status, answer.json()) == (404, {"error": error})


def test_an_analysis_adds_up_what_the_traces_say(told: Project):
    found = ask(told, "/v1/analytics", **_DAY, group_by="hour").json()
    assert (found["totalRequests"], found["totalSessions"], found["errorRate"]) == (2, 2, 50)
    assert found["totalTokens"] == {"input": 10, "output": 3, "total": 13}
    assert found["avgLatency"] == 15
    listed = ask(told, "/v1/traces").json()["traces"]
    assert found["totalCost"] == pytest.approx(sum(trace["costCents"] or 0 for trace in listed))
    assert [(row["period"], row["provider"]) for row in found["costOverTime"]] == [
        ("2026-11-20 09:00:00", "openai"),
        ("2026-11-20 10:00:00", "openrouter"),
    ]
    assert {(row["provider"], row["requests"]) for row in found["costByProvider"]} == {("openai", 1), ("openrouter", 1)}
    assert {(row["model"], row["errorRate"]) for row in found["topModels"]} == {("gpt-4o-mini", 0), ("some/model", 100)}
    assert found["computed"]["tokensPerRequest"] == 6.5


def test_an_analysis_of_spans_counts_every_kind(told: Project):
    found = ask(told, "/v1/analytics/spans", **_DAY).json()
    assert (found["totalSpans"], found["toolCalls"], found["agentRuns"]) == (3, 1, 0)
    assert found["spansByKind"] == [{"kind": "llm_call", "count": 2}, {"kind": "tool_use", "count": 1}]
    assert found["spansBySource"] == [{"source": "sdk", "count": 2}, {"source": "claude_code", "count": 1}]
    assert found["topTools"] == [{"name": "Bash", "count": 1}]
    assert found["spansOverTime"] == [{"period": "2026-11-20", "count": 3}]
    assert found["errorRate"] == pytest.approx(100 / 3)


def test_an_analysis_of_nothing_is_all_zeros(project: Project):
    found = ask(project, "/v1/analytics", **_DAY).json()
    assert (found["totalCost"], found["totalRequests"], found["avgLatency"], found["topModels"]) == (0, 0, 0, [])
    assert ask(project, "/v1/analytics/spans", **_DAY).json()["totalSpans"] == 0


def test_an_analysis_asks_for_its_time(project: Project):
    answer = ask(project, "/v1/analytics", date_from="2026-11-20T00:00:00Z")
    assert (answer.status, answer.json()["details"][0]["path"]) == (400, ["date_to"])


@pytest.mark.usefixtures("told")
def test_another_project_sees_nothing_of_it(project: Project):
    assert ask(project, "/v1/traces").json()["total"] == 0
    assert ask(project, f"/v1/traces/{TRACE_ID}").status == 404


def test_a_trace_of_many_calls_sums_them_and_shows_all(project: Project):
    one = trace(trace_id=None)
    spans = [
        {**SPAN, "span_id": f"{number:016x}", "kind": "llm_call", "model": "m", "output_tokens": 2, "tool_name": None}
        for number in (1, 2)
    ]
    assert post(project, "/v1/spans/batch", *spans, {**SPAN, "span_id": f"{3:016x}"}).status == 202
    assert post(project, "/v1/traces/batch", one).status == 202
    project.await_spans(4)
    shown = ask(project, f"/v1/traces/{SPAN['trace_id']}").json()
    assert (shown["spanCount"], shown["toolCallCount"], shown["outputTokens"]) == (3, 1, 4)
    assert [span["spanId"] for span in shown["spans"]] == [f"{number:016x}" for number in (1, 2, 3)]
