"""Chat completions, and the many who speak like them."""

from typing import Any

import pytest

from headwater.event import Blob, Message, Reasoning, Text, ToolCall, Unknown
from headwater.provider import Asked
from tests.rooms.provider.recordings import RECORDED, load, named, read_chunks, read_events

CHAT = named("openai.chat")
MOCK = RECORDED / "mock" / "openai.chat"


def _chunk(delta: Any, finish: str | None = None, index: int = 0, **beside: Any) -> dict[str, Any]:
    return {"choices": [{"index": index, "delta": delta, "finish_reason": finish}], **beside}


def test_a_request_is_told_under_conventional_names():
    asked = CHAT.request(load(MOCK / "text" / "request.json"))
    assert asked == Asked(
        model="gpt-4o-mini",
        operation="chat",
        messages=(
            Message(role="system", parts=(Text(content="Be brief."),)),
            Message(role="user", parts=(Text(content="What is the capital of France?"),)),
        ),
        parameters={"temperature": 0.2, "max_tokens": 100, "seed": 7},
        user="ann",
        metadata={"team": "red"},
    )


def test_settings_have_one_name_whoever_asks():
    body = {"max_completion_tokens": 5, "stop": "x", "n": 2, "reasoning_effort": "low", "top_p": None, "logprobs": True}
    told = {**body, "response_format": {"type": "json_object"}, "stream": True, "service_tier": "flex", "model": "m"}
    asked = CHAT.request(told)
    assert asked.parameters == {
        "max_tokens": 5,
        "stop_sequences": ["x"],
        "choice.count": 2,
        "reasoning.level": "low",
        "logprobs": True,
        "response_format": {"type": "json_object"},
        "output.type": "json",
    }
    assert (asked.is_stream, asked.service_tier) == (True, "flex")


def test_an_error_inside_a_stream_keeps_the_text_before_it():
    answered = read_chunks(CHAT, [(MOCK / "err-mid" / "stream.sse").read_bytes()])
    assert answered.messages == (Message(role="assistant", parts=(Text(content="The capital "),)),)
    assert answered.failure is not None
    assert answered.failure.type == "server_error"
    assert not answered.is_complete


def test_a_cut_stream_keeps_what_came():
    answered = read_chunks(CHAT, [(MOCK / "cut-mid" / "stream.sse").read_bytes()])
    assert answered.messages == (Message(role="assistant", parts=(Text(content="The capital "),)),)
    assert (answered.usage, answered.finish_reasons, answered.is_complete) == (None, (), False)


def test_content_begins_with_the_first_text_and_not_with_the_role():
    reader = CHAT.reader()
    deltas = [{"role": "assistant", "content": ""}, {"content": "a"}, {}]
    assert [reader.feed(_chunk(delta)) for delta in deltas] == [False, True, False]


@pytest.mark.parametrize(
    "delta",
    [{"reasoning_content": "a"}, {"refusal": "a"}, {"tool_calls": [{"index": 0}]}, {"audio": {"data": "AA"}}],
    ids=lambda delta: next(iter(delta)),
)
def test_thoughts_refusals_calls_and_sound_are_content(delta: dict[str, Any]):
    assert CHAT.reader().feed(_chunk(delta))


@pytest.mark.parametrize("field", ["reasoning_content", "reasoning"])
def test_a_thought_comes_before_the_text(field: str):
    """DeepSeek, xAI and vLLM call it reasoning_content; OpenRouter calls it reasoning."""
    streamed = read_events(CHAT, [_chunk({field: "I "}), _chunk({field: "think"}), _chunk({"content": "yes"}, "stop")])
    message = {"role": "assistant", "content": "yes", field: "I think"}
    whole = CHAT.response({"choices": [{"index": 0, "message": message, "finish_reason": "stop"}]})
    assert streamed == whole
    assert whole.messages[0].parts == (Reasoning(content="I think"), Text(content="yes"))


def test_a_thought_told_under_both_names_is_kept_once():
    answered = read_events(CHAT, [_chunk({"reasoning": "a", "reasoning_content": "a"})])
    assert answered.messages[0].parts == (Reasoning(content="a"),)


def test_mistrals_lists_of_pieces_are_read():
    thought = {"content": [{"type": "thinking", "thinking": [{"type": "text", "text": "hm"}]}]}
    answered = read_events(CHAT, [_chunk(thought), _chunk({"content": [{"type": "text", "text": "yes"}]}, "stop")])
    assert answered.messages[0].parts == (Reasoning(content="hm"), Text(content="yes"))


USAGE = {"prompt_tokens": 9, "completion_tokens": 2, "total_tokens": 11}


def _tokens(events: list[dict[str, Any]]) -> tuple[int | None, int | None]:
    usage = read_events(CHAT, events).usage
    assert usage is not None
    return usage.input_tokens, usage.output_tokens


def test_groqs_usage_is_found_where_it_puts_it():
    assert _tokens([_chunk({"content": "a"}), _chunk({}, "stop", x_groq={"id": "r", "usage": USAGE})]) == (9, 2)


def test_running_usage_is_not_added_up():
    """vLLM counts on in every chunk; the last one counts."""
    running = [{**USAGE, "completion_tokens": count} for count in (0, 1, 2)]
    assert _tokens([_chunk({"content": "a"}, usage=usage) for usage in running]) == (9, 2)


