import json
from typing import Any

import pytest

from headwater.event import Blob, Call, Message, Reasoning, Text, ToolCall, ToolCallResponse, ToolDefinition
from tests.rooms.otlp.telling import any_value, recorded_spans, span_told

_ANSWER = "The capital of France is Paris."
_WISH = ToolCall(name="get_weather", id="call_1", arguments={"location": "Paris"})
_WEATHER = ToolCallResponse(response="21C", id="call_1")
_TALK = (
    Message(role="system", parts=(Text(content="Be brief."),)),
    Message(role="user", parts=(Text(content="Weather?"),)),
    Message(role="assistant", parts=(_WISH,)),
    Message(role="tool", parts=(_WEATHER,)),
)
_CHAT_TOOL = {"type": "function", "function": {"name": "get_weather", "parameters": {"type": "object"}}}
_AGENT_TOOL = {"name": "get_weather", "parameters_json_schema": {"type": "object"}}
_CALL = {"gen_ai.operation.name": "chat"}
_BY_OTEL = [
    {"role": "system", "parts": [{"type": "text", "content": "Be brief."}]},
    {"role": "user", "parts": [{"type": "text", "content": "Weather?"}], "name": None},
    {
        "role": "assistant",
        "parts": [{"type": "tool_call", "name": "get_weather", "id": "call_1", "arguments": {"location": "Paris"}}],
    },
    {"role": "tool", "parts": [{"type": "tool_call_response", "id": "call_1", "result": "21C"}]},
]
_WITHIN = json.dumps({"location": "Paris"})
_BY_CHAT: list[dict[str, Any]] = [
    {"role": "system", "content": "Be brief."},
    {"role": "user", "content": "Weather?"},
    {
        "role": "assistant",
        "content": None,
        "tool_calls": [{"id": "call_1", "type": "function", "function": {"name": "get_weather", "arguments": _WITHIN}}],
    },
    {"role": "tool", "content": "21C", "tool_call_id": "call_1"},
]
_BY_OPENINFERENCE = {
    "llm.input_messages.0.message.role": "system",
    "llm.input_messages.0.message.content": "Be brief.",
    "llm.input_messages.1.message.role": "user",
    "llm.input_messages.1.message.contents.0.message_content.type": "text",
    "llm.input_messages.1.message.contents.0.message_content.text": "Weather?",
    "llm.input_messages.2.message.role": "assistant",
    "llm.input_messages.2.message.tool_calls.0.tool_call.id": "call_1",
    "llm.input_messages.2.message.tool_calls.0.tool_call.function.name": "get_weather",
    "llm.input_messages.2.message.tool_calls.0.tool_call.function.arguments": _WITHIN,
    "llm.input_messages.3.message.role": "tool",
    "llm.input_messages.3.message.tool_call_id": "call_1",
    "llm.input_messages.3.message.content": "21C",
}
_BY_TRACELOOP = {
    "gen_ai.prompt.0.role": "system",
    "gen_ai.prompt.0.content": "Be brief.",
    "gen_ai.prompt.1.role": "user",
    "gen_ai.prompt.1.content": '[{"type": "text", "text": "Weather?"}]',
    "gen_ai.prompt.2.role": "assistant",
    "gen_ai.prompt.2.tool_calls.0.id": "call_1",
    "gen_ai.prompt.2.tool_calls.0.name": "get_weather",
    "gen_ai.prompt.2.tool_calls.0.arguments": _WITHIN,
    "gen_ai.prompt.3.role": "tool",
    "gen_ai.prompt.3.tool_call_id": "call_1",
    "gen_ai.prompt.3.content": "21C",
}
_BY_VERCEL = [
    {"role": "system", "content": "Be brief."},
    {"role": "user", "content": [{"type": "text", "text": "Weather?"}]},
    {
        "role": "assistant",
        "content": [
            {"type": "tool-call", "toolCallId": "call_1", "toolName": "get_weather", "input": {"location": "Paris"}}
        ],
    },
    {
        "role": "tool",
        "content": [
            {
                "type": "tool-result",
                "toolCallId": "call_1",
                "toolName": "get_weather",
                "output": {"type": "text", "value": "21C"},
            }
        ],
    },
]


