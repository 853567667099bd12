"""Prysm's routes of a running server with two edges: each request may reach either of them."""

import json
import time
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from tests.journeys.projects import Project, make_project
from tests.proxy.proxied import catalog_of
from tests.serving import Answer, Server, wait_until

_SECRET = "sk-" + "a1B2c3D4e5F6g7H8" * 2


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    settings = {"HEADWATER_LOADER_BLOCK_AGE_S": "0.02", "HEADWATER_WORKERS": "2"}
    with Server(tmp_path_factory.mktemp("prysm"), extra=settings) as running:
        yield running


@pytest.fixture
def project(server: Server, request: pytest.FixtureRequest) -> Project:
    """A project with a key as Prysm's look."""
    made = make_project(server, request.node.name)
    with catalog_of(server) as catalog:
        return Project(server, made.id, made.name, catalog.create_key(made.id, "prysm", "prysm").key)


def _send(project: Project, method: str, path: str, body: Any, headers: Mapping[str, str] | None = None) -> Answer:
    """Over a connection of its own, with the key where Prysm's client puts it."""
    sent = {"authorization": f"Bearer {project.key}", "content-type": "application/json", "connection": "close"}
    told = body if isinstance(body, bytes) else json.dumps(body).encode()
    return project.server.request(method, path, told, sent | dict(headers or {}))


def _rpc(project: Project, method: str, params: Any = None, number: Any = 1) -> Any:
    answer = _send(project, "POST", "/api/mcp", {"jsonrpc": "2.0", "id": number, "method": method, "params": params})
    assert answer.status == 200, answer.body
    return answer.json()


def _call(project: Project, tool: str, **arguments: Any) -> Any:
    result = _rpc(project, "tools/call", {"name": tool, "arguments": arguments})["result"]
    assert not result["isError"], result
    return json.loads(result["content"][0]["text"])


def _resource(project: Project, uri: str) -> Any:
    return json.loads(_rpc(project, "resources/read", {"uri": uri})["result"]["contents"][0]["text"])


def test_a_runtime_that_greets_is_greeted(project: Project) -> None:
    told = _rpc(project, "initialize", {"protocolVersion": "2025-03-26", "capabilities": {}})["result"]
    assert (told["protocolVersion"], told["capabilities"]) == ("2025-03-26", {"tools": {}, "resources": {}})
    assert _rpc(project, "initialize", {"protocolVersion": "1999-01-01"})["result"]["protocolVersion"] == "2025-06-18"
    assert _rpc(project, "ping")["result"] == {}
    tools = _rpc(project, "tools/list")["result"]["tools"]
    assert {each["name"] for each in tools} >= {"prysm_session_start", "prysm_record_file_change"}
    assert all(each["inputSchema"]["type"] == "object" for each in tools)


@pytest.mark.parametrize("number", [0, "x", 1.5, None, -1, 2**53])
def test_an_answer_has_the_id_of_its_question(project: Project, number: Any) -> None:
    assert _rpc(project, "ping", number=number)["id"] == number


def test_a_notification_has_no_answer(project: Project) -> None:
    answer = _send(project, "POST", "/api/mcp", {"jsonrpc": "2.0", "method": "notifications/initialized"})
    assert (answer.status, answer.body) == (202, b"")


def test_a_batch_is_answered_as_one(project: Project) -> None:
    asked = [{"jsonrpc": "2.0", "id": 1, "method": "ping"}, {"method": "notifications/x"}, 3, {"id": 2, "method": "x"}]
    told = _send(project, "POST", "/api/mcp", asked).json()
    assert [(each["id"], each.get("error", {}).get("code")) for each in told] == [
        (1, None),
        (None, -32600),
        (2, -32601),
    ]


@pytest.mark.parametrize(
    ("accept", "content_type"),
    [
        ("application/json, text/event-stream", "application/json"),
        ("*/*", "application/json"),
        ("text/event-stream", "text/event-stream"),
    ],
)
def test_an_answer_is_framed_as_it_is_accepted(project: Project, accept: str, content_type: str) -> None:
    answer = _send(project, "POST", "/api/mcp", {"id": 1, "method": "ping"}, {"accept": accept})
    told = answer.body.removeprefix(b"event: message\ndata: ")
    assert json.loads(told) == {"jsonrpc": "2.0", "id": 1, "result": {}}
    assert (answer.headers["content-type"], told != answer.body) == (content_type, "event-stream" in content_type)


def test_no_answer_of_mcp_is_404(project: Project) -> None:
    """By a 404 Prysm's client takes the server for one without MCP, for as long as it lives."""
    assert _send(project, "POST", "/api/mcp", b"{").status == 400
    assert _send(project, "POST", "/api/mcp", [{}] * 1001).status == 400
    assert _send(project, "GET", "/api/mcp", b"").status == 405
    assert _send(project, "DELETE", "/api/mcp", b"").status == 405
    unknown = _rpc(project, "tools/call", {"name": "prysm_wonder", "arguments": {}})
    assert unknown["error"]["code"] == -32602
    assert _rpc(project, "resources/read", {"uri": "prysm://wonder"})["error"]["code"] == -32002
    refused = _send(project, "POST", "/api/mcp", {}, {"authorization": "Bearer sk-prysm-none"})
    assert (refused.status, refused.json()["error"]["type"]) == (401, "authentication_error")
    assert refused.headers["x-should-retry"] == "false"


