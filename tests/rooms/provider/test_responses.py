"""Responses: items and their deltas."""

from typing import Any

import pytest

from headwater.event import Blob, Message, Reasoning, Text, ToolCall, ToolCallResponse, Unknown
from tests.rooms.provider.recordings import RECORDED, load, named, read_chunks, read_events

RESPONSES = named("openai.responses")
MOCK = RECORDED / "mock" / "openai.responses"


def _delta(kind: str, delta: str, **beside: Any) -> dict[str, Any]:
    return {"type": f"response.{kind}.delta", "output_index": 0, "content_index": 0, "delta": delta, **beside}


def test_instructions_open_the_input():
    asked = RESPONSES.request(load(MOCK / "text" / "request.json"))
    assert [message.role for message in asked.messages] == ["system", "user"]
    assert asked.parameters == {"max_tokens": 99}
    assert asked.user == "ann"


def test_settings_that_are_objects_are_read_too():
    told = {"reasoning": {"effort": "low"}, "previous_response_id": "r", "text": {"format": {"type": "json_schema"}}}
    asked = RESPONSES.request({**told, "conversation": {"id": "conv_1"}, "prompt": {"id": "p", "version": "2"}})
    assert asked.parameters["reasoning.level"] == "low"
    assert asked.parameters["previous_response.id"] == "r"
    assert asked.parameters["output.type"] == "json"
    assert asked.parameters["prompt"] == {"id": "p", "version": "2"}
    assert asked.session_id == "conv_1"


def test_a_history_of_items_becomes_messages():
    items = [
        {"role": "user", "content": "Weather?"},
        {"type": "reasoning", "id": "rs", "summary": [{"type": "summary_text", "text": "hm"}]},
        {"type": "function_call", "call_id": "c", "name": "f", "arguments": '{"a": 1}'},
        {"type": "function_call_output", "call_id": "c", "output": "sunny"},
        {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "Thanks"}]},
    ]
    assert RESPONSES.request({"input": items}).messages == (
        Message(role="user", parts=(Text(content="Weather?"),)),
        Message(role="assistant", parts=(Reasoning(content="hm"), ToolCall(name="f", id="c", arguments={"a": 1}))),
        Message(role="tool", parts=(ToolCallResponse(id="c", response="sunny"),)),
        Message(role="user", parts=(Text(content="Thanks"),)),
    )


def test_an_answer_is_one_message_whatever_items_it_has():
    answered = RESPONSES.response(load(MOCK / "reasoning" / "response.json"))
    assert answered.messages == (
        Message(
            role="assistant",
            parts=(Reasoning(content="Recalling geography."), Text(content="The capital of France is Paris.")),
        ),
    )
    assert answered.finish_reasons == ("stop",)


def test_an_answer_that_ends_in_calls_says_so():
    assert RESPONSES.response(load(MOCK / "tool" / "response.json")).finish_reasons == ("tool_calls",)


def test_an_incomplete_answer_tells_why():
    body: dict[str, Any] = {"status": "incomplete", "incomplete_details": {"reason": "max_output_tokens"}, "output": []}
    answered = RESPONSES.response(body)
    assert (answered.finish_reasons, answered.is_complete) == (("max_output_tokens",), True)


@pytest.mark.parametrize(("case", "fails"), [("err-mid", True), ("cut-mid", False)])
def test_a_stream_that_breaks_keeps_what_came(case: str, fails: bool):
    answered = read_chunks(RESPONSES, [(MOCK / case / "stream.sse").read_bytes()])
    assert answered.messages == (Message(role="assistant", parts=(Text(content="The capital "),)),)
    assert (answered.failure is not None) is fails
    assert not answered.is_complete


def test_a_stream_that_is_joined_late_still_has_its_text():
    events = [_delta("output_text", "a"), _delta("output_text", "b"), _delta("output_text", "c", content_index=1)]
    assert read_events(RESPONSES, events).messages == (
        Message(role="assistant", parts=(Text(content="ab"), Text(content="c"))),
    )


def test_summaries_and_arguments_come_in_pieces():
    events = [
        _delta("reasoning_summary_text", "hm", summary_index=0),
        {"type": "response.output_item.added", "output_index": 1, "item": {"type": "function_call", "name": "f"}},
        _delta("function_call_arguments", '{"a":', output_index=1),
        _delta("function_call_arguments", "1}", output_index=1),
    ]
    parts = (Reasoning(content="hm"), ToolCall(name="f", arguments={"a": 1}))
    assert read_events(RESPONSES, events).messages == (Message(role="assistant", parts=parts),)


def test_content_begins_with_a_delta_or_a_call():
    reader = RESPONSES.reader()
    call = {"type": "response.output_item.added", "item": {"type": "function_call", "name": "f"}}
    empty: dict[str, Any] = {"type": "response.output_item.added", "item": {"type": "message", "content": []}}
    events: list[dict[str, Any]] = [
        {"type": "response.created", "response": {}},
        empty,
        _delta("output_text", ""),
        call,
    ]
    assert [reader.feed(event) for event in events] == [False, False, False, True]
    assert reader.feed(_delta("output_text", "a"))


def test_an_error_event_is_the_failure():
    answered = read_events(RESPONSES, [{"type": "error", "code": "rate_limit_exceeded", "message": "slow down"}])
    assert answered.failure is not None
    assert (answered.failure.type, answered.failure.message) == ("rate_limit_exceeded", "slow down")


def test_items_of_the_vendors_own_tools_are_kept():
    search = {"type": "web_search_call", "id": "ws", "action": {"query": "x"}}
    picture = {"type": "image_generation_call", "id": "ig", "result": "QUJD", "output_format": "png"}
    remote = {"type": "mcp_call", "id": "m", "name": "f", "arguments": "{}", "output": "done"}
    (message,) = RESPONSES.response({"output": [search, picture, remote]}).messages
    assert message.parts == (
        Unknown(generic_type="web_search_call", raw=search),
        Blob(modality="image", content="QUJD", mime_type="image/png"),
        ToolCall(name="f", id="m", arguments={}),
        ToolCallResponse(id="m", response="done"),
    )


def test_a_count_of_tokens_is_no_usage():
    answered = named("openai.input_tokens").response({"input_tokens": 24, "object": "response.input_tokens"})
    assert answered.usage is None
    assert answered.messages[0].parts[0] == Unknown(
        generic_type="token_count", raw={"input_tokens": 24, "object": "response.input_tokens"}
    )
