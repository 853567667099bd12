"""The demo's programs, in processes of their own: what a server then knows of what SDK and proxy saw."""

import shlex
import sys
from collections.abc import Iterator

import pytest

from headwater.cli.demo_live import missing, run_observed, run_relayed
from headwater.cli.login import login_command
from headwater.server import Settings
from headwater.simulator import Simulator
from tests.journeys.projects import Project, make_project
from tests.proxy.proxied import at_base
from tests.serving import Server, wait_until

_PRICED = "SELECT countIf(status != 'error' AND input_tokens > 0 AND cost_usd > 0) FROM calls"


@pytest.fixture(scope="module")
def provider() -> Iterator[Simulator]:
    """The provider of all programs."""
    with Simulator() as simulator:
        yield simulator


@pytest.fixture(scope="module")
def lived(server: Server, provider: Simulator) -> Project:
    """A project with all that the program with our SDK did; each answer of the provider is a call of it."""
    project = at_base(make_project(server, "lumen"), provider.url)
    answered = run_observed(provider, server.base_url, project.key)
    wait_until(lambda: project.sql(_PRICED) == [(answered,)], 60, f"{answered} calls")
    # A step is told when it ends, and the outermost ends last.
    wait_until(lambda: project.sql("SELECT count() FROM spans WHERE name = 'question'") == [(8,)], 60, "8 questions")
    return project


@pytest.fixture(scope="module")
def relayed(server: Server, provider: Simulator) -> Project:
    """A project with all that the programs did which only the proxy sees."""
    project = at_base(make_project(server, "lumen by proxy"), provider.url)
    answered = run_relayed(provider, server.base_url, project.key)
    wait_until(lambda: project.sql(_PRICED) == [(answered,)], 60, f"{answered} calls")
    return project


def test_every_call_is_told_by_the_sdk_with_its_model_and_vendor(lived: Project) -> None:
    assert lived.sql("SELECT DISTINCT source, service_name, environment FROM calls") == [
        ("headwater", "lumen-support", "demo")
    ]
    vendors = lived.sql("SELECT provider, uniqExact(request_model) FROM calls GROUP BY provider ORDER BY provider")
    assert vendors == [("anthropic", 2), ("openai", 4)]


def test_sessions_and_users_are_kept_apart_though_they_run_at_once(lived: Project) -> None:
    rows = lived.sql("SELECT session_id, user_id, count() FROM spans WHERE name = 'question' GROUP BY 1, 2 ORDER BY 1")
    assert rows == [
        ("chat-aiko-1", "aiko", 2),
        ("chat-jonas-1", "jonas", 1),
        ("chat-jonas-2", "jonas", 1),
        ("chat-mallory-1", "mallory", 1),
        ("chat-maria-1", "maria", 2),
        ("chat-tomas-1", "tomas", 1),
    ]
    assert lived.sql("SELECT count() FROM traces WHERE session_id = ''") == [(1,)]


def test_a_question_is_a_tree_of_agents_tools_and_calls(lived: Project) -> None:
    rows = lived.sql(
        "SELECT s.kind, s.name, p.name FROM spans AS s LEFT JOIN spans AS p ON p.span_id = s.parent_span_id "
        "WHERE s.session_id = 'chat-jonas-1' ORDER BY s.start_time, s.kind"
    )
    assert [row for row in rows if row[0] != "call"] == [
        ("chain", "question", ""),
        ("agent", "support assistant", "question"),
        ("guardrail", "guard", "support assistant"),
        ("retrieval", "search handbook", "support assistant"),
        ("agent", "returns", "support assistant"),
        ("tool", "start_return", "returns"),
        ("evaluator", "judge", "question"),
    ]
    assert ("call", "chat claude-haiku-4-5", "returns") in rows
    assert ("call", "chat gpt-4.1-mini", "support assistant") in rows