def _call(attributes: dict[str, Any], **fields: Any) -> Call:
    call = span_told({**_CALL, **attributes}, **fields).call
    assert call is not None
    return call


@pytest.mark.parametrize(
    "attributes",
    [
        {"gen_ai.input.messages": json.dumps(_BY_OTEL)},
        {"gen_ai.input.messages": _BY_OTEL},
        {
            "gen_ai.input.messages": json.dumps(_BY_OTEL[1:]),
            "gen_ai.system_instructions": json.dumps(_BY_OTEL[0]["parts"]),
        },
        {"gen_ai.input.messages": json.dumps(_BY_CHAT)},
        {"langfuse.observation.input": json.dumps(_BY_CHAT)},
        {"langfuse.observation.input": json.dumps({"tools": [], "messages": _BY_CHAT})},
        {"mlflow.spanInputs": json.dumps({"model": "gpt-4o-mini", "messages": _BY_CHAT})},
        {"input.value": json.dumps({"model": "gpt-4o-mini", "messages": _BY_CHAT})},
        {"traceloop.entity.input": json.dumps({"messages": _BY_CHAT})},
        {"ai.prompt.messages": json.dumps(_BY_VERCEL)},
        _BY_OPENINFERENCE,
        _BY_TRACELOOP,
    ],
    ids=lambda attributes: next(iter(attributes)),
)
def test_one_talk_in_every_dialect_is_one_talk(attributes: dict[str, Any]) -> None:
    assert _call(attributes).input == _TALK


def test_the_conventions_attribute_wins_over_all_others() -> None:
    call = _call({**_BY_TRACELOOP, "input.value": "other", "gen_ai.input.messages": json.dumps(_BY_OTEL[1:2])})
    assert call.input == _TALK[1:2]


@pytest.mark.parametrize("name", ["openai_v2_old_latest", "otel_genai_openai_content", "traceloop", "openlit"])
def test_recorded_answers_are_whole(name: str) -> None:
    answers = [
        span.call.output for span in recorded_spans(name) if span.call and span.name.endswith("chat gpt-4o-mini")
    ]
    answers = answers or [span.call.output for span in recorded_spans(name) if span.call]
    said = [
        part.content for answer in answers for message in answer for part in message.parts if isinstance(part, Text)
    ]
    assert said.count(_ANSWER) >= 8


@pytest.mark.parametrize(
    "attributes",
    [
        {"gen_ai.output.messages": '[{"role":"assistant","parts":[{"type":"text","content":"Paris."}]}]'},
        {"gen_ai.completion.0.role": "assistant", "gen_ai.completion.0.content": "Paris."},
        {"llm.output_messages.0.message.role": "assistant", "llm.output_messages.0.message.content": "Paris."},
        {"langfuse.observation.output": '{"role": "assistant", "content": "Paris."}'},
        {"langfuse.observation.output": "Paris."},
        {"output.value": "Paris."},
        {"ai.operationId": "ai.generateText.doGenerate", "ai.response.text": "Paris."},
        {"llm.choices.0.completion.text": "Paris."},
    ],
    ids=lambda attributes: next(iter(attributes)),
)
def test_one_answer_in_every_dialect_is_one_answer(attributes: dict[str, Any]) -> None:
    assert _call(attributes).output == (Message(role="assistant", parts=(Text(content="Paris."),)),)


def test_vercels_answer_is_put_together_of_its_attributes() -> None:
    wish = [{"toolCallId": "call_1", "toolName": "get_weather", "input": {"location": "Paris"}}]
    attributes = {
        "ai.operationId": "ai.streamText.doStream",
        "ai.response.reasoning": "Hm.",
        "ai.response.text": "I look.",
        "ai.response.toolCalls": json.dumps(wish),
    }
    call = _call(attributes)
    assert call.output == (Message(role="assistant", parts=(Reasoning(content="Hm."), Text(content="I look."), _WISH)),)
    assert call.is_stream