def test_usage_in_a_chunk_that_has_content_counts():
    """Gemini and Mistral send it beside the last content."""
    answered = read_events(CHAT, [_chunk({"content": "a"}), _chunk({"content": "b"}, "stop", usage=USAGE)])
    assert answered.messages[0].parts == (Text(content="ab"),)
    assert answered.usage is not None


def test_an_early_chunk_without_choices_or_usage_changes_nothing():
    """Azure opens with the filter's results for the prompt."""
    filtered: dict[str, Any] = {"choices": [], "model": "", "prompt_filter_results": [{"prompt_index": 0}]}
    events: list[dict[str, Any]] = [_chunk({"content": "a"}, "stop", model="gpt-4o"), {"choices": [], "usage": USAGE}]
    assert read_events(CHAT, [filtered, *events]) == read_events(CHAT, events)


def test_the_cost_that_openrouter_claims_is_kept_apart():
    body: dict[str, Any] = {"choices": [], "usage": {**USAGE, "cost": 0.00014}, "provider": "DeepInfra"}
    assert CHAT.response(body).reported_cost_usd == 0.00014


def test_calls_in_pieces_become_whole_calls():
    pieces = [
        {"index": 0, "id": "a", "function": {"name": "f", "arguments": ""}},
        {"index": 1, "id": "b", "function": {"name": "g", "arguments": '{"x"'}},
        {"index": 0, "function": {"arguments": "{}"}},
        {"index": 1, "function": {"arguments": ":1}"}},
    ]
    answered = read_events(CHAT, [_chunk({"tool_calls": [piece]}) for piece in pieces])
    assert answered.messages[0].parts == (
        ToolCall(name="f", id="a", arguments={}),
        ToolCall(name="g", id="b", arguments={"x": 1}),
    )


def test_calls_that_are_all_counted_as_the_first_are_told_apart_by_id():
    calls = [{"index": 0, "id": name, "function": {"name": name, "arguments": "{}"}} for name in "ab"]
    answered = read_events(CHAT, [_chunk({"tool_calls": [call]}) for call in calls])
    assert [part.name for part in answered.messages[0].parts if isinstance(part, ToolCall)] == ["a", "b"]


def test_a_name_repeated_with_every_piece_stays_one_name():
    call = {"index": 0, "id": "a", "function": {"name": "f", "arguments": "1"}}
    answered = read_events(CHAT, [_chunk({"tool_calls": [call]}), _chunk({"tool_calls": [call]})])
    assert answered.messages[0].parts == (ToolCall(name="f", id="a", arguments=11),)


def test_arguments_that_are_cut_short_stay_text():
    call = {"index": 0, "id": "a", "function": {"name": "f", "arguments": '{"x": "Par'}}
    assert read_events(CHAT, [_chunk({"tool_calls": [call]})]).messages[0].parts == (
        ToolCall(name="f", id="a", arguments='{"x": "Par'),
    )


def test_choices_are_kept_apart_and_in_order():
    events = [_chunk({"content": "b"}, "length", 1), _chunk({"content": "a"}, "stop", 0)]
    answered = read_events(CHAT, events)
    assert [message.parts for message in answered.messages] == [(Text(content="a"),), (Text(content="b"),)]
    assert answered.finish_reasons == ("stop", "length")


def test_the_older_function_call_is_a_tool_call():
    pieces = [{"function_call": {"name": "f", "arguments": ""}}, {"function_call": {"arguments": "[1]"}}]
    assert read_events(CHAT, [_chunk(piece) for piece in pieces]).messages[0].parts == (
        ToolCall(name="f", arguments=[1]),
    )


def test_a_custom_tools_input_is_its_arguments():
    pieces = [{"index": 0, "id": "a", "type": "custom", "custom": {"name": "f", "input": text}} for text in ("x ", "y")]
    answered = read_events(CHAT, [_chunk({"tool_calls": [piece]}) for piece in pieces])
    assert answered.messages[0].parts == (ToolCall(name="f", id="a", arguments="x y"),)


def test_spoken_answers_are_kept():
    pieces = [{"audio": {"id": "a"}}, {"audio": {"data": "QUJD"}}, {"audio": {"data": "REVG"}}]
    answered = read_events(CHAT, [_chunk(piece) for piece in pieces])
    assert answered.messages[0].parts == (Blob(modality="audio", content="QUJDREVG"),)


def test_a_refusal_is_told_from_an_answer():
    answered = read_chunks(CHAT, [(RECORDED / "openai_python" / "openai_chat_569c877e.sse").read_bytes()])
    (part,) = answered.messages[0].parts
    assert isinstance(part, Unknown)
    assert part.raw == {"type": "refusal", "refusal": "I'm very sorry, but I can't assist with that."}


def test_the_older_completions_are_read():
    completions = named("openai.completions")
    case = RECORDED / "mock" / "openai.completions" / "text"
    asked = completions.request(load(case / "request.json"))
    answered = completions.response(load(case / "response.json"))
    assert asked.messages == (Message(role="user", parts=(Text(content="Capital of France?"),)),)
    assert answered.messages[0].parts == (Text(content="The capital of France is Paris."),)
    assert answered.finish_reasons == ("stop",)


def test_what_a_user_attached_is_text():
    metadata = {"team": "red", "size": 3, "tags": ["a"], "none": None, "session_id": "s1"}
    asked = CHAT.request({"metadata": metadata, "safety_identifier": "ann"})
    assert asked.metadata == {"team": "red", "size": "3", "tags": '["a"]', "session_id": "s1"}
    assert (asked.user, asked.session_id) == ("ann", "s1")
