"""What becomes of Pulse's JSON items."""

from typing import Any

import msgspec
import pytest

from headwater.event import Failure, Message, Text, ToolCall, Usage
from tests.rooms.compat.pulse_sdk.telling import (
    ENDED_NS,
    RECEIVED_NS,
    TRACE,
    TRACE_ID,
    call_told,
    span_told,
    spans_in,
    spans_told,
    step_told,
    trace,
)

MS = 10**6
CHAT: dict[str, Any] = {
    "id": "chatcmpl-9",
    "object": "chat.completion",
    "model": "gpt-4o-mini-2024-07-18",
    "choices": [
        {
            "index": 0,
            "finish_reason": "tool_calls",
            "message": {
                "role": "assistant",
                "content": None,
                "tool_calls": [{"id": "call_1", "type": "function", "function": {"name": "f", "arguments": "{}"}}],
            },
        }
    ],
    "usage": {"prompt_tokens": 100, "completion_tokens": 3, "prompt_tokens_details": {"cached_tokens": 60}},
}


def test_a_recorded_trace_is_a_call_with_all_that_was_sent():
    span = span_told()
    assert span.kind == "call"
    assert (span.source, span.scope, span.name) == ("pulse", "pulse-trace-sdk", "chat gpt-4o-mini")
    assert (span.session_id, span.metadata) == ("session-123", {"app": "demo", "feature": "chat"})
    assert (span.status, span.failure) == ("ok", None)
    call = span.call
    assert call is not None
    assert (call.provider, call.operation) == ("openai", "chat")
    assert (call.request_model, call.response_model) == ("gpt-4o-mini", "gpt-4o-mini-2024-07-18")
    assert call.response_id == "chatcmpl-rec"
    assert call.input == (Message(role="user", parts=(Text(content="Hello Pulse"),)),)
    assert call.output == (Message(role="assistant", parts=(Text(content="recorded hello"),)),)
    assert call.finish_reasons == ("stop",)
    assert call.usage is not None
    assert (call.usage.input, call.usage.output) == (10, 3)
    assert call.reported_cost_usd == pytest.approx(0.0000033)


def test_the_timestamp_of_a_trace_is_that_of_its_end():
    span = span_told(latency_ms=250)
    assert (span.start_ns, span.end_ns) == (ENDED_NS - 250 * MS, ENDED_NS)


def test_the_timestamp_of_a_span_is_that_of_its_start():
    span = step_told(duration_ms=250)
    assert (span.start_ns, span.end_ns) == (ENDED_NS, ENDED_NS + 250 * MS)


@pytest.mark.parametrize("timestamp", [None, "yesterday", "", -5])
def test_a_clock_that_tells_nothing_leaves_the_arrival(timestamp: object):
    assert span_told(timestamp=timestamp).end_ns == RECEIVED_NS


def test_a_uuid_is_the_trace_of_these_digits():
    assert span_told().trace_id == TRACE_ID.replace("-", "")


@pytest.mark.parametrize("trace_id", [None, "", "order 7", "00000000-0000-0000-0000-000000000000", 7])
def test_any_other_id_or_none_makes_a_stable_one(trace_id: object):
    once, again = span_told(trace_id=trace_id), span_told(trace_id=trace_id)
    assert (once.trace_id, once.span_id) == (again.trace_id, again.span_id)
    assert len(once.trace_id) == 32
    assert once.trace_id.strip("0")


def test_items_without_ids_that_differ_are_two():
    first, second = spans_told(trace(trace_id=None), trace(trace_id=None, latency_ms=11))
    assert first.trace_id != second.trace_id


def test_a_retried_array_tells_the_same_spans():
    assert spans_told(TRACE, trace(trace_id="x")) == spans_told(TRACE, trace(trace_id="x"))


def test_an_error_is_told_with_its_name_and_message():
    span = span_told(status="error", error={"name": "APIConnectionError", "message": "Connection error."})
    assert span.status == "error"
    assert span.failure == Failure(type="APIConnectionError", message="Connection error.")


def test_an_error_that_is_a_text_is_its_message():
    assert span_told(status="error", error="it broke").failure == Failure(type="error", message="it broke")


