"""Pulse's clients at the real server's door."""

from typing import Any

import msgspec
import pytest

from tests.journeys.projects import Project
from tests.rooms.compat.pulse_sdk.telling import SPAN, TRACE, trace
from tests.serving import JSON, Answer, Server, wait_until


def post(project: Project, path: str, *items: Any) -> Answer:
    """Post items as Pulse's clients do."""
    headers = {"authorization": f"Bearer {project.key}", "content-type": JSON}
    return project.server.request("POST", path, msgspec.json.encode(items), headers)


@pytest.mark.parametrize("path", ["/v1/traces/async", "/v1/traces/batch"])
def test_traces_are_queued_and_land_in_the_store(project: Project, path: str):
    answer = post(project, path, TRACE, trace(trace_id="another"))
    assert (answer.status, answer.json()) == (202, {"status": "queued", "count": 2})
    project.await_spans(2)
    columns = "source, session_id, model, input_tokens, round(reported_cost_usd, 7), metadata['feature'], duration_ms"
    row = ("pulse", "session-123", "gpt-4o-mini-2024-07-18", 10, 3.3e-06, "chat", 10)
    assert project.sql(f"SELECT {columns} FROM calls") == [row, row]


@pytest.mark.parametrize("path", ["/v1/spans/async", "/v1/spans/batch"])
def test_spans_are_queued_and_land_in_the_store(project: Project, path: str):
    answer = post(project, path, SPAN)
    assert (answer.status, answer.json()) == (202, {"status": "queued", "count": 1})
    project.await_spans(1)
    assert project.sql("SELECT kind, tool_name, session_id FROM spans") == [("tool", "Bash", "agent-1")]


def test_one_bad_item_loses_only_itself_and_is_named(project: Project):
    answer = post(project, "/v1/traces/async", trace(provider=None), TRACE, 7)
    told = answer.json()
    assert (answer.status, told["status"], told["count"], told["rejected"]) == (202, "queued", 1, 2)
    assert [issue["path"] for issue in told["details"]] == [[0, "provider"], [2]]
    project.await_spans(1)
    assert project.sql("SELECT count() FROM spans") == [(1,)]


def test_an_array_without_a_good_item_is_refused_in_pulses_words(project: Project):
    answer = post(project, "/v1/traces/async", {"trace_id": "x"})
    assert answer.status == 400
    assert answer.json()["error"] == "Validation failed"
    assert {tuple(issue["path"]) for issue in answer.json()["details"]} == {(0, "provider"), (0, "model_requested")}


def test_an_empty_array_is_no_fault(project: Project):
    answer = post(project, "/v1/traces/async")
    assert (answer.status, answer.json()) == (202, {"status": "queued", "count": 0})


def test_a_body_that_is_no_json_is_refused_in_pulses_shape(project: Project):
    answer = project.post("/v1/spans/async", b"[{", {"content-type": JSON})
    assert answer.status == 400
    assert answer.json()["error"].startswith("Invalid JSON body")


def test_a_retried_array_is_stored_once(project: Project):
    for _ in range(3):
        assert post(project, "/v1/traces/async", TRACE, trace(trace_id=None)).status == 202
    project.await_spans(2)
    project.server.await_loaded()
    assert project.sql("SELECT count() FROM spans") == [(2,)]


def test_an_unknown_key_is_refused_in_pulses_shape(server: Server):
    headers = {"authorization": "Bearer pulse_sk_nobody", "content-type": JSON}
    answer = server.request("POST", "/v1/traces/async", b"[]", headers)
    assert answer.status == 401
    assert list(answer.json()) == ["error"]


def test_rejected_items_are_counted(project: Project):
    post(project, "/v1/traces/async", "bad", TRACE)
    wait_until(lambda: b"pulse.traces: invalid item" in project.server.request("GET", "/metrics").body, 30)
