"""The Responses API, asked by OpenAI's own client."""

from typing import Any

import openai
from openai.types.responses import ResponseFunctionToolCall, ResponseReasoningItem
from pydantic import BaseModel


def tools(schema: dict[str, Any]) -> list[Any]:
    description = "Look up an order by its number"
    return [
        {"type": "function", "name": "find_order", "description": description, "parameters": schema, "strict": True}
    ]


def test_a_question_is_answered(openai_client: openai.OpenAI) -> None:
    answer = openai_client.responses.create(model="gpt-4.1", input="What is the capital of Italy?")
    assert answer.output_text == "The capital of Italy is Rome."
    assert answer.status == "completed"
    assert answer.usage is not None
    assert answer.usage.total_tokens == answer.usage.input_tokens + answer.usage.output_tokens


def test_a_stream_brings_the_whole_answer(openai_client: openai.OpenAI) -> None:
    with openai_client.responses.stream(model="gpt-4.1", input="What is the capital of Italy?") as stream:
        kinds = [event.type for event in stream]
        final = stream.get_final_response()
    assert final.output_text == "The capital of Italy is Rome."
    assert kinds[0] == "response.created"
    assert kinds[-1] == "response.completed"
    assert kinds.count("response.output_text.delta") == 6


def test_events_are_numbered_without_a_gap(openai_client: openai.OpenAI) -> None:
    with openai_client.responses.create(model="gpt-5-mini", input="What is a lamp?", stream=True) as stream:
        numbers = [event.sequence_number for event in stream]
    assert numbers == list(range(len(numbers)))


def test_a_tool_is_called_and_told_of(openai_client: openai.OpenAI, order_schema: dict[str, Any]) -> None:
    asked: list[Any] = [{"role": "user", "content": "Where is my order 1042?"}]
    first = openai_client.responses.create(model="gpt-4.1", input=asked, tools=tools(order_schema))
    (call,) = first.output
    assert isinstance(call, ResponseFunctionToolCall)
    assert call.arguments == '{"order_number":"1042"}'
    asked += [call.model_dump(exclude_none=True)]
    asked += [{"type": "function_call_output", "call_id": call.call_id, "output": '{"status":"shipped"}'}]
    second = openai_client.responses.create(model="gpt-4.1", input=asked, tools=tools(order_schema))
    assert "Status: shipped." in second.output_text


def test_a_tool_is_called_in_a_stream(openai_client: openai.OpenAI, order_schema: dict[str, Any]) -> None:
    with openai_client.responses.stream(model="gpt-4.1", input="Find order 7788", tools=tools(order_schema)) as stream:
        kinds = {event.type for event in stream}
        (call,) = stream.get_final_response().output
    assert "response.function_call_arguments.done" in kinds
    assert isinstance(call, ResponseFunctionToolCall)
    assert call.arguments == '{"order_number":"7788"}'


def test_a_model_that_thinks_tells_what_it_thought(openai_client: openai.OpenAI) -> None:
    answer = openai_client.responses.create(model="gpt-5-mini", input="Hello there", reasoning={"summary": "auto"})
    thought = answer.output[0]
    assert isinstance(thought, ResponseReasoningItem)
    assert "Hello there" in thought.summary[0].text
    assert answer.usage is not None
    assert answer.usage.output_tokens_details.reasoning_tokens > 0


class Ticket(BaseModel):
    """Where a message goes."""

    topic: str
    priority: int


def test_an_answer_has_the_schema_that_is_asked_for(openai_client: openai.OpenAI) -> None:
    answer = openai_client.responses.parse(model="gpt-4.1", input="My lamp is broken", text_format=Ticket)
    assert answer.output_parsed is not None
    assert answer.output_parsed.topic == "broken"


def test_an_answer_is_cut_where_its_tokens_end(openai_client: openai.OpenAI) -> None:
    answer = openai_client.responses.create(model="gpt-4.1", input="Tell me about lamps", max_output_tokens=4)
    assert answer.status == "incomplete"
    assert answer.incomplete_details is not None
    assert answer.incomplete_details.reason == "max_output_tokens"


def test_the_tokens_of_an_input_are_counted_as_they_are_charged(openai_client: openai.OpenAI) -> None:
    asked = "What is the capital of Italy?"
    counted = openai_client.responses.input_tokens.count(model="gpt-4.1", input=asked)
    answer = openai_client.responses.create(model="gpt-4.1", input=asked)
    assert answer.usage is not None
    assert counted.input_tokens == answer.usage.input_tokens
