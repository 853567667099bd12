"""Anthropic's Messages."""

from typing import Any

import pytest

from headwater.event import Message, Reasoning, Text, ToolCall, ToolCallResponse, Unknown
from headwater.provider import Answered
from tests.rooms.provider.recordings import RECORDED, load, named, read_chunks, read_events

MESSAGES = named("anthropic.messages")
MOCK = RECORDED / "mock" / "anthropic.messages"


def _recorded(name: str) -> Answered:
    return read_chunks(MESSAGES, [(RECORDED / "anthropic_python" / f"anthropic_{name}.sse").read_bytes()])


def _start(**message: Any) -> dict[str, Any]:
    usage = {"input_tokens": 24, "cache_read_input_tokens": 1900, "output_tokens": 1}
    return {
        "type": "message_start",
        "message": {"id": "m", "model": "claude", "content": [], "usage": usage, **message},
    }


def test_the_system_prompt_opens_the_input():
    asked = MESSAGES.request(load(MOCK / "text" / "request.json"))
    assert asked.messages[0] == Message(role="system", parts=(Text(content="Be brief."),))
    assert (asked.user, asked.parameters) == ("ann", {"max_tokens": 100})


def test_a_system_prompt_in_blocks_is_one_message():
    blocks = [{"type": "text", "text": "a", "cache_control": {"type": "ephemeral"}}, {"type": "text", "text": "b"}]
    (system,) = MESSAGES.request({"system": blocks}).messages
    assert system == Message(role="system", parts=(Text(content="a"), Text(content="b")))


@pytest.mark.parametrize(
    "user", ["user_1_account_2_session_s1", '{"device_id": "d", "session_id": "s1"}'], ids=["words", "json"]
)
def test_a_session_within_the_users_id_is_found(user: str):
    asked = MESSAGES.request({"metadata": {"user_id": user}})
    assert (asked.user, asked.session_id) == (user, "s1")


def test_calls_thoughts_and_results_keep_their_places():
    answered = _recorded("stream-a-toolrefusal")
    call, result, text = answered.messages[0].parts
    assert call == ToolCall(
        name="web_search", id="srvtoolu_fixture_a_0001", arguments={"query": "solar eclipse viewing safety news 2026"}
    )
    assert isinstance(result, ToolCallResponse)
    assert result.id == "srvtoolu_fixture_a_0001"
    assert text == Text(content="Here's a summary of this year's solar eclipses and how")


def test_input_usage_is_what_the_cache_left():
    usage = MESSAGES.response(load(MOCK / "thinking" / "response.json")).usage
    assert usage is not None
    assert (usage.input, usage.cache_read, usage.cache_write_5m, usage.output) == (24, 1900, 100, 67)
    assert (usage.input_tokens, usage.reasoning) == (2024, 60)


def test_the_closing_usage_overlays_the_opening_one():
    """It may hold the output only; null says nothing."""
    closing = {"type": "message_delta", "delta": {}, "usage": {"output_tokens": 7, "cache_read_input_tokens": None}}
    usage = read_events(MESSAGES, [_start(), closing]).usage
    assert usage is not None
    assert (usage.input, usage.cache_read, usage.output, usage.estimated) == (24, 1900, 7, False)


def test_a_cut_stream_has_the_text_and_an_estimated_usage():
    answered = read_chunks(MESSAGES, [(MOCK / "cut-mid" / "stream.sse").read_bytes()])
    assert answered.messages == (Message(role="assistant", parts=(Text(content="The capital "),)),)
    assert answered.usage is not None
    assert (answered.usage.input_tokens, answered.usage.estimated) == (2024, True)
    assert (answered.is_complete, answered.finish_reasons) == (False, ())


def test_an_error_inside_a_stream_keeps_the_text_before_it():
    answered = read_chunks(MESSAGES, [(MOCK / "err-mid" / "stream.sse").read_bytes()])
    assert answered.messages[0].parts == (Text(content="The capital "),)
    assert answered.failure is not None
    assert answered.failure.type == "overloaded_error"


def test_arguments_that_never_became_json_stay_text():
    call = _recorded("incomplete_partial_json_response").messages[0].parts[1]
    assert isinstance(call, ToolCall)
    assert isinstance(call.arguments, str)
    assert call.arguments.startswith('{"filename": "taxes.txt"')


def test_a_tool_without_arguments_has_empty_ones():
    block: dict[str, Any] = {"type": "tool_use", "id": "t", "name": "now", "input": {}}
    delta = {"type": "input_json_delta", "partial_json": ""}
    events: list[dict[str, Any]] = [
        _start(),
        {"type": "content_block_start", "index": 0, "content_block": block},
        {"type": "content_block_delta", "index": 0, "delta": delta},
    ]
    assert read_events(MESSAGES, events).messages[0].parts == (ToolCall(name="now", id="t", arguments={}),)


def test_the_model_that_took_over_is_the_one_that_answered():
    answered = _recorded("fallback_response")
    assert answered.model == "claude-sonnet-4-5"
    assert isinstance(answered.messages[0].parts[0], Unknown)


def test_a_refusal_is_the_reason_to_stop():
    assert _recorded("refusal_response").finish_reasons == ("refusal",)
    assert _recorded("stream-a-refusal").messages[0].parts[0] == Reasoning(
        content="Simple educational question about what a solar eclipse is. This is benign general knowledge — "
        'definitions are fine. Also the user called me "claudius" — I\'m Claude. Minor correction or just roll with it '
        "politely."
    )


def test_a_compaction_is_kept_whole():
    part = _recorded("compaction_response").messages[0].parts[0]
    assert isinstance(part, Unknown)
    assert part.raw["content"] == "Earlier conversation summarized."


def test_a_fast_service_is_a_tier():
    body = {"usage": {"input_tokens": 1, "output_tokens": 1, "service_tier": "standard", "speed": "fast"}}
    assert MESSAGES.response(body).service_tier == "fast"


def test_content_begins_with_text_thought_or_a_call():
    reader = MESSAGES.reader()
    call = {"type": "content_block_start", "index": 1, "content_block": {"type": "tool_use", "name": "f"}}
    thought = {"type": "content_block_delta", "index": 0, "delta": {"type": "thinking_delta", "thinking": "a"}}
    signed = {"type": "content_block_delta", "index": 0, "delta": {"type": "signature_delta", "signature": "x"}}
    events = [_start(), {"type": "ping"}, signed, thought, call, {"type": "message_stop"}]
    assert [reader.feed(event) for event in events] == [False, False, False, True, True, False]


def test_citations_are_put_together():
    """They have no place in a message, but must not disturb the text that they belong to."""
    events = [
        _start(),
        {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
        {"type": "content_block_delta", "index": 0, "delta": {"type": "citations_delta", "citation": {"title": "x"}}},
        {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "a"}},
    ]
    assert read_events(MESSAGES, events).messages[0].parts == (Text(content="a"),)


def test_a_count_of_tokens_is_no_usage():
    answered = named("anthropic.count_tokens").response({"input_tokens": 24})
    assert (answered.usage, answered.is_complete) == (None, True)
