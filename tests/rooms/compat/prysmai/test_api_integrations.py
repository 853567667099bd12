"""Monitors of frameworks: what they tell, by which names, and that the framework never feels them."""

import threading
from types import SimpleNamespace as Thing
from typing import Any
from uuid import uuid4

import pytest

from headwater.compat.prysmai.api import (
    PrysmClient,
    PrysmCrewMonitor,
    PrysmGraphMonitor,
    PrysmSpanHandler,
    prysm_context,
)
from tests.rooms.compat.prysmai.frameworks import Crew, LangChainHandler, LlamaIndexHandler, Middleware, install
from tests.rooms.compat.prysmai.standin import KEY, Answer, Asked, StandIn
from tests.serving import free_ports, wait_until


def graph_monitor(server: StandIn, **more: Any) -> PrysmGraphMonitor:
    return PrysmClient(KEY, server.base_url).langgraph_monitor(**more)


def ask_chat_model(monitor: PrysmGraphMonitor, node: str | None = None, **answer: Any) -> None:
    run, usage = uuid4(), {"input_tokens": 1, "output_tokens": 2, "total_tokens": 3}
    asked = [[Thing(type="system", content="Be brief"), Thing(type="human", content="hi")]]
    metadata = {"langgraph_node": node} if node else None
    more: Any = {"invocation_params": {"model": "gpt-4o-mini"}, "metadata": metadata}
    monitor.on_chat_model_start({}, asked, run_id=run, **more)
    message = Thing(content="yo", tool_calls=[], usage_metadata=usage, response_metadata={}, **answer)
    monitor.on_llm_end(Thing(generations=[[Thing(text="yo", message=message)]], llm_output=None), run_id=run)


def test_what_a_chat_model_was_asked_is_told(server: StandIn) -> None:
    """The old package kept the messages and sent an empty list."""
    monitor = graph_monitor(server, user_id="u", metadata={"k": 1}, session_id="s")
    ask_chat_model(monitor, node="plan")
    monitor.flush()
    told = server.events(1)[0]
    assert told["messages"] == [{"role": "system", "content": "Be brief"}, {"role": "user", "content": "hi"}]
    assert (told["event_type"], told["model"], told["completions"]) == ("llm_call", "gpt-4o-mini", ["yo"])
    assert (told["prompt_tokens"], told["completion_tokens"], told["total_tokens"]) == (1, 2, 3)
    assert (told["langgraph_node"], told["user_id"], told["session_id"]) == ("plan", "u", "s")
    assert told["prysm_metadata"] == {"k": 1}
    sent = server.at("/api/v1/telemetry/events")[0]
    assert (sent.body["source"], sent.headers["authorization"]) == ("langgraph", f"Bearer {KEY}")


def test_a_graph_is_told_node_by_node(server: StandIn) -> None:
    monitor = graph_monitor(server)
    node, inner, tool, failing = (uuid4() for _ in range(4))
    plan = {"langgraph_node": "plan"}
    monitor.on_chain_start({}, {"q": "x"}, run_id=node, metadata=plan)
    monitor.on_chain_start({"id": ["a", "Inner"]}, {}, run_id=inner, parent_run_id=node, metadata=plan)
    monitor.on_tool_start({"name": "search"}, "{}", run_id=tool, parent_run_id=inner)
    monitor.on_tool_end(Thing(content="found"), run_id=tool)
    monitor.on_chain_end({}, run_id=inner)
    monitor.on_chain_end({"a": 1}, run_id=node)
    monitor.on_chain_start({}, {}, run_id=failing, metadata={"langgraph_node": "act"})
    monitor.on_chain_error(ValueError("no"), run_id=failing)
    monitor.close()
    told = server.events(4)
    kinds = ["tool_invocation", "chain_execution", "node_execution", "node_error"]
    assert [event["event_type"] for event in told] == kinds
    assert (told[0]["output"], told[0]["langgraph_node"]) == ("found", "plan")
    assert (told[3]["error"], told[3]["error_type"], told[3]["node_name"]) == ("no", "ValueError", "act")
    summary = server.at("/api/v1/telemetry/events")[-1].body["graph_summary"]
    assert (summary["execution_order"], summary["node_to_tools"]) == (["plan", "act"], {"plan": ["search"]})
    assert monitor.state_transitions[0]["to_node"] == "act"


def test_events_go_by_number_and_by_time_alone(server: StandIn) -> None:
    """The old package looked at the clock only when another event came."""
    monitor = graph_monitor(server, batch_size=2, flush_interval=0.05)
    for _ in range(3):
        ask_chat_model(monitor)
    server.events(3)
    assert len(server.at("/api/v1/telemetry/events")) == 2


def test_events_that_a_server_could_not_take_come_again_in_their_order(server: StandIn) -> None:
    """The old package took a 500 for a success."""
    failures = [503, 500, 429]

    def script(asked: Asked) -> Answer | None:
        return (failures.pop(), {}) if failures else None

    server.script = script
    monitor = graph_monitor(server, batch_size=1)
    for number in range(3):
        monitor.on_agent_action(Thing(tool=f"t{number}", tool_input={}, log=""), run_id=uuid4())
    wait_until(lambda: len(server.asked) == 6)
    assert [event["tool"] for event in server.events(6)] == ["t0"] * 4 + ["t1", "t2"]


