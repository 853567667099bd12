"""Messages, asked by Anthropic's own client."""

from typing import Any

import anthropic
import pytest
from anthropic.types import Message, MessageParam

_MODEL = "claude-haiku-4-5"
_QUESTION: list[MessageParam] = [{"role": "user", "content": "What is the capital of Japan?"}]


def tools(schema: dict[str, Any]) -> list[Any]:
    return [{"name": "find_order", "description": "Look up an order by its number", "input_schema": schema}]


def text_of(message: Message) -> str:
    return "".join(block.text for block in message.content if block.type == "text")


def test_a_question_is_answered(anthropic_client: anthropic.Anthropic) -> None:
    answer = anthropic_client.messages.create(model=_MODEL, max_tokens=100, messages=_QUESTION)
    assert text_of(answer) == "The capital of Japan is Tokyo."
    assert (answer.stop_reason, answer.model) == ("end_turn", "claude-haiku-4-5-20251001")


def test_a_stream_brings_the_whole_answer_and_its_usage(anthropic_client: anthropic.Anthropic) -> None:
    whole = anthropic_client.messages.create(model=_MODEL, max_tokens=100, messages=_QUESTION)
    with anthropic_client.messages.stream(model=_MODEL, max_tokens=100, messages=_QUESTION) as stream:
        text = "".join(stream.text_stream)
        final = stream.get_final_message()
    assert text == text_of(final) == text_of(whole)
    assert final.usage.output_tokens == whole.usage.output_tokens
    assert final.usage.input_tokens == whole.usage.input_tokens


def test_a_tool_is_called_and_told_of(anthropic_client: anthropic.Anthropic, order_schema: dict[str, Any]) -> None:
    asked: list[Any] = [{"role": "user", "content": "Where is my order 1042?"}]
    offered = tools(order_schema)
    first = anthropic_client.messages.create(model=_MODEL, max_tokens=100, messages=asked, tools=offered)
    (call,) = first.content
    assert call.type == "tool_use"
    assert (call.name, call.input, first.stop_reason) == ("find_order", {"order_number": "1042"}, "tool_use")
    result = {"type": "tool_result", "tool_use_id": call.id, "content": '{"status":"shipped"}'}
    asked += [{"role": "assistant", "content": [call.model_dump()]}, {"role": "user", "content": [result]}]
    second = anthropic_client.messages.create(model=_MODEL, max_tokens=100, messages=asked, tools=offered)
    assert "Status: shipped." in text_of(second)


def test_a_tool_is_called_in_a_stream(anthropic_client: anthropic.Anthropic, order_schema: dict[str, Any]) -> None:
    with anthropic_client.messages.stream(
        model=_MODEL,
        max_tokens=100,
        messages=[{"role": "user", "content": "Find order 7788"}],
        tools=tools(order_schema),
    ) as stream:
        (call,) = stream.get_final_message().content
    assert call.type == "tool_use"
    assert call.input == {"order_number": "7788"}


def test_a_model_that_thinks_says_what(anthropic_client: Any) -> None:
    asked: Any = {"model": "claude-sonnet-5", "max_tokens": 2048, "messages": _QUESTION}
    asked["thinking"] = {"type": "enabled", "budget_tokens": 1024}
    whole = anthropic_client.messages.create(**asked)
    with anthropic_client.messages.stream(**asked) as stream:
        streamed = stream.get_final_message()
    assert [block.type for block in whole.content] == ["thinking", "text"]
    assert [block.type for block in streamed.content] == ["thinking", "text"]
    assert streamed.content[0] == whole.content[0]


@pytest.mark.parametrize(("ttl", "bucket"), [("5m", "ephemeral_5m_input_tokens"), ("1h", "ephemeral_1h_input_tokens")])
def test_a_marked_prompt_is_written_to_the_cache_and_then_read(
    anthropic_client: anthropic.Anthropic, ttl: Any, bucket: str
) -> None:
    manual = f"Our shop sells lamps for {ttl}. " * 250
    system: Any = [{"type": "text", "text": manual, "cache_control": {"type": "ephemeral", "ttl": ttl}}]
    first, second = (
        anthropic_client.messages.create(model=_MODEL, max_tokens=100, messages=_QUESTION, system=system).usage
        for _ in range(2)
    )
    assert first.cache_creation is not None
    assert getattr(first.cache_creation, bucket) == first.cache_creation_input_tokens
    assert (first.cache_creation_input_tokens or 0) > 1024
    assert second.cache_read_input_tokens == first.cache_creation_input_tokens
    assert (first.cache_read_input_tokens, second.cache_creation_input_tokens) == (0, 0)
    assert first.input_tokens == second.input_tokens < 100


def test_tokens_are_counted_as_they_are_charged(anthropic_client: anthropic.Anthropic) -> None:
    counted = anthropic_client.messages.count_tokens(model=_MODEL, messages=_QUESTION)
    answer = anthropic_client.messages.create(model=_MODEL, max_tokens=100, messages=_QUESTION)
    assert counted.input_tokens == answer.usage.input_tokens


def test_models_are_listed_as_anthropic_lists_them(anthropic_client: anthropic.Anthropic) -> None:
    assert _MODEL in {model.id for model in anthropic_client.models.list()}
    assert anthropic_client.models.retrieve(_MODEL).id == _MODEL
    with pytest.raises(anthropic.NotFoundError):
        anthropic_client.models.retrieve("claude-0")


async def test_the_asynchronous_client_streams_too(simulator: Any) -> None:
    async with (
        anthropic.AsyncAnthropic(base_url=simulator.anthropic_url, api_key="any") as client,
        client.messages.stream(model=_MODEL, max_tokens=100, messages=_QUESTION) as stream,
    ):
        text = "".join([piece async for piece in stream.text_stream])
    assert text == "The capital of Japan is Tokyo."
