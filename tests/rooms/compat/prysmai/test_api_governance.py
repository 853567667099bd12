"""Governance: sessions, MCP and REST, and what a program feels of them, which is little."""

import asyncio
import threading
from typing import Any

import pytest

from headwater.compat.prysmai.api import (
    AsyncGovernanceSession,
    ExecutionHaltedError,
    FinancialAnomalyDetector,
    GovernanceError,
    GovernanceSession,
    LoopDetector,
    PrysmClient,
    PrysmMCPClient,
    PrysmMCPConfig,
    PrysmSession,
    SessionNotActiveError,
    prysm_context,
)
from tests.rooms.compat.prysmai.standin import KEY, Answer, Asked, StandIn, sse
from tests.serving import free_ports, wait_until

COSTLY = {"model": "gpt-4", "prompt_tokens": 5000, "completion_tokens": 10}
CALL: dict[str, Any] = {"event_type": "llm_call", "data": COSTLY}


def governed(server: StandIn, **more: Any) -> PrysmSession:
    return PrysmClient(KEY, server.base_url).session(user_id="u", governance_task="T", **more)


def nowhere() -> PrysmClient:
    return PrysmClient(KEY, f"http://127.0.0.1:{free_ports(1)[0]}/api/v1")


def test_a_session_begins_checks_scans_and_ends_without_a_probe(server: StandIn) -> None:
    """The old package asked for the list of tools before, each time."""
    prysm = PrysmClient(KEY, server.base_url)
    with GovernanceSession(prysm, task="Fix login", agent_type="claude_code", available_tools=["bash"]) as gov:
        result = gov.check_behavior([CALL])
        scan = gov.scan_code("print(1)", "python", "a.py")
    tools = ["prysm_session_start", "prysm_check_behavior", "prysm_scan_code", "prysm_session_end"]
    assert server.tools() == tools
    assert server.asked[0].arguments == {
        "task_instructions": "Fix login",
        "agent_type": "claude_code",
        "available_tools": ["bash"],
    }
    assert (result.max_severity, scan.is_clean, gov.stats["total_events_reported"]) == (2, False, 1)
    assert (gov.session_id, gov.is_active, gov.policies) == ("gov-1", False, [{"name": "no secrets"}])


def test_all_that_is_recorded_goes_over_one_connection(server: StandIn) -> None:
    """The old package opened a client for each record, and probed, and closed nothing."""
    with governed(server) as run:
        for number in range(5):
            run.record_llm_call(model="m", messages=[], completion=str(number))
            run.record_tool_call(tool_name="t", tool_input={"a": 1}, tool_output={"b": 2}, success=True)
        run.record_decision(description="d", selected_action="respond", severity="low")
        assert run.record_file_change(operation="write", path="a.py", content="x") == {"recorded": True}
        recorded = [asked for asked in server.asked if asked.tool.startswith("prysm_record_")]
    assert (len(recorded), len({asked.connection for asked in recorded})) == (12, 1)
    assert recorded[1].arguments == {
        "tool_name": "t",
        "input": {"a": 1},
        "output": {"b": 2},
        "success": True,
        "session_id": "gov-1",
        "metadata": {"agent_id": "custom", "parent_session_id": "gov-1"},
    }


def test_a_call_within_a_session_belongs_to_it(server: StandIn) -> None:
    ask: Any = {"model": "m", "messages": [{"role": "user", "content": "hi"}]}
    with governed(server, metadata={"f": 1}) as run:
        run.llm().chat.completions.create(**ask)
    headers = server.calls()[0].headers
    assert (headers["x-prysm-session-id"], headers["x-prysm-user-id"]) == (run.session_id, "u")
    assert (headers["x-prysm-governance-session-id"], headers["x-prysm-metadata"]) == ("gov-1", '{"f": 1}')
    assert prysm_context.get().session_id is None
    assert run.governance_report is not None
    assert (run.governance_report.behavior_score, run.identifiers.governance_session_id) == (90, "gov-1")