def test_what_goes_wrong_is_seen(lived: Project) -> None:
    retried = lived.sql("SELECT session_id, attempts, status != 'error' FROM calls WHERE attempts > 1")
    assert retried == [("chat-aiko-1", 2, 1)]
    failed = lived.sql(
        "SELECT session_id, kind, error_type FROM spans WHERE status = 'error' AND folded_into = '' ORDER BY 1"
    )
    out_of_time = ("chat-aiko-1", "tool", "TimeoutError")
    assert failed == [out_of_time, out_of_time, ("chat-tomas-1", "call", "overloaded_error")]


def test_streams_cached_prompts_and_thinking_are_counted(lived: Project) -> None:
    assert lived.sql("SELECT count() > 8, min(ttft_ms) > 0 FROM calls WHERE is_stream AND status != 'error'") == [
        (1, 1)
    ]
    wrote_and_read = "SELECT sum(cache_write_tokens) > 1024, sum(cache_read_tokens) > 1024 FROM calls"
    assert lived.sql(f"{wrote_and_read} WHERE model LIKE 'claude-haiku%'") == [(1, 1)]
    thought = "SELECT DISTINCT request_model FROM calls WHERE reasoning_tokens > 0 ORDER BY 1"
    assert lived.sql(thought) == [("claude-sonnet-5",), ("gpt-5.4-mini",)]


def test_what_sdk_and_proxy_both_saw_is_one_call(lived: Project) -> None:
    asked = "SELECT outer.source, own.source, own.model = outer.model FROM spans AS own"
    joined = f"{asked} JOIN spans AS outer ON own.folded_into = outer.span_id AND own.trace_id = outer.trace_id"
    wait_until(lambda: lived.sql(joined) == [("headwater", "headwater.proxy", 1)] * 6, 30, "6 calls seen twice")
    assert lived.sql("SELECT count() FROM spans WHERE folded_into = '' AND source = 'headwater.proxy'") == [(0,)]


def test_programs_without_an_sdk_are_seen_by_the_proxy(relayed: Project) -> None:
    rows = relayed.sql(
        "SELECT provider, source, countIf(status = 'error'), count() FROM calls GROUP BY 1, 2 ORDER BY 1"
    )
    assert rows == [("anthropic", "headwater.proxy", 1, 2), ("openai", "headwater.proxy", 0, 10)]
    assert relayed.sql("SELECT error_type FROM calls WHERE status = 'error'") == [("overloaded_error",)]


def test_headers_of_ours_and_of_others_tell_whose_a_call_is(relayed: Project) -> None:
    asked = "SELECT model LIKE 'claude%', session_id, tags, metadata['task'], count() FROM calls"
    assert relayed.sql(f"{asked} WHERE user_id = 'ingrid' GROUP BY ALL ORDER BY 1") == [
        (0, "newsletter-november", ["newsletter"], "", 3),
        (1, "", [], "reviews", 2),
    ]


def test_a_stream_that_did_not_ask_for_its_usage_has_it(relayed: Project) -> None:
    asked = "SELECT min(is_stream), min(input_tokens) > 0, min(output_tokens) > 0, max(usage_estimated) FROM calls"
    assert relayed.sql(f"{asked} WHERE session_id = 'newsletter-november'") == [(1, 1, 1, 0)]


def test_the_calls_of_a_coding_agent_find_together(relayed: Project) -> None:
    asked = (
        "SELECT startsWith(session_id, 'run-'), count() FROM calls WHERE model LIKE 'gpt-5-mini%' GROUP BY session_id"
    )
    wait_until(lambda: relayed.sql(asked) == [(1, 7)], 30, "one run of 7 calls")


def test_what_the_demo_misses_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    assert missing() == []
    monkeypatch.setitem(sys.modules, "openai", None)
    assert missing() == ["openai"]


def test_the_way_to_another_link_is_that_of_the_folder_whatever_it_is_called() -> None:
    assert shlex.split(login_command(Settings(data="my demo"))) == ["headwater", "login", "--data", "my demo"]