def test_an_image_is_kept_as_what_it_is() -> None:
    images = [
        part
        for name in ("openinference", "litellm", "otel_genai_openai_content")
        for span in recorded_spans(name)
        if span.call
        for message in span.call.input
        for part in message.parts
        if isinstance(part, Blob)
    ]
    assert images == [Blob(modality="image", content="iVBORw0KGgo=", mime_type="image/png")] * 3


@pytest.mark.parametrize(
    "attributes",
    [
        {"gen_ai.tool.definitions": '[{"type":"function","name":"get_weather","parameters":{"type":"object"}}]'},
        {"mlflow.chat.tools": json.dumps([_CHAT_TOOL])},
        {"ai.prompt.tools": ['{"type":"function","name":"get_weather","inputSchema":{"type":"object"}}']},
        {"llm.tools.0.tool.json_schema": json.dumps(_CHAT_TOOL)},
        {"llm.request.functions.0.name": "get_weather", "llm.request.functions.0.parameters": '{"type":"object"}'},
        {"model_request_parameters": json.dumps({"function_tools": [_AGENT_TOOL]})},
        {"langfuse.observation.input": json.dumps({"messages": [], "tools": [_CHAT_TOOL]})},
    ],
    ids=lambda attributes: next(iter(attributes)),
)
def test_tool_definitions_are_read_in_every_dialect(attributes: dict[str, Any]) -> None:
    assert _call(attributes).tools == (ToolDefinition(name="get_weather", parameters={"type": "object"}),)


def test_a_span_may_tell_its_messages_in_events() -> None:
    """The older conventions, with the content in attributes of the event or as JSON in one of them."""

    def event(name: str, attributes: dict[str, Any]) -> dict[str, Any]:
        return {
            "name": name,
            "attributes": [{"key": key, "value": any_value(value)} for key, value in attributes.items()],
        }

    call = _call(
        {},
        events=[
            event("gen_ai.system.message", {"content": "Be brief."}),
            event("gen_ai.user.message", {"gen_ai.event.content": '{"content": "Weather?"}'}),
            event(
                "gen_ai.choice",
                {"index": 0, "finish_reason": "stop", "message": '{"role":"assistant","content":"Sun."}'},
            ),
        ],
    )
    assert call.input == _TALK[:2]
    assert call.output == (Message(role="assistant", parts=(Text(content="Sun."),), finish_reason="stop"),)


def test_prompt_and_completion_events_of_old_are_understood() -> None:
    def event(name: str, key: str, text: str) -> dict[str, Any]:
        return {"name": name, "attributes": [{"key": key, "value": {"stringValue": text}}]}

    call = _call(
        {},
        events=[
            event("gen_ai.content.prompt", "gen_ai.prompt", json.dumps(_BY_CHAT)),
            event("gen_ai.content.completion", "gen_ai.completion", '[{"role":"assistant","content":"Sun."}]'),
        ],
    )
    assert call.input == _TALK
    assert call.output == (Message(role="assistant", parts=(Text(content="Sun."),)),)


def test_an_old_agents_calls_keep_their_events_in_one_attribute() -> None:
    calls = [span.call for span in recorded_spans("pydantic_ai_0_8_v1") if span.call]
    assert [message.role for message in calls[0].input] == ["system", "user"]
    assert calls[0].output == (Message(role="assistant", parts=(Text(content=_ANSWER),)),)


def test_numbers_of_messages_need_not_be_dense_or_in_order() -> None:
    told = {"gen_ai.prompt.900000000000.role": "user", "gen_ai.prompt.900000000000.content": "b"}
    told |= {"gen_ai.prompt.7.role": "user", "gen_ai.prompt.7.content": "a"}
    assert _call(told).input == tuple([Message(role="user", parts=(Text(content=text),)) for text in "ab"])