@pytest.mark.parametrize("status", [500, 403])
def test_an_end_that_fails_never_hides_the_programs_own_error(server: StandIn, status: int) -> None:
    """The old package raised its own in the place of the program's."""

    def script(asked: Asked) -> Answer | None:
        return (status, {"error": "no"}) if asked.tool == "prysm_session_end" else None

    server.script = script
    with pytest.raises(KeyError, match="mine"), governed(server):
        raise KeyError("mine")
    with governed(server) as run:
        pass
    assert (run.governance_report, run.is_active) == (None, False)
    ended = next(asked for asked in server.asked if asked.tool == "prysm_session_end")
    assert (ended.arguments["outcome"], ended.arguments["output_summary"]) == ("failed", "KeyError: 'mine'")


def test_a_tool_runs_as_if_nobody_looked(server: StandIn) -> None:
    server.script = lambda asked: (500, {}) if asked.tool == "prysm_record_tool_call" else None
    with governed(server) as run:
        assert run.run_tool("search", lambda: {"hits": 2}, tool_input={"q": 1}) == {"hits": 2}
        with pytest.raises(ZeroDivisionError):
            run.run_tool("divide", lambda: 1 / 0)
    recorded = [asked.arguments for asked in server.asked if asked.tool == "prysm_record_tool_call"]
    assert [(told["tool_name"], told["success"], told["output"]) for told in recorded] == [
        ("search", True, {"hits": 2}),
        ("divide", False, {"error": "division by zero", "exception_type": "ZeroDivisionError"}),
    ]
    assert server.tools()[-1] == "prysm_session_end"


def test_a_session_without_a_task_needs_no_server() -> None:
    with nowhere().session(user_id="u", session_id="s") as run:
        assert prysm_context.get().session_id == "s"
        assert run.run_tool("t", lambda: 3) == 3
        with pytest.raises(RuntimeError, match="not governed"):
            run.record_decision(description="d")


def test_all_resources_can_be_read(server: StandIn) -> None:
    """In the old package three of the four raised AttributeError."""
    mcp = PrysmClient(KEY, server.base_url).mcp()
    assert mcp.list_tools() == [{"name": "prysm_session_start"}]
    assert mcp.list_resources() == [{"uri": "prysm://policies"}]
    assert mcp.list_policies() == [{"name": "no secrets"}]
    assert mcp.get_session_status("gov-1") == {"uri": "prysm://session/gov-1/status"}
    assert mcp.get_session_report("a b") == {"uri": "prysm://session/a%20b/report"}


@pytest.mark.parametrize("suffix", ["/api/v1", "/v1", "/api", "", "/api/v1/"])
def test_mcp_is_found_from_the_address_of_calls(suffix: str) -> None:
    mcp = PrysmMCPClient(prysm_key=KEY, base_url=f"http://localhost:8000{suffix}")
    headers = {"Authorization": f"Bearer {KEY}", "X-More": "1"}
    assert mcp.connection_config({"X-More": "1"}) == PrysmMCPConfig("http://localhost:8000/api/mcp", headers)


def test_an_answer_may_be_server_sent_events(server: StandIn) -> None:
    result = {"content": [{"type": "text", "text": '{"session_id": "from-sse"}'}]}
    server.script = lambda asked: (200, b"event: message\n" + sse({"jsonrpc": "2.0", "id": 1, "result": result}))
    assert GovernanceSession(prysm_key=KEY, base_url=server.base_url).start()["session_id"] == "from-sse"


@pytest.mark.parametrize(
    ("status", "body", "said"),
    [
        (401, {"error": "no such key"}, "status 401"),
        (200, {"jsonrpc": "2.0", "id": 1, "error": {"code": -32602, "message": "bad"}}, "bad"),
        (200, {"result": {"isError": True, "content": [{"text": '{"error": "no session"}'}]}}, "no session"),
        (200, b"data: {nonsense\n\n", "cannot be read"),
        (200, {"result": {"content": [{"text": "{}"}]}}, "began no session"),
    ],
)
def test_whatever_goes_wrong_is_a_governance_error(server: StandIn, status: int, body: Any, said: str) -> None:
    server.script = lambda asked: (status, body)
    with pytest.raises(GovernanceError, match=said) as caught:
        GovernanceSession(prysm_key=KEY, base_url=server.base_url).start()
    assert caught.value.code in (None, -32602)


