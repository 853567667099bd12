"""A session that a program names in a header of a request, and the gate before it."""

from collections.abc import Generator
from typing import Any

import openai
import pytest

import headwater
from headwater.sdk.instrument import sessions_from_headers
from tests.rooms.sdk.instrument.asking import ask, only_span
from tests.versions.recording import Recording


@pytest.fixture(autouse=True)
def own_header(outbox: Recording) -> Generator[None]:
    """Calls are recorded, and `X-Session` names a session."""
    headwater.instrument()
    sessions_from_headers(["X-Session"])
    yield
    sessions_from_headers(())


def test_a_header_names_the_session(gpt: openai.OpenAI, outbox: Recording):
    given = {"x-SESSION": "s-1"}
    ask(gpt, extra_headers=given)
    assert only_span(outbox).session_id == "s-1"
    assert given == {"x-SESSION": "s-1"}


def test_without_the_header_the_session_is_the_one_around(gpt: openai.OpenAI, outbox: Recording):
    with headwater.session("around"):
        ask(gpt, extra_headers={"x-other": "1"})
    assert only_span(outbox).session_id == "around"


def test_what_is_no_text_names_nothing(gpt: openai.OpenAI, outbox: Recording):
    odd: Any = {"X-Session": openai.omit}
    ask(gpt, extra_headers=odd)
    assert only_span(outbox).session_id == ""


def test_the_gate_is_told_the_session_and_its_error_is_the_programs(gpt: openai.OpenAI, outbox: Recording):
    asked: list[str] = []

    def gate(session_id: str) -> None:
        asked.append(session_id)
        if session_id == "closed":
            raise PermissionError("not this one")

    sessions_from_headers(["X-Session"], gate)
    ask(gpt)
    ask(gpt, extra_headers={"X-Session": "open"})
    with pytest.raises(PermissionError, match="not this one"):
        ask(gpt, extra_headers={"X-Session": "closed"})
    assert asked == ["open", "closed"]
    assert [span.status for span in outbox.spans()] == ["unset", "unset", "error"]


def test_one_vendor_alone_can_be_recorded(gpt: openai.OpenAI, outbox: Recording):
    headwater.uninstrument()
    headwater.instrument("anthropic")
    ask(gpt)
    assert outbox.spans() == []
    headwater.instrument("openai")
    ask(gpt)
    assert len(outbox.spans()) == 1
