"""Messages, whoever wrote them down."""

from typing import Any

import pytest
from hypothesis import given

from headwater.event import (
    Message,
    Reasoning,
    Text,
    ToolCall,
    ToolCallResponse,
    Unknown,
    searchable_text,
)
from headwater.provider import message_from, messages_from, parts_from
from tests.rooms.provider.recordings import json_values

_ARGS = {"city": "Paris"}
_CALL = ToolCall(name="weather", id="c1", arguments=_ARGS)
_ANSWER = ToolCallResponse(id="c1", response="sunny")


@pytest.mark.parametrize(
    "value",
    [
        {"role": "assistant", "parts": [{"type": "tool_call", "id": "c1", "name": "weather", "arguments": _ARGS}]},
        {
            "role": "assistant",
            "parts": [{"type": "tool_call", "id": "c1", "name": "weather", "arguments": '{"city": "Paris"}'}],
        },
        {
            "role": "assistant",
            "content": None,
            "tool_calls": [
                {"id": "c1", "type": "function", "function": {"name": "weather", "arguments": '{"city":"Paris"}'}}
            ],
        },
        {"role": "assistant", "content": [{"type": "tool_use", "id": "c1", "name": "weather", "input": _ARGS}]},
        {
            "role": "assistant",
            "content": [{"type": "tool-call", "toolCallId": "c1", "toolName": "weather", "input": _ARGS}],
        },
        {
            "role": "assistant",
            "content": [{"type": "tool-call", "toolCallId": "c1", "toolName": "weather", "args": _ARGS}],
        },
        {"type": "function_call", "id": "fc", "call_id": "c1", "name": "weather", "arguments": '{"city":"Paris"}'},
        {
            "type": "ai",
            "content": "",
            "tool_calls": [{"name": "weather", "args": _ARGS, "id": "c1", "type": "tool_call"}],
        },
        {
            "lc": 1,
            "type": "constructor",
            "id": ["langchain", "AIMessage"],
            "kwargs": {"content": "", "tool_calls": [{"name": "weather", "args": _ARGS, "id": "c1"}]},
        },
        {"role": "model", "parts": [{"functionCall": {"id": "c1", "name": "weather", "args": _ARGS}}]},
        {"role": "assistant", "content": [{"toolUse": {"toolUseId": "c1", "name": "weather", "input": _ARGS}}]},
        {"toolCallId": "c1", "toolName": "weather", "input": '{"city": "Paris"}'},
    ],
    ids=[
        "otel",
        "otel text",
        "openai",
        "anthropic",
        "vercel",
        "vercel 4",
        "responses",
        "langchain",
        "langchain lc",
        "gemini",
        "bedrock",
        "vercel bare",
    ],
)
def test_a_call_is_a_call_in_every_shape(value: dict[str, Any]):
    assert message_from(value) == Message(role="assistant", parts=(_CALL,))


@pytest.mark.parametrize(
    ("value", "role"),
    [
        ({"role": "tool", "parts": [{"type": "tool_call_response", "id": "c1", "response": "sunny"}]}, "tool"),
        (
            {
                "role": "user",
                "parts": [{"type": "tool_call_response", "id": "c1", "name": "weather", "result": "sunny"}],
            },
            "user",
        ),
        ({"role": "tool", "tool_call_id": "c1", "content": "sunny"}, "tool"),
        ({"role": "user", "content": [{"type": "tool_result", "tool_use_id": "c1", "content": "sunny"}]}, "user"),
        (
            {
                "role": "tool",
                "content": [{"type": "tool-result", "toolCallId": "c1", "toolName": "weather", "result": "sunny"}],
            },
            "tool",
        ),
        (
            {
                "role": "tool",
                "content": [{"type": "tool-result", "toolCallId": "c1", "output": {"type": "text", "value": "sunny"}}],
            },
            "tool",
        ),
        ({"type": "function_call_output", "call_id": "c1", "output": "sunny"}, "tool"),
        ({"type": "tool", "tool_call_id": "c1", "content": "sunny"}, "tool"),
        ({"role": "user", "content": [{"toolResult": {"toolUseId": "c1", "content": "sunny"}}]}, "user"),
    ],
    ids=["otel", "otel result", "openai", "anthropic", "vercel 4", "vercel 5", "responses", "langchain", "bedrock"],
)
def test_a_tools_answer_is_one_in_every_shape(value: dict[str, Any], role: str):
    assert message_from(value) == Message(role=role, parts=(_ANSWER,))


def test_a_text_is_a_message_of_the_role_that_the_caller_knows():
    assert message_from("a") == Message(role="user", parts=(Text(content="a"),))
    assert messages_from("a", "assistant") == (Message(role="assistant", parts=(Text(content="a"),)),)


def test_nothing_is_no_message():
    assert messages_from(None) == ()
    assert messages_from([]) == ()
    assert message_from({"role": "assistant", "content": None}) == Message(role="assistant")


def test_parts_of_one_message_keep_their_order():
    content: list[dict[str, Any]] = [
        {"type": "text", "text": "a"},
        {"type": "tool_use", "name": "f", "input": {}},
        {"type": "text", "text": "b"},
    ]
    parts = (Text(content="a"), ToolCall(name="f", arguments={}), Text(content="b"))
    assert message_from({"role": "assistant", "content": content}).parts == parts
    assert messages_from(content, "assistant") == (Message(role="assistant", parts=parts),)


