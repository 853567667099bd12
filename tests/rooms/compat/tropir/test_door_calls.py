"""Steps that tell of a call of a model."""

from typing import Any

import pytest

from headwater.event import Call, Failure, Message, Text, Usage
from tests.rooms.compat.tropir.told import CHAT_REQUEST, CHAT_RESPONSE, CLAUDE_RESPONSE, LLM_CALL, NOON_NS, read_step


def _call_of(**fields: Any) -> Call:
    span = read_step(**fields)
    assert span.kind == "call"
    assert span.call is not None
    assert span.output is None
    return span.call


def _said(role: str, text: str, finish_reason: str | None = None) -> Message:
    return Message(role=role, parts=(Text(content=text),), finish_reason=finish_reason)


def test_a_named_call_has_its_prompts_in_order_its_model_and_its_times():
    span = read_step(step_name="llm_call_answer_a1b2c3d4", metadata=LLM_CALL, session_name="run")
    wanted = Call(request_model="gpt-4o", input=(_said("system", "Be kind"), _said("user", "Answer: why?")))
    assert (span.name, span.kind, span.call, span.status) == ("answer", "call", wanted, "unset")
    assert (span.start_ns, span.end_ns) == (NOON_NS - 1_500_000_000, NOON_NS)
    assert span.metadata == {"team": "search", "step_name": "llm_call_answer_a1b2c3d4", "session.name": "run"}
    assert span.attributes == {
        f"tropir.{name}": value for name, value in LLM_CALL.items() if name not in ("metadata", "error")
    }


def test_a_named_call_that_failed_says_why():
    span = read_step(step_name="llm_call_answer_a1b2c3d4", metadata=LLM_CALL | {"error": "rate limit"})
    assert (span.status, span.failure) == ("error", Failure(type="error", message="rate limit"))


def test_a_named_call_that_is_sent_again_is_one():
    told: dict[str, Any] = {"step_name": "llm_call_answer_a1b2c3d4", "metadata": LLM_CALL}
    assert read_step(**told).span_id == read_step(NOON_NS + 10**9, **told).span_id


def test_a_step_of_the_programs_own_with_such_a_name_stays_a_step():
    span = read_step(step_name="llm_call_of_mine", metadata={"call_id": "c-1", "note": "mine"})
    assert (span.kind, span.name, span.output) == ("span", "llm_call_of_mine", {"call_id": "c-1", "note": "mine"})


def test_a_request_and_its_response_in_a_step_are_a_call_with_usage():
    span = read_step(
        step_name="ask", metadata={"request": CHAT_REQUEST, "response": CHAT_RESPONSE, "duration_ms": 250, "try": 2}
    )
    assert span.call == Call(
        provider="openai",
        request_model="gpt-4o-mini",
        response_model="gpt-4o-mini-2024-07-18",
        response_id="chatcmpl-1",
        input=(_said("user", "hi"),),
        output=(_said("assistant", "Hello!", "stop"),),
        parameters={"temperature": 0.2},
        finish_reasons=("stop",),
        usage=Usage(input=6, cache_read=4, output=3, reported=CHAT_RESPONSE["usage"]),
    )
    assert (span.name, span.end_ns - span.start_ns) == ("ask", 250_000_000)
    assert span.attributes == {"tropir.duration_ms": 250, "tropir.try": 2}


@pytest.mark.parametrize("key", ["response", "llm_response", "completion", "output", "result"])
def test_a_response_of_anthropic_is_found_under_the_names_that_programs_use(key: str):
    call = _call_of(metadata={key: CLAUDE_RESPONSE, "prompt_id": "p"})
    assert (call.provider, call.response_id, call.output[0].parts) == ("anthropic", "msg_1", (Text(content="Hello!"),))
    assert call.usage is not None
    assert (call.usage.input, call.usage.output) == (10, 3)


def test_a_bare_response_is_a_call():
    assert _call_of(metadata=CHAT_RESPONSE).response_id == "chatcmpl-1"


def test_a_response_that_was_logged_as_text_is_read_as_well():
    text = '{"object": "chat.completion", "model": "m", "choices": [{"message": {"content": "yes"}}]}'
    assert _call_of(metadata={"response": text}).output == (_said("assistant", "yes"),)


def test_a_request_with_the_answer_as_text_beside_it_is_a_call():
    call = _call_of(metadata={**CHAT_REQUEST, "response": "Hello!"})
    assert (call.input, call.output) == ((_said("user", "hi"),), (_said("assistant", "Hello!"),))
    assert call.parameters == {"temperature": 0.2}


@pytest.mark.parametrize(
    "data",
    [
        {"model": "resnet", "input": "image.png"},
        {"messages": ["a", "b"], "model": "m"},
        {"messages": [{"role": "user", "content": "hi"}]},
        {"response": {"answer": 42}},
        {"request": {"url": "https://example.com"}, "response": "200 OK"},
        {"usage": {"cpu": 3}},
        {"choices": ["red", "blue"], "model": "T"},
        {"output": "text", "model": "gpt-4o"},
    ],
)
def test_what_only_resembles_a_call_stays_a_step(data: dict[str, Any]):
    span = read_step(metadata=data)
    assert (span.kind, span.output) == ("span", data)
