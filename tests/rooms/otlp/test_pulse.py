"""Spans as pulse-trace-sdk tells them since 0.2.8: as recorded of the real package."""

import json
from typing import Any

import pytest

from headwater.event import Failure, Message, Span, Text, ToolCall, ToolCallResponse
from tests.rooms.otlp.telling import span_told

_REQUEST = {
    "model": "gpt-4o-mini",
    "temperature": 0.5,
    "messages": [
        {"role": "user", "content": "Hello Pulse"},
        {
            "role": "assistant",
            "content": None,
            "tool_calls": [{"id": "call_1", "type": "function", "function": {"name": "f", "arguments": "{}"}}],
        },
        {"role": "tool", "tool_call_id": "call_1", "content": "42"},
    ],
}
_RESPONSE = {
    "model": "gpt-4o-mini-2024-07-18",
    "content": "42.",
    "input_tokens": 22,
    "output_tokens": 1,
    "finish_reason": "stop",
    "cost_cents": None,
    "provider_request_id": "chatcmpl-1",
}
_CALL: dict[str, Any] = {
    "pulse.source": "sdk",
    "pulse.kind": "llm_call",
    "pulse.event_type": "provider_call",
    "pulse.session_id": "default-sess",
    "pulse.trace_id": "0af7651916cd43dd8448eb211c80319c",
    "gen_ai.request.model": "gpt-4o-mini",
    "gen_ai.provider.name": "openai",
    "gen_ai.response.model": "gpt-4o-mini-2024-07-18",
    "gen_ai.response.id": "chatcmpl-1",
    "gen_ai.response.finish_reasons": '["stop"]',
    "gen_ai.usage.input_tokens": 22,
    "gen_ai.usage.output_tokens": 1,
    "pulse.cost_cents": 0.039,
    "pulse.output_text": "42.",
    "app": "demo",
    "nested": '{"a": 1}',
    "pulse.provider": "openai",
    "pulse.request": json.dumps(_REQUEST),
    "pulse.response": json.dumps(_RESPONSE),
}
_TOOL: dict[str, Any] = {
    "pulse.source": "sdk",
    "pulse.kind": "tool_use",
    "pulse.session_id": "default-sess",
    "pulse.tool.id": "call_1",
}


def told(attributes: dict[str, Any], **fields: Any) -> Span:
    """What becomes of a span of the Pulse SDK."""
    resource = {"service.name": "pulse-sdk-py"}
    return span_told(attributes, scope="pulse-trace-sdk", resource=resource, **fields)


def test_a_provider_call_is_a_call_with_all_that_was_sent():
    span = told(_CALL, name="provider_call", status={"code": 1})
    assert (span.kind, span.source, span.service_name) == ("call", "pulse", "pulse-sdk-py")
    assert (span.session_id, span.metadata) == ("default-sess", {"app": "demo", "nested": '{"a": 1}'})
    call = span.call
    assert call is not None
    assert (call.operation, call.provider, call.parameters) == ("chat", "openai", {"temperature": 0.5})
    assert (call.request_model, call.response_model) == ("gpt-4o-mini", "gpt-4o-mini-2024-07-18")
    assert (call.response_id, call.finish_reasons) == ("chatcmpl-1", ("stop",))
    assert call.input == (
        Message(role="user", parts=(Text(content="Hello Pulse"),)),
        Message(role="assistant", parts=(ToolCall(name="f", id="call_1", arguments={}),)),
        Message(role="tool", parts=(ToolCallResponse(response="42", id="call_1"),)),
    )
    assert call.output == (Message(role="assistant", parts=(Text(content="42."),)),)
    assert call.usage is not None
    assert (call.usage.input, call.usage.output) == (22, 1)


def test_its_cost_is_told_in_cents():
    call = told(_CALL).call
    assert call is not None
    assert call.reported_cost_usd == pytest.approx(0.00039)


def test_a_failed_call_tells_its_error_and_said_nothing():
    attributes = {**_CALL, "pulse.response": "null", "pulse.error": '{"name": "APIError", "message": "no"}'}
    del attributes["pulse.output_text"]
    span = told(attributes, status={"code": 2, "message": "no"})
    assert span.failure == Failure(type="APIError", message="no")
    assert span.call is not None
    assert span.call.output == ()


def test_an_answer_of_tool_calls_alone_has_no_text():
    attributes = {**_CALL, "pulse.response": json.dumps({**_RESPONSE, "content": None})}
    del attributes["pulse.output_text"]
    call = told(attributes).call
    assert call is not None
    assert [message.parts for message in call.output] == [()]


def test_a_payload_that_was_cut_is_kept_as_it_came_and_the_text_beside_it_told():
    cut = json.dumps({"truncated": True, "originalBytes": 99_999, "preview": '{"model": "gpt'})
    call = told({**_CALL, "pulse.request": cut, "pulse.response": cut}).call
    assert call is not None
    assert call.output == (Message(role="assistant", parts=(Text(content="42."),)),)
    assert call.request_model == "gpt-4o-mini"


def test_a_requested_tool_is_a_tool_span_with_what_it_was_given():
    attributes = {
        **_TOOL,
        "pulse.event_type": "tool_request",
        "pulse.tool.name": "f",
        "gen_ai.tool.name": "f",
        "pulse.tool.input": '{"x": 1}',
    }
    span = told(attributes, name="f", parentSpanId="00f067aa0ba902b7")
    assert (span.kind, span.tool_name, span.input) == ("tool", "f", {"x": 1})


def test_a_tools_result_that_has_no_name_is_not_called_after_its_event():
    attributes = {
        **_TOOL,
        "pulse.event_type": "tool_result",
        "pulse.tool.response": '"42"',
        "pulse.correlation.status": "orphan",
    }
    span = told(attributes, name="tool_result")
    assert (span.kind, span.tool_name, span.output, span.metadata) == ("tool", "", "42", {})


def test_a_users_own_names_are_metadata_only_in_pulses_dialect():
    assert told({**_TOOL, "feature": "chat"}).metadata == {"feature": "chat"}
    assert span_told({"gen_ai.tool.name": "f", "feature": "chat"}).metadata == {}


def test_a_span_without_pulses_scope_is_known_by_its_kind():
    span = span_told(_CALL, scope="mine")
    assert (span.source, span.kind) == ("pulse", "call")
