"""Errors, in every shape that they come in."""

from typing import Any

import pytest

from headwater.event import Failure
from headwater.provider import failure_from
from tests.rooms.provider.recordings import RECORDED, load, named


@pytest.mark.parametrize(
    ("status", "body", "kind", "message"),
    [
        (
            401,
            {"error": {"message": "no", "type": "invalid_request_error", "code": "invalid_api_key"}},
            "invalid_api_key",
            "no",
        ),
        (500, {"error": {"message": "oops", "type": "server_error", "code": None}}, "server_error", "oops"),
        (429, {"error": {"message": "slow", "code": 429}}, "429", "slow"),
        (529, {"type": "error", "error": {"type": "overloaded_error", "message": "busy"}}, "overloaded_error", "busy"),
        (429, {"error": {"code": 429, "message": "q", "status": "RESOURCE_EXHAUSTED"}}, "RESOURCE_EXHAUSTED", "q"),
        (429, [{"error": {"code": 429, "message": "q", "status": "X"}}], "X", "q"),
        (422, {"object": "error", "message": "bad", "type": "invalid_request", "code": "3"}, "3", "bad"),
        (422, {"detail": [{"loc": ["body"]}]}, "422", '[{"loc":["body"]}]'),
        (502, {"error": "bad gateway"}, "502", "bad gateway"),
        (502, "<html>bad gateway</html>", "502", "<html>bad gateway</html>"),
        (422, {"detail": {"a": [1]}}, "422", '{"a":[1]}'),
        (500, None, "500", ""),
        (500, [], "500", ""),
        (None, {}, "error", ""),
    ],
)
def test_an_error_says_what_it_is(status: int | None, body: Any, kind: str, message: str):
    assert failure_from(status, body) == Failure(type=kind, message=message, http_status=status)


@pytest.mark.parametrize(
    ("name", "kind"), [("openai.chat", "rate_limit_exceeded"), ("anthropic.messages", "rate_limit_error")]
)
def test_a_recorded_error_is_read_by_its_dialect(name: str, kind: str):
    body = load(RECORDED / "mock" / name / "err-429" / "response.json")
    assert named(name).failure(429, body) == Failure(type=kind, message="mock error 429", http_status=429)


def test_an_error_in_an_answer_of_status_200_is_kept():
    answered = named("openai.chat").response({"error": {"message": "no", "code": "x"}})
    assert answered.failure == Failure(type="x", message="no")
    assert not answered.is_complete
