"""The product's routes on a running server: what is answered, and what is stored."""

import asyncio
from pathlib import Path
from typing import Any

import msgspec
import pytest

import headwater
from headwater.compat.huggingplace_sdk import HuggingPlace
from tests.journeys.projects import Project
from tests.rooms.compat.huggingplace_sdk.reading import OLDER, STEP, TRACE, trace
from tests.serving import Answer, Server, wait_until

LOG, STEP_PATH = "/v2/chatgpt/store_generated_response", "/v2/chatgpt/store_step"
TRACES, BATCH = "/api/traces", "/api/traces/batch"
_RECORDED = Path(__file__).parents[3] / "real_clients" / "recorded" / "huggingplace-64914ae.json"


def post(project: Project, path: str, body: Any, key: str = "") -> Answer:
    encoded = body if isinstance(body, bytes) else msgspec.json.encode(body)
    headers = {"content-type": "application/json", "authorization": f"Bearer {key or project.key}"}
    return project.server.request("POST", path, encoded, headers)


def test_each_route_answers_with_what_the_clients_take_for_success(project: Project):
    posts = ((LOG, OLDER), (STEP_PATH, STEP), (TRACES, trace()), (BATCH, [trace()]))
    answers = [post(project, path, body) for path, body in posts]
    assert [answer.status for answer in answers] == [200, 200, 201, 201]
    assert [answer.headers["content-type"] for answer in answers] == ["application/json"] * 4
    assert [answer.json()["message"] for answer in answers] == ["stored"] * 4
    assert (answers[2].json()["traceId"], answers[3].json()["count"]) == (TRACE, 1)


def test_a_bad_item_of_a_batch_is_counted_and_the_rest_is_kept(project: Project):
    answer = post(project, BATCH, [trace(), 5, {}])
    assert (answer.status, answer.json()["count"], answer.json()["rejected"]) == (201, 1, 2)
    assert post(project, BATCH, []).json()["count"] == 0
    project.await_spans(1)


@pytest.mark.parametrize(
    ("path", "body"),
    [
        (LOG, b"{"),
        (LOG, []),
        (LOG, b""),
        (STEP_PATH, "x"),
        (TRACES, {}),
        (TRACES, [trace()]),
        (BATCH, {}),
        (BATCH, [5]),
    ],
)
def test_what_cannot_be_read_is_the_senders_fault_and_says_why(project: Project, path: str, body: Any):
    answer = post(project, path, body)
    assert answer.status == 400
    assert answer.json()["message"]


def test_an_unknown_key_is_refused_in_the_clients_words(project: Project):
    answer = post(project, LOG, OLDER, key="unknown")
    assert answer.status == 401
    assert "headwater keys" in answer.json()["message"]


def test_health_is_json_and_needs_no_key(server: Server):
    answer = server.request("GET", "/health", headers={})
    assert (answer.status, answer.json()["status"]) == (200, "ok")


def test_what_the_client_once_sent_is_stored_field_by_field(project: Project):
    exchanges = msgspec.json.decode(_RECORDED.read_bytes())
    assert {post(project, each["path"], each["body"].encode()).status for each in exchanges} == {200}
    project.await_spans(len(STORED))
    columns = "name, kind, session_id, user_id, request_model, input_tokens, output_tokens, duration_ms, input_preview"
    rows = project.sql(f"SELECT {columns}, output_preview FROM spans")
    assert sorted(rows, key=_by_name) == sorted(STORED, key=_by_name)
    assert project.sql("SELECT DISTINCT environment, source FROM spans") == [("prod", "huggingplace")]


_ASKED, _ANSWERED = "What's the weather like?", "Sunny \u2600"
STORED = [
    ("interaction", "chain", "session-456", "user-123", "", None, None, 2500.0, _ASKED, _ANSWERED),
    ("x", "span", "session-456", "user-123", "", None, None, 0.0, "", ""),
    ("chat gpt-4o", "call", "session-456", "user-123", "gpt-4o", None, None, 2500.0, _ASKED, _ANSWERED),
    ("interaction", "chain", "", "", "", None, None, 1500.0, "q", "r"),
    ("sql_generation", "call", "", "", "gpt-4o", 50, 100, 1500.0, "q", "r"),
    ("chat", "call", "conversation-123", "", "", None, None, 0.0, "p", "r"),
    ("interaction", "chain", "", "", "", None, None, 0.0, "q", "r"),
    ("t", "span", "", "", "", None, None, 0.0, "q", "r"),
    ("chat", "call", "s", "", "", None, None, 0.000954, "p", "generated"),
]


def _by_name(row: tuple[Any, ...]) -> tuple[Any, ...]:
    return row[0], row[2], row[7]


def test_both_sides_tell_the_same_of_an_interaction(project: Project):
    """What is posted by an old client, and what the same program tells with our package."""
    body = {**OLDER, "step_data": [STEP], "message_id": None}
    assert post(project, LOG, {**body, "session_id": "posted"}).status == 200
    ours = HuggingPlace(api_key=project.key, org_id="org-1", base_url=project.server.base_url)
    asyncio.run(ours.log({**body, "session_id": "told"}))
    headwater.shutdown()
    project.await_spans(4)
    columns = "name, kind, status, user_id, environment, metadata, input_tokens, output_tokens, input_preview"
    posted, told = (
        project.sql(f"SELECT {columns}, output_preview FROM spans WHERE session_id = '{each}' ORDER BY name")
        for each in ("posted", "told")
    )
    assert len(posted) == 2
    assert posted == told


def test_a_connection_is_tried_without_a_trace_of_it(project: Project):
    good = HuggingPlace(api_key=project.key, org_id="o", base_url=project.server.base_url, timeout=20_000)
    assert asyncio.run(good.test_connection())
    good.update_config({"api_key": "unknown"})
    assert not asyncio.run(good.test_connection())
    headwater.shutdown()
    wait_until(lambda: project.server.await_loaded() or True)
    assert project.sql("SELECT count() FROM spans") == [(0,)]


def test_a_call_that_is_seen_within_a_timed_answer_counts_once(project: Project):
    """A client that is instrumented and an answer that is logged are one call."""
    ours = HuggingPlace(api_key=project.key, org_id="o", base_url=project.server.base_url)

    async def answer() -> str:
        headwater.log(model="gpt-4o", usage={"input_tokens": 5, "output_tokens": 7}, output="hi", response_id="r-1")
        return "hi"

    assert asyncio.run(ours.log_with_timing("hello", answer, {"llm_model": "gpt-4o"})) == "hi"
    headwater.shutdown()
    project.await_spans(2)
    calls = "SELECT count(), sum(input_tokens), sum(output_tokens) FROM calls"
    wait_until(lambda: project.sql(calls) == [(1, 5, 7)], what="one call")