def test_a_vendors_own_answer_tells_its_tool_calls_and_its_cached_tokens():
    call = call_told(response_body=CHAT, output_text=None, input_tokens=100, finish_reason=None)
    (message,) = call.output
    assert message.parts == (ToolCall(name="f", id="call_1", arguments={}),)
    assert call.finish_reasons == ("tool_calls",)
    assert call.usage == Usage(input=40, cache_read=60, output=3, reported=CHAT["usage"])


def test_a_vendors_own_answer_wins_over_its_text_alone():
    (message,) = call_told(response_body=CHAT, output_text="only the text").output
    assert [type(part) for part in message.parts] == [ToolCall]


def test_settings_and_tools_are_read_from_the_request():
    tool = {"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}
    call = call_told(request_body={**TRACE["request_body"], "temperature": 0.2, "max_tokens": 5, "tools": [tool]})
    assert call.parameters == {"temperature": 0.2, "max_tokens": 5}
    assert [definition.name for definition in call.tools] == ["f"]


def test_an_answer_that_looks_like_json_stays_the_text_it_is():
    call = call_told(output_text='{"order": 7}')
    assert call.output == (Message(role="assistant", parts=(Text(content='{"order": 7}'),)),)


def test_unknown_tokens_and_costs_stay_unknown():
    call = call_told(input_tokens=None, output_tokens=None, cost_cents=None, response_body=None)
    assert call.usage is None
    assert call.reported_cost_usd is None


@pytest.mark.parametrize("name", sorted(set(TRACE) - {"provider", "model_requested"}))
def test_a_field_may_be_null_or_missing(name: str):
    assert span_told(**{name: None}).call is not None
    (span,) = spans_told({key: value for key, value in TRACE.items() if key != name})
    assert span.call is not None


def test_fields_that_nobody_knows_are_kept():
    span = span_told(colour="blue", nested={"a": [1]})
    assert span.attributes["pulse.colour"] == "blue"
    assert span.attributes["pulse.nested"] == '{"a":[1]}'


def test_metadata_of_any_shape_is_text():
    span = span_told(metadata={"n": 7, "deep": {"a": [True]}, "none": None, "error.type": "mine", "session_id": "no"})
    assert span.metadata == {"n": "7", "deep": '{"a":[true]}', "error.type": "mine"}
    assert (span.session_id, span.status) == ("session-123", "ok")


def test_a_tool_that_an_agent_used_is_a_tool_span():
    span = step_told()
    assert (span.kind, span.tool_name, span.name) == ("tool", "Bash", "Bash")
    assert (span.input, span.output) == ({"command": "ls"}, {"stdout": "a\nb"})
    assert (span.trace_id, span.span_id) == ("0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331")
    assert (span.parent_span_id, span.session_id) == ("00f067aa0ba902b7", "agent-1")
    assert span.metadata == {"branch": "main"}
    assert span.attributes["pulse.source"] == "claude_code"


@pytest.mark.parametrize(
    ("kind", "ours"),
    [("llm_call", "call"), ("agent_run", "agent"), ("session", "span"), ("user_prompt", "span"), ("strange", "span")],
)
def test_each_kind_of_span_has_ours(kind: str, ours: str):
    assert step_told(kind=kind).kind == ours


def test_spans_without_a_trace_make_one_with_their_session():
    first, second = step_told(trace_id=None), step_told(trace_id=None, span_id="other")
    assert first.trace_id == second.trace_id
    assert first.span_id != second.span_id
    assert step_told(trace_id=None, session_id="another").trace_id != first.trace_id


def test_a_span_of_a_call_tells_the_call():
    span = step_told(
        kind="llm_call", model="gpt-4o-mini", provider="openai", input_tokens=9, output_text="hi", tool_name=None
    )
    assert span.call is not None
    assert (span.call.request_model, span.call.provider) == ("gpt-4o-mini", "openai")
    assert span.call.output == (Message(role="assistant", parts=(Text(content="hi"),)),)


def test_what_pythons_encoder_writes_beyond_json_is_read():
    body = msgspec.json.encode([TRACE]).replace(b'"app":"demo"', b'"app":NaN,"half":"\\ud83d"')
    (span,) = spans_in(body)
    assert span.metadata == {"feature": "chat", "half": "?"}
