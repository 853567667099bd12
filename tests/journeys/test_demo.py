"""The demo's program, observed by the SDK in a process of its own: what a server then knows of it."""

import sys

import pytest

from headwater.cli.demo_live import live, missing
from headwater.simulator import Behaviour
from tests.journeys.projects import Project, make_project
from tests.serving import Server, wait_until


@pytest.fixture(scope="module")
def lived(server: Server) -> Project:
    """A project with all that the program did; each answer of the provider is a call of it."""
    project = make_project(server, "lumen")
    answered = live(server.base_url, project.key, Behaviour()).answered
    found = "SELECT countIf(status != 'error' AND input_tokens > 0 AND cost_usd > 0) FROM calls"
    wait_until(lambda: project.sql(found) == [(answered,)], 60, f"{answered} calls")
    # A step is told when it ends, and the outermost ends last.
    wait_until(lambda: project.sql("SELECT count() FROM spans WHERE name = 'question'") == [(8,)], 60, "8 questions")
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
    failed = lived.sql("SELECT session_id, kind, error_type FROM spans WHERE status = 'error' ORDER BY 1")
    assert failed == [("chat-aiko-1", "tool", "TimeoutError"), ("chat-tomas-1", "call", "overloaded_error")]


def test_streams_cached_prompts_and_thinking_are_counted(lived: Project) -> None:
    assert lived.sql("SELECT count() > 8, min(ttft_ms) > 0 FROM calls WHERE is_stream AND status != 'error'") == [
        (1, 1)
    ]
    wrote_and_read = "SELECT sum(cache_write_tokens) > 1024, sum(cache_read_tokens) > 1024 FROM calls"
    assert lived.sql(f"{wrote_and_read} WHERE model LIKE 'claude-haiku%'") == [(1, 1)]
    thought = "SELECT DISTINCT request_model FROM calls WHERE reasoning_tokens > 0 ORDER BY 1"
    assert lived.sql(thought) == [("claude-sonnet-5",), ("gpt-5.4-mini",)]


def test_what_the_demo_misses_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    assert missing() == []
    monkeypatch.setitem(sys.modules, "openai", None)
    assert missing() == ["openai"]