@pytest.mark.parametrize(
    ("value", "role"),
    [
        ({"role": "human", "content": "a"}, "user"),
        ({"type": "human", "content": "a"}, "user"),
        ({"type": "human", "data": {"content": "a"}}, "user"),
        ({"type": "system", "content": "a"}, "system"),
        ({"lc": 1, "id": ["x", "SystemMessage"], "kwargs": {"content": "a"}}, "system"),
        ({"role": "model", "parts": [{"text": "a"}]}, "assistant"),
        ({"role": "developer", "content": "a"}, "developer"),
        ({"content": "a"}, "user"),
    ],
)
def test_a_role_is_one_of_ours_or_the_senders_own_word(value: dict[str, Any], role: str):
    assert message_from(value) == Message(role=role, parts=(Text(content="a"),))


def test_a_choice_tells_why_it_ended():
    choice = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "a"}}
    assert message_from(choice) == Message(role="assistant", parts=(Text(content="a"),), finish_reason="stop")
    assert message_from(
        {"candidates": None, "content": {"role": "model", "parts": [{"text": "a"}]}, "finishReason": "STOP"}
    ) == Message(role="assistant", parts=(Text(content="a"),), finish_reason="STOP")


def test_a_message_events_body_needs_no_role():
    """The older conventions give the role by the event's name, and a tool's answer its call's id as `id`."""
    assert message_from({"content": "sunny", "id": "c1"}, "tool") == Message(role="tool", parts=(_ANSWER,))
    assert message_from({"content": "Be brief."}, "system").role == "system"
    assert message_from(
        {"tool_calls": [{"id": "c1", "function": {"name": "weather", "arguments": _ARGS}}]}, "assistant"
    ) == Message(role="assistant", parts=(_CALL,))


def test_a_name_and_a_reason_to_stop_are_kept():
    told: dict[str, Any] = {"role": "assistant", "parts": [], "name": "ann", "finish_reason": "stop"}
    assert message_from(told) == Message(role="assistant", name="ann", finish_reason="stop")
    assert message_from({**told, "name": None, "finish_reason": 3}) == Message(role="assistant")


@pytest.mark.parametrize(
    ("holder", "roles"),
    [
        ({"messages": [{"role": "user", "content": "a"}], "tools": []}, ["user"]),
        ({"system": "s", "messages": [{"role": "user", "content": "a"}]}, ["system", "user"]),
        ({"system": "s", "prompt": "a"}, ["system", "user"]),
        ({"instructions": "s", "input": "a", "model": "m"}, ["system", "user"]),
        (
            {"systemInstruction": {"parts": [{"text": "s"}]}, "contents": [{"role": "user", "parts": [{"text": "a"}]}]},
            ["system", "user"],
        ),
        ({"choices": [{"message": {"role": "assistant", "content": "a"}}]}, ["assistant"]),
        (
            {"output": [{"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "a"}]}]},
            ["assistant"],
        ),
        ({"candidates": [{"content": {"role": "model", "parts": [{"text": "a"}]}}]}, ["assistant"]),
        ([[{"type": "system", "content": "s"}, {"type": "human", "content": "a"}]], ["system", "user"]),
    ],
)
def test_a_whole_request_or_answer_holds_its_messages(holder: Any, roles: list[str]):
    messages = messages_from(holder)
    assert [message.role for message in messages] == roles
    assert searchable_text(messages[-1]) == "a"


def test_messages_that_stand_alone_are_never_joined():
    user = {"type": "message", "role": "user", "content": "a"}
    assert len(messages_from([user, user])) == 2
    assert len(messages_from(["a", "b"])) == 2


def test_a_list_of_numbers_is_one_message():
    assert messages_from([1, 2]) == (Message(role="user", parts=(Unknown(generic_type="tokens", raw=[1, 2]),)),)


def test_what_is_neither_text_nor_object_is_kept():
    assert message_from(3) == Message(role="user", parts=(Unknown(generic_type="int", raw=3),))
    assert message_from({"a": 1}).parts == (Unknown(generic_type="", raw={"a": 1}),)


def test_depth_is_bounded():
    value: Any = "a"
    for _ in range(300):
        value = {"messages": [value], "message": value}
    assert isinstance(messages_from([value]), tuple)
    assert isinstance(message_from(value), Message)


@given(json_values())
def test_anything_is_some_message(value: Any):
    assert isinstance(message_from(value), Message)
    assert all(isinstance(message, Message) for message in messages_from(value, "assistant"))
    assert isinstance(parts_from(value), tuple)


def test_a_whole_message_may_tell_its_thought_in_details():
    """OpenRouter's; a summary stands in where the thought itself is hidden."""
    details = [{"type": "reasoning.summary", "summary": "a"}, {"type": "reasoning.text", "text": "b"}]
    message = message_from({"role": "assistant", "content": "yes", "reasoning_details": details})
    assert message.parts == (Reasoning(content="ab"), Text(content="yes"))


def test_the_older_function_call_of_a_whole_message_is_a_tool_call():
    told = {"role": "assistant", "content": None, "function_call": {"name": "weather", "arguments": '{"city":"Paris"}'}}
    assert message_from(told).parts == (ToolCall(name="weather", arguments=_ARGS),)


def test_a_hidden_thought_is_kept_whole():
    item: dict[str, Any] = {"type": "reasoning", "summary": [], "encrypted_content": "x"}
    assert message_from(item).parts == (Unknown(generic_type="reasoning", raw=item),)


def test_a_tools_parts_are_its_answer():
    told = {"role": "tool", "parts": [{"type": "text", "content": "a"}], "content": None}
    assert message_from(told).parts == (Text(content="a"),)
