"""Prysm's client and a running Headwater: what a program says is what the pages will show."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import anthropic
import openai
import pytest

from headwater.access import Upstream as ProxyUpstream
from headwater.compat.prysmai.api import FinancialAnomalyDetector, GovernanceError, PrysmClient, monitor, prysm_context
from tests.journeys.projects import Project, make_project
from tests.proxy.proxied import (
    TOLD_TOKENS,
    USAGE_CHUNK,
    add_upstreams,
    answered,
    at_base,
    catalog_of,
    chunk,
    streamed,
    whole,
)
from tests.proxy.upstream import Upstream
from tests.serving import Server, wait_until

ASK: Any = {"model": "gpt-4o-mini", "messages": [{"role": "user", "content": "What is the capital?"}]}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder: Path = tmp_path_factory.mktemp("prysm")
    with Server(folder, extra={"HEADWATER_LOADER_BLOCK_AGE_S": "0.02"}) as running:
        yield running


@pytest.fixture
def upstream() -> Iterator[Upstream]:
    with Upstream() as running:
        running.script = (whole(answered()),)
        yield running


@pytest.fixture
def project(server: Server, upstream: Upstream, request: pytest.FixtureRequest) -> Project:
    """A project with a key of Prysm's form, and the provider's credential in the vault."""
    made = at_base(make_project(server, request.node.name), f"http://127.0.0.1:{upstream.port}")
    with catalog_of(server) as catalog:
        catalog.set_credential(made.id, "openai", "sk-stored-in-the-vault")
        return Project(server, made.id, made.name, catalog.create_key(made.id, "prysm", "prysm").key)


def prysm(project: Project) -> PrysmClient:
    return PrysmClient(project.key, f"{project.server.base_url}/api/v1")


def row(project: Project, columns: str) -> tuple[Any, ...]:
    question = f"SELECT {columns} FROM calls"
    return wait_until(lambda: project.sql(question), what=question)[0]


def test_a_monitored_call_is_found_under_its_user_and_session(project: Project, upstream: Upstream) -> None:
    client = prysm(project)
    monitored: Any = monitor(openai.OpenAI(api_key="sk-mine"), project.key, client.base_url)
    with prysm_context(user_id="ülrich", session_id="sess 1", metadata={"env": "ü"}):
        assert monitored.chat.completions.create(**ASK).choices[0].message.content == "Paris."
    assert row(project, "user_id, session_id") == ("ülrich", "sess 1")
    sent = str(upstream.requests)
    assert "sk-stored-in-the-vault" in sent
    assert "sk-mine" not in sent
    assert "x-prysm" not in sent.lower()


def test_azures_and_anthropics_clients_reach_their_upstreams(project: Project, upstream: Upstream) -> None:
    at = f"http://127.0.0.1:{upstream.port}"
    add_upstreams(project, ProxyUpstream(name="azure", base_url=at, is_private_ok=True, credential="api-key"))
    with catalog_of(project.server) as catalog:
        catalog.set_credential(project.id, "azure", "stored-for-azure")
        catalog.set_credential(project.id, "anthropic", "stored-for-anthropic")
    azure = openai.AzureOpenAI(api_key="mine", azure_endpoint="https://me.openai.azure.com", api_version="2024-06-01")
    claude = anthropic.Anthropic(api_key="mine")
    base_url = prysm(project).base_url

    def is_known() -> bool:
        monitor(azure, project.key, base_url).chat.completions.create(**ASK)
        return True

    # A running server knows an upstream some seconds after it was added.
    wait_until(lambda: _succeeds(is_known), what="azure to be known")
    monitor(claude, project.key, base_url).messages.create(max_tokens=5, **ASK)
    sent = str(upstream.requests)
    assert "/deployments/gpt-4o-mini/chat/completions?api-version=2024-06-01" in sent
    assert "stored-for-azure" in sent
    assert "stored-for-anthropic" in sent


def _succeeds(call: Callable[[], bool]) -> bool:
    try:
        return call()
    except openai.APIStatusError:
        return False


def test_the_last_trace_is_the_one_in_the_store(project: Project) -> None:
    client = prysm(project)
    client.llm().chat.completions.create(**ASK)
    assert client.last_trace_id is not None
    assert row(project, "trace_id") == (client.last_trace_id,)


def test_the_readmes_streaming_loop_works_where_usage_is_asked_for_on_the_way(
    project: Project, upstream: Upstream
) -> None:
    """Prysm's own proxy let the chunk through that has no choices, and the loop raised IndexError."""
    upstream.script = streamed(chunk("Pa"), chunk("ris."), chunk(), USAGE_CHUNK, b"data: [DONE]\n\n")
    text = ""
    for piece in prysm(project).llm().chat.completions.create(stream=True, **ASK):
        if piece.choices[0].delta.content:
            text += piece.choices[0].delta.content
    assert text == "Paris."
    assert "include_usage" in str(upstream.requests)
    assert row(project, "input_tokens, output_tokens") == TOLD_TOKENS


def test_a_governed_session_is_recorded_whole(project: Project) -> None:
    client = prysm(project)
    with client.session(user_id="u", governance_task="Fix login", agent_type="codex", auto_check_interval=1) as run:
        assert run.governance is not None
        run.governance.attach_detector(FinancialAnomalyDetector(budget_limit=0.0001))
        run.llm().chat.completions.create(**ASK)
        run.record_llm_call(model="m", messages=ASK["messages"], completion="c", latency_ms=5, prompt_tokens=1)
        run.record_decision(description="respond", selected_action="respond")
        run.report_event("llm_call", {"model": "gpt-4", "prompt_tokens": 5000, "completion_tokens": 10})
        assert run.run_tool("search", lambda: {"hits": 2}, tool_input={"q": 1}) == {"hits": 2}
        assert run.scan_code("print(1)", "python").language == "python"
        governed = run.governance_session_id or ""
    assert run.governance_report is not None
    assert run.governance_report.session_id == governed
    wait_until(lambda: project.sql("SELECT count() FROM spans WHERE name LIKE '%search%'")[0][0] >= 1)
    mcp = client.mcp()
    assert len(mcp.list_tools()) > 4
    assert len(mcp.list_resources()) > 0
    assert isinstance(mcp.list_policies(), list)
    assert mcp.get_session_report(governed) or mcp.get_session_status(governed)


def test_a_graphs_events_become_spans(project: Project) -> None:
    from types import SimpleNamespace as Thing
    from uuid import uuid4

    monitor = prysm(project).langgraph_monitor(user_id="u", session_id="graph 1")
    node, call = uuid4(), uuid4()
    monitor.on_chain_start({}, {"q": "x"}, run_id=node, metadata={"langgraph_node": "plan"})
    monitor.on_chat_model_start({}, [[Thing(type="human", content="hi")]], run_id=call, parent_run_id=node)
    answer = Thing(
        generations=[[Thing(text="yo")]], llm_output={"token_usage": {"prompt_tokens": 1, "completion_tokens": 2}}
    )
    monitor.on_llm_end(answer, run_id=call)
    monitor.on_chain_end({"a": 1}, run_id=node)
    monitor.close()
    assert row(project, "session_id, user_id, input_tokens, output_tokens") == ("graph 1", "u", 1, 2)


def test_a_key_of_nobody_is_refused_as_the_vendor_would(project: Project) -> None:
    stranger = PrysmClient("sk-prysm-nobody", f"{project.server.base_url}/api/v1")
    with pytest.raises(openai.AuthenticationError):
        stranger.llm().chat.completions.create(**ASK)
    with pytest.raises(GovernanceError, match="401"):
        stranger.mcp().list_tools()