def test_a_session_is_told_by_any_edge_and_counted_at_its_end(project: Project) -> None:
    begun = _call(project, "prysm_session_start", task_instructions="Fix it", agent_type="codex")
    session = begun["session_id"]
    assert abs(begun["started_at"] / 1000 - time.time()) < 600
    events = [{"event_type": "tool_call", "data": {"tool_name": "bash"}}] * 2
    told = _call(project, "prysm_check_behavior", session_id=session, events=[*events, None])
    assert (told["events_ingested"], told["events_rejected"]) == (2, 1)
    assert (told["flags"], told["violations"]) == ([], [])
    assert told["evaluation"].startswith("not evaluated")
    assert _call(project, "prysm_record_decision", session_id=session, description="d")["recorded"]
    wait_until(lambda: project.sql("SELECT count() FROM spans")[0][0] == 4, 20, "the steps")
    assert _resource(project, f"prysm://session/{session}/status")["status"] == "active"
    ended = _call(project, "prysm_session_end", session_id=session, outcome="completed")
    report = ended["report"]
    assert report["recorded"] == {"session_start": 1, "tool_call": 2, "decision": 1}
    assert (report["behavior_score"], report["detectors"], ended["violations"]) == (None, [], [])
    assert report["summary"].startswith("not evaluated")
    status = f"prysm://session/{session}/status"
    wait_until(lambda: _resource(project, status)["status"] == "ended", 20, "the end")


def test_the_ids_that_a_client_is_told_are_those_in_the_store(project: Project) -> None:
    told = _call(project, "prysm_record_llm_call", model="gpt-4o", messages=[], run_security_scan=True)
    question = f"SELECT kind, model FROM spans WHERE trace_id = '{told['trace_id']}' AND span_id = '{told['span_id']}'"
    assert wait_until(lambda: project.sql(question), 20, question) == [("call", "gpt-4o")]
    assert told["security_scan"] == "not applied"


def test_a_tool_that_lacks_something_says_what(project: Project) -> None:
    result = _rpc(project, "tools/call", {"name": "prysm_session_end", "arguments": {}})["result"]
    assert (result["isError"], json.loads(result["content"][0]["text"])["error"].split()[0]) == (True, "'session_id'")


def test_resources_tell_that_there_are_no_policies_and_no_such_session(project: Project) -> None:
    assert _rpc(project, "resources/list")["result"]["resources"][0]["uri"] == "prysm://policies"
    assert len(_rpc(project, "resources/templates/list")["result"]["resourceTemplates"]) == 2
    assert _resource(project, "prysm://policies") == []
    assert _resource(project, "prysm://session/none/status")["status"] == "unknown"
    assert _resource(project, "prysm://session/none/report")["report"]["recorded"] == {}


def test_a_scan_tells_what_was_found_and_what_was_not_looked_for(project: Project) -> None:
    clean = _call(project, "prysm_scan_code", session_id="s", code="print(1)", language="python", file_path="a.py")
    assert (clean["vulnerability_count"], clean["max_severity"], clean["threat_score"]) == (0, "none", None)
    assert "not evaluated" in clean["scan"]
    found = _send(project, "POST", "/governance/scan", {"code": f"k='{_SECRET}' # a@b.example", "language": "python"})
    assert [(each["type"], each["severity"]) for each in found.json()["vulnerabilities"]] == [
        ("secrets", "high"),
        ("email", "low"),
    ]


def test_a_session_over_rest_is_the_same(project: Project) -> None:
    session = _send(project, "POST", "/governance/sessions", {"task_instructions": "T"}).json()["session_id"]
    path = f"/governance/sessions/{session}"
    told = _send(project, "POST", f"{path}/events", {"events": [{"event_type": "tool_call", "data": {}}]})
    assert told.json()["events_ingested"] == 1
    ended = _send(project, "PATCH", path, {"session_id": session, "outcome": "failed"}).json()
    assert (ended["session_id"], ended["outcome"]) == (session, "failed")
    question = f"SELECT name, status FROM spans WHERE session_id = '{session}' ORDER BY name"
    rows = [("governance session", "unset"), ("session end failed", "error"), ("tool_call", "unset")]
    wait_until(lambda: project.sql(question) == rows, 20, "the session")


def test_a_session_may_have_any_name(project: Project) -> None:
    assert _send(project, "PATCH", "/governance/sessions/gr%C3%BCn'%2541", {}).json()["session_id"] == "gr\u00fcn'%41"
    found = wait_until(lambda: project.sql("SELECT session_id FROM spans"), 20, "the session")
    assert found == [("gr\u00fcn'%41",)]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/governance/sessions", []),
        ("/governance/sessions/s/events", {"events": 1}),
        ("/governance/scan", {}),
        ("/api/v1/telemetry/events", {}),
        ("/threat-events", {"severity": "halt"}),
        ("/threat-events", b"{"),
    ],
)
def test_what_cannot_be_recorded_is_refused_in_prysms_shape(project: Project, path: str, body: Any) -> None:
    answer = _send(project, "POST", path, body)
    assert (answer.status, answer.json()["error"]["type"]) == (400, "invalid_request_error")
    assert answer.json()["error"]["message"]


def test_monitors_and_detectors_are_recorded(project: Project) -> None:
    batch = {"source": "crewai", "session_id": "run-1", "events": [{"event_type": "agent_execution_completed"}, 1]}
    told = _send(project, "POST", "/api/v1/telemetry/events", batch)
    assert (told.status, told.json()) == (202, {"accepted": 1, "rejected": 1})
    assert _send(project, "POST", "/threat-events", {"detector": "loop", "timestamp": 1_790_000_100.5}).status == 200
    question = "SELECT kind, source, scope FROM spans ORDER BY kind"
    wait_until(lambda: project.sql(question) == [("agent", "prysm", "crewai"), ("guardrail", "prysm", "detectors")], 20)


def test_anybody_may_ask_whether_it_is_there(server: Server) -> None:
    answer = server.request("GET", "/api/v1/health", headers={})
    assert (answer.status, answer.json()["status"]) == (200, "ok")