def test_without_mcp_everything_goes_over_rest_records_too(server: StandIn) -> None:
    """In the old package a record over REST was an unknown tool."""
    server.script = lambda asked: (404, {}) if asked.path == "/api/mcp" else None
    with governed(server) as run:
        run.check_behavior([CALL])
        run.scan_code("x", "python")
        run.record_tool_call(tool_name="t", tool_input={"a": 1})
        run.record_file_change(operation="read", path="a.py")
    rest = [(asked.method, asked.path) for asked in server.asked if asked.path != "/api/mcp"]
    events = ("POST", "/governance/sessions/gov-1/events")
    assert rest == [
        ("POST", "/governance/sessions"),
        events,
        ("POST", "/governance/scan"),
        events,
        events,
        ("PATCH", "/governance/sessions/gov-1"),
    ]
    told = [asked.body["events"][0]["event_type"] for asked in server.at(events[1])]
    assert told == ["llm_call", "tool_call", "file_read"]
    # One for each transport, the session's and that of its records.
    assert len(server.at("/api/mcp")) == 2


def test_a_connection_that_the_server_closed_meanwhile_is_opened_again(server: StandIn) -> None:
    server.hangs_up = True
    mcp = PrysmClient(KEY, server.base_url).mcp()
    assert [len(mcp.list_tools()) for _ in range(3)] == [1, 1, 1]
    assert len({asked.connection for asked in server.asked}) == 3


def test_what_is_asked_of_a_session_that_is_not_active_says_so(server: StandIn) -> None:
    gov = GovernanceSession(prysm_key=KEY, base_url=server.base_url)
    with pytest.raises(SessionNotActiveError, match="not active"):
        gov.check_behavior([])
    gov.start()
    with pytest.raises(GovernanceError, match="active already"):
        gov.start()


def test_reported_events_are_checked_by_number_and_at_the_end(server: StandIn) -> None:
    gov = GovernanceSession(prysm_key=KEY, base_url=server.base_url, auto_check_interval=2)
    with gov:
        assert gov.report_event("tool_call", {"tool_name": "a"}) is None
        checked = gov.report_event("tool_call", {"tool_name": "b"}, timestamp=5.0)
        assert checked is not None
        gov.report_event("tool_call", {"tool_name": "c"})
    told = [asked.arguments["events"] for asked in server.asked if asked.tool == "prysm_check_behavior"]
    assert [[event["data"]["tool_name"] for event in events] for events in told] == [["a", "b"], ["c"]]
    assert told[0][1]["timestamp"] == 5.0


def test_events_whose_check_failed_wait_for_the_next_in_their_order(server: StandIn) -> None:
    gov = GovernanceSession(prysm_key=KEY, base_url=server.base_url, auto_check_interval=2)
    meanwhile = ["c"]

    def script(asked: Asked) -> Answer | None:
        if not meanwhile or asked.tool != "prysm_check_behavior":
            return None
        gov.report_event("tool_call", {"tool_name": meanwhile.pop()})
        return 503, {}

    server.script = script
    with gov:
        assert [gov.report_event("tool_call", {"tool_name": name}) for name in "ab"] == [None, None]
    told = [asked.arguments["events"] for asked in server.asked if asked.tool == "prysm_check_behavior"]
    assert [[event["data"]["tool_name"] for event in events] for events in told] == [["a", "b"], ["a", "b", "c"]]


def test_a_detector_that_enforces_halts_the_program(server: StandIn) -> None:
    """In the old package severity "halt" was a word."""
    with GovernanceSession(prysm_key=KEY, base_url=server.base_url) as gov:
        gov.attach_detector(FinancialAnomalyDetector(budget_limit=0.01).enforce())
        with pytest.raises(ExecutionHaltedError, match="may cost") as caught:
            gov.report_event("llm_call", dict(COSTLY))
    assert {one.category for one in caught.value.detections} == {"cost_spike", "budget_exceeded"}
    checked = next(asked for asked in server.asked if asked.tool == "prysm_check_behavior")
    assert checked.arguments["events"][0]["event_type"] == "llm_call"


def test_it_halts_though_the_server_cannot_be_reached(server: StandIn) -> None:
    with GovernanceSession(prysm_key=KEY, base_url=server.base_url) as gov:
        gov.attach_detector(FinancialAnomalyDetector(budget_limit=0.01).enforce())
        server.script = lambda asked: (500, {})
        with pytest.raises(ExecutionHaltedError):
            gov.check_behavior([CALL])