def test_a_callback_never_waits_for_the_server(server: StandIn) -> None:
    released = threading.Event()

    def script(asked: Asked) -> Answer | None:
        released.wait(60)
        return None

    server.script = script
    monitor = graph_monitor(server, batch_size=1, governance=True)
    for _ in range(20):
        ask_chat_model(monitor, node="plan")
    were_waited_for = released.is_set()
    released.set()
    assert not were_waited_for
    assert len(server.events(20)) == 20


def test_many_threads_may_tell_at_once(server: StandIn) -> None:
    monitor = graph_monitor(server, batch_size=7)
    threads = [threading.Thread(target=lambda: [ask_chat_model(monitor) for _ in range(50)]) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    monitor.flush()
    assert len(server.events(200)) == 200


def test_nothing_that_a_callback_is_given_raises(server: StandIn) -> None:
    class Nasty:
        def __str__(self) -> str:
            raise RuntimeError("mine")

    nasty: Any = Nasty()
    monitor = graph_monitor(server)
    monitor.on_chain_start(nasty, nasty, run_id=nasty)
    monitor.on_chain_start(None, {"a": nasty, "long": "x" * 5000, "many": [0] * 99}, run_id=uuid4())  # pyright: ignore[reportArgumentType] - what LangGraph gives
    monitor.on_llm_end(nasty, run_id=uuid4())
    monitor.on_tool_error(ValueError(nasty), run_id=uuid4())
    monitor.on_agent_finish(nasty, run_id=uuid4())
    monitor.flush()


def test_a_server_that_is_not_there_is_not_felt() -> None:
    monitor = PrysmGraphMonitor(api_key=KEY, base_url=f"http://127.0.0.1:{free_ports(1)[0]}", governance=True)
    for _ in range(20):
        ask_chat_model(monitor, node="plan")
    assert monitor.graph_summary["nodes_executed"] == 0


def test_governance_of_a_graph_ends_with_a_report(server: StandIn) -> None:
    monitor = graph_monitor(server, governance=True, governance_context={"team": "backend"})
    for _ in range(6):
        ask_chat_model(monitor, node="plan")
    report = monitor.end_governance()
    assert report is not None
    assert (report.behavior_score, monitor.governance_report) == (90, report)
    assert server.tools() == ["prysm_session_start", *["prysm_check_behavior"] * 2, "prysm_session_end"]
    assert server.at("/api/mcp")[0].arguments["context"]["team"] == "backend"
    assert monitor.end_governance() is None


def test_the_monitor_is_one_of_langchains_handlers(server: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, "langchain_core.callbacks", BaseCallbackHandler=LangChainHandler)
    monitor = graph_monitor(server)
    assert isinstance(monitor, LangChainHandler)
    assert isinstance(monitor, PrysmGraphMonitor)


def test_a_crews_events_are_told_by_crewais_own_names(server: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    """The old package asked for names that CrewAI never had, and then listened to nothing."""
    crew = Crew()
    install(monkeypatch, "crewai.events", **crew.members())
    monitor = PrysmClient(KEY, server.base_url).crewai_monitor(session_id="s", governance=True)
    agent, task = (
        Thing(role="writer", goal="write", backstory="b"),
        Thing(description="a poem", expected_output="lines"),
    )
    source = Thing(id="crew-1", tasks=[task], agents=[Thing(tools=[Thing(name="search")])])
    crew.emit("CrewKickoffStartedEvent", source, crew_name="c", inputs={"topic": "x"})
    crew.emit("TaskStartedEvent", task=task, context=None)
    crew.emit("AgentExecutionStartedEvent", agent=agent, task=task, task_prompt="write")
    crew.emit("ToolUsageStartedEvent", tool_name="search", tool_args={"q": 1}, agent_key="k", agent=agent)
    crew.emit("ToolUsageFinishedEvent", tool_name="search", tool_args={"q": 1}, agent_key="k", output="found")
    crew.emit("ToolUsageErrorEvent", tool_name="search", tool_args="?", error=ValueError("no"))
    crew.emit("AgentExecutionCompletedEvent", agent=agent, output="poem")
    crew.emit("TaskCompletedEvent", task=task, output="poem")
    crew.emit("CrewKickoffCompletedEvent", source, crew_name="c", output="poem", total_tokens=7)
    monitor.flush()
    told = server.events(9)
    assert [event["event_type"] for event in told] == [
        "crew_kickoff_started",
        "task_execution_started",
        "agent_execution_started",
        "tool_usage_started",
        "tool_usage_completed",
        "tool_usage_error",
        "agent_execution_completed",
        "task_execution_completed",
        "crew_kickoff_completed",
    ]
    assert (told[3]["tool_input"], told[4]["tool_output"], told[5]["error"]) == ({"q": 1}, "found", "no")
    begun = server.at("/api/mcp")[0].arguments
    assert (begun["task_instructions"], begun["available_tools"]) == ("a poem", ["search"])
    wait_until(lambda: monitor.governance_report is not None)


def test_a_closed_crew_monitor_listens_no_more(server: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    crew = Crew()
    install(monkeypatch, "crewai.utilities.events", **crew.members())
    monitor = PrysmCrewMonitor(api_key=KEY, base_url=server.base_url)
    monitor.subscribe()
    assert {len(handlers) for handlers in crew.bus.handlers.values()} == {1}
    monitor("task", {"a": 1})
    monitor.close()
    crew.emit("CrewKickoffStartedEvent", Thing(), crew_name="c", inputs=None)
    monitor.flush()
    assert [event["event_type"] for event in server.events(1)] == ["crew_callback_task"]


def test_a_pipeline_of_llamaindex_is_told(server: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, "llama_index.core.callbacks.base_handler", BaseCallbackHandler=LlamaIndexHandler)
    handler = PrysmClient(KEY, server.base_url).llamaindex_handler(session_id="s")
    assert isinstance(handler, LlamaIndexHandler)
    messages, serialized = [Thing(role=Thing(value="user"), content="hi")], {"model": "gpt-4o-mini"}
    called = handler.on_event_start(Thing(value="llm"), {"messages": messages, "serialized": serialized})
    usage = Thing(prompt_tokens=1, completion_tokens=2, total_tokens=3)
    answer = Thing(message=Thing(content="yo"), raw=Thing(usage=usage, model="gpt-4o-mini-2024"))
    handler.on_event_end(Thing(value="llm"), {"response": answer}, called)
    asked = handler.on_event_start(Thing(value="retrieve"), {"query_str": "q"})
    handler.on_event_end(Thing(value="retrieve"), {"nodes": [Thing(score=0.5, text="t")]}, asked)
    handler.end_trace("query")
    told = server.events(2)
    assert [event["event_type"] for event in told] == ["llamaindex_llm", "llamaindex_retrieve"]
    asked_with = {"messages": [{"role": "user", "content": "hi"}], "model": "gpt-4o-mini"}
    counts = {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3}
    assert (told[0]["start_payload"], told[0]["parent_id"]) == (asked_with, "")
    assert told[0]["end_payload"] == {"completion": "yo", "model": "gpt-4o-mini-2024", **counts}
    assert told[1]["end_payload"] == {"node_count": 1, "nodes": [{"score": 0.5, "text_preview": "t"}]}


def test_a_trace_that_begins_forgets_nothing_of_another(server: StandIn) -> None:
    """The old package emptied its table of open events."""
    handler = PrysmSpanHandler(api_key=KEY, base_url=server.base_url)
    known = handler.on_event_start("query", {"query_str": "q"}, parent_id="p")
    handler.start_trace("another")
    handler.on_event_end("query", {"response": "r"}, known)
    handler.flush()
    assert server.events(1)[0]["start_payload"] == {"query": "q"}


async def test_agent_frameworks_middleware_tells_before_and_after(
    server: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = "AgentMiddleware", "FunctionMiddleware", "ChatMiddleware"
    install(monkeypatch, "agent_framework", **{name: type(name, (Middleware,), {}) for name in names})
    monitor = PrysmClient(KEY, server.base_url).agent_framework_monitor(governance=True)
    agent, function, chat = monitor.middleware()
    assert all(isinstance(one, Middleware) for one in (agent, function, chat))
    context = Thing(agent=Thing(name="bot"), messages=[Thing(role="user", text="hi")], stream=False, result=None)
    asked = Thing(messages=[], options={"temperature": 0}, stream=True, result=None)

    async def model(given: Any) -> None:
        given.result = Thing(text="yo", usage_details={"input_token_count": 1, "output_token_count": 2}, model="m")

    async def tool() -> None:
        raise ValueError("no")

    async def run() -> None:
        await chat.process(asked, model)
        with pytest.raises(ValueError, match="no"):
            await function.process(Thing(function=Thing(name="search"), arguments={"q": 1}, result=None), tool)

    with prysm_context(user_id="u"):
        await agent.process(context, run)
    monitor.flush()
    told = server.events(6)
    assert [event["event_type"] for event in told] == [
        "agent_run_start",
        "llm_call_start",
        "llm_call_end",
        "tool_call_start",
        "tool_call_end",
        "agent_run_end",
    ]
    assert (told[0]["agent_name"], told[0]["user_id"], told[5]["success"]) == ("bot", "u", True)
    assert (told[2]["prompt_tokens"], told[2]["completion_tokens"], told[2]["completion_preview"]) == (1, 2, "yo")
    assert (told[4]["tool_name"], told[4]["error"], told[4]["success"]) == ("search", "no", False)
    assert (told[1]["call_id"], told[3]["arguments"]) == (told[2]["call_id"], {"q": 1})
    assert (monitor.execution_summary["total_llm_tokens"], monitor.execution_summary["tool_success_rate"]) == (3, 0.0)
    assert "prysm_session_start" in server.tools()
