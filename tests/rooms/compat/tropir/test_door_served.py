"""Tropir's routes on a running server: what is answered, and what is in the store then."""

import msgspec
import pytest

from tests.journeys.projects import Project
from tests.rooms.compat.tropir.told import CHAT_REQUEST, CHAT_RESPONSE, LLM_CALL, SESSION
from tests.serving import Answer

_PATH = "/api/v1/metadata"


def _post(project: Project, body: bytes, **headers: str) -> Answer:
    sent = {"content-type": "application/json", "x-tropir-api-key": project.key}
    sent |= {name.replace("_", "-"): value for name, value in headers.items()}
    return project.server.request("POST", _PATH, body, sent)


def test_a_step_is_taken_with_an_empty_object_and_is_in_the_store(project: Project):
    step = {"session_id": SESSION, "metadata": {"k": [1, None]}, "session_name": "checkout", "step_name": "retrieve"}
    answer = _post(project, msgspec.json.encode(step))
    assert (answer.status, answer.json()) == (200, {})
    project.await_spans(1)
    stored = project.sql("SELECT session_id, name, kind, source, metadata['session.name'], output FROM spans")
    assert stored == [(SESSION, "retrieve", "span", "tropir", "checkout", '[{"k":[1,null]}]')]


def test_a_session_shows_its_steps_in_the_order_in_which_they_came(project: Project):
    for name in "abcdef":
        assert _post(project, msgspec.json.encode({"session_id": "s", "step_name": name, "metadata": 1})).status == 200
    project.await_spans(6)
    assert [name for (name,) in project.sql("SELECT name FROM spans ORDER BY start_time")] == list("abcdef")


def test_a_logged_exchange_has_its_tokens_and_its_price(project: Project):
    step = {"session_id": "s", "metadata": {"request": CHAT_REQUEST, "response": CHAT_RESPONSE}}
    assert _post(project, msgspec.json.encode(step)).status == 200
    project.await_spans(1)
    columns = "provider, model, input_tokens, output_tokens, cost_usd > 0"
    stored = project.sql(f"SELECT {columns} FROM calls")
    assert stored == [("openai", "gpt-4o-mini-2024-07-18", 10, 3, 1)]


def test_a_call_that_is_posted_twice_is_stored_once(project: Project):
    body = msgspec.json.encode({"session_id": "s", "step_name": "llm_call_answer_a1b2c3d4", "metadata": LLM_CALL})
    assert [_post(project, body).status for _ in range(2)] == [200, 200]
    assert _post(project, msgspec.json.encode({"session_id": "s", "metadata": "last"})).status == 200
    project.await_spans(2)
    project.server.await_loaded()
    assert project.sql("SELECT count() FROM spans WHERE kind = 'call'") == [(1,)]


def test_a_body_that_is_packed_is_taken(project: Project):
    import gzip

    body = gzip.compress(msgspec.json.encode({"session_id": "packed", "metadata": 1}))
    assert _post(project, body, content_encoding="gzip").status == 200
    project.await_spans(1)
    assert project.sql("SELECT session_id FROM spans") == [("packed",)]


@pytest.mark.parametrize("body", [b"", b"{", b"[1]", b'"text"'])
def test_a_body_that_is_no_object_is_refused_in_an_object_with_an_error(project: Project, body: bytes):
    answer = _post(project, body)
    assert answer.status == 400
    assert list(answer.json()) == ["error"]
    assert "body" in answer.json()["error"]


@pytest.mark.parametrize("headers", [{}, {"x-tropir-api-key": "nobody's"}])
def test_without_a_key_of_ours_nothing_is_taken(project: Project, headers: dict[str, str]):
    answer = project.server.request("POST", _PATH, b'{"session_id": "s", "metadata": 1}', headers)
    assert answer.status == 401
    assert "key" in answer.json()["error"]


def test_there_is_no_optimized_prompt_and_the_answer_says_so(project: Project):
    headers = {"x-tropir-api-key": project.key}
    answer = project.server.request("GET", "/api/v1/prompts/optimized/sys%20one?session_id=s", headers=headers)
    assert (answer.status, answer.json()) == (
        404,
        {"error": "there is no optimized prompt 'sys one': the program's own one stands"},
    )