def test_a_detector_that_does_not_enforce_only_tells(server: StandIn) -> None:
    with GovernanceSession(prysm_key=KEY, base_url=server.base_url) as gov:
        gov.attach_detector(FinancialAnomalyDetector(budget_limit=0.01)).attach_detector(LoopDetector())
        result = gov.check_behavior([CALL])
        report = gov.end()
    assert result.max_severity == 7
    assert {violation["category"] for violation in report.violations} == {"cost_spike", "budget_exceeded"}
    assert [summary["detector"] for summary in report.detectors] == ["financial_anomaly", "loop_detection"]
    found = wait_until(lambda: server.at("/threat-events")[1:] and server.at("/threat-events"))
    assert set(found[0].body) == {"detector", "severity", "category", "message", "evidence", "timestamp"}


def test_what_detectors_find_is_told_without_the_program_waiting(server: StandIn) -> None:
    """The old package posted it while the agent stood still, for up to five seconds each."""
    released = threading.Event()

    def script(asked: Asked) -> Answer | None:
        if asked.path == "/threat-events":
            released.wait(60)
        return None

    server.script = script
    with GovernanceSession(prysm_key=KEY, base_url=server.base_url) as gov:
        gov.attach_detector(FinancialAnomalyDetector(budget_limit=0.01))
        gov.check_behavior([CALL])
    ended_first = server.tools()[-1] == "prysm_session_end" and not released.is_set()
    released.set()
    wait_until(lambda: len(server.at("/threat-events")) == 2)
    assert ended_first


def test_a_detector_that_fails_stops_nobody(server: StandIn) -> None:
    class Broken(FinancialAnomalyDetector):
        name = "broken"

        def process_event(self, event: dict[str, Any]) -> Any:
            raise RuntimeError("mine")

    with GovernanceSession(prysm_key=KEY, base_url=server.base_url) as gov:
        gov.attach_detector(Broken())
        assert gov.check_behavior([CALL]).events_ingested == 1
        assert gov.detach_detector("broken")
        assert not gov.detach_detector("broken")


async def test_coroutines_go_on_while_governance_waits_for_an_answer(server: StandIn) -> None:
    released = threading.Event()

    def script(asked: Asked) -> Answer | None:
        if asked.tool == "prysm_check_behavior":
            released.wait(60)
        return None

    server.script = script
    prysm = PrysmClient(KEY, server.base_url)
    async with AsyncGovernanceSession(prysm, task="T", agent_type="langgraph") as gov:
        gov.attach_detector(FinancialAnomalyDetector(budget_limit=0.01))
        checking = asyncio.gather(gov.check_behavior([CALL]))
        while "prysm_check_behavior" not in server.tools():
            await asyncio.sleep(0.01)
        released.set()
        result = (await checking)[0]
        assert (await gov.scan_code("x=1", "python")).vulnerability_count == 1
    assert result.max_severity == 7
    assert server.tools()[-1] == "prysm_session_end"


async def test_an_async_end_that_fails_never_hides_the_programs_own_error(server: StandIn) -> None:
    server.script = lambda asked: (500, {}) if asked.tool == "prysm_session_end" else None
    with pytest.raises(KeyError, match="mine"):
        async with AsyncGovernanceSession(prysm_key=KEY, base_url=server.base_url):
            raise KeyError("mine")


def test_delegations_say_who_gave_what_to_whom(server: StandIn) -> None:
    context = {"agent_id": "planner", "approved_by": "somebody"}
    with governed(server, auto_check_interval=1, governance_context=context) as run:
        run.record_delegation(to_agent="b", delegated_authority="read")
    told = next(asked for asked in server.asked if asked.tool == "prysm_check_behavior").arguments["events"][0]["data"]
    assert told == {
        "to_agent": "b",
        "delegated_authority": "read",
        "from_agent": "planner",
        "parent_session_id": "gov-1",
        "delegation_chain": ["planner", "b"],
        "metadata": {
            "agent_id": "planner",
            "approved_by": "somebody",
            "parent_session_id": "gov-1",
            "human_approved": True,
        },
    }


def test_a_server_that_is_not_there_is_a_governance_error() -> None:
    with pytest.raises(GovernanceError, match="no answer from"):
        GovernanceSession(nowhere(), task="T").start()
