"""Steps of traces as they are read from what was posted."""

from typing import Any

import pytest

from headwater.event import Failure
from tests.rooms.compat.huggingplace_sdk.reading import ARRIVAL_NS, SPAN, TRACE, scores, spans, told, trace

START_NS, END_NS = 1_767_225_600_500_000_000, 1_767_225_601_750_000_000
RESULT: dict[str, Any] = {
    "responseText": "It rains",
    "tokens": {"input": 10, "output": 20, "total": 30},
    "finishReason": "stop",
    "model": "gpt-4",
    "provider": "openai",
    "evaluation": {"overall_score": 0.88, "note": "n"},
}


def test_every_field_of_a_step_lands():
    (span,) = spans(trace(), "traces")
    assert (span.trace_id, span.parent_span_id) == (TRACE.replace("-", ""), "")
    assert (span.name, span.kind, span.status, span.service_name) == (
        "Data Processing",
        "span",
        "ok",
        "huggingplace-sdk",
    )
    assert (span.start_ns, span.end_ns, span.output) == (START_NS, END_NS, {"ok": 1})
    assert (span.session_id, span.user_id, span.environment, span.tags) == ("session-456", "user-123", "dev", ("etl",))
    assert span.metadata == {"org_id": "org-1", "version": "2", "priority": "high", "user.plan": "pro"}
    assert span.attributes == {"rows": 3}


def test_a_step_below_another_step_points_to_it():
    outer, inner = spans([trace(), trace(spanId="7c9e6679-0000-40de-944b-e07fc1f90ae7", parentSpanId=SPAN)], "traces")
    assert (inner.parent_span_id, inner.trace_id) == (outer.span_id, outer.trace_id)
    assert inner.span_id != outer.span_id


@pytest.mark.parametrize(
    "times",
    [
        {"startTime": "2026-01-01T00:00:00.500Z", "endTime": "2026-01-01T00:00:01.750Z"},
        {"startTime": 1_767_225_600.5, "endTime": 1_767_225_601.75},
        {"startTime": 1_767_225_600_500, "endTime": None},
        {"startTime": None, "endTime": 1_767_225_601_750},
    ],
)
def test_a_time_is_read_in_every_form(times: dict[str, Any]):
    (span,) = spans(trace(**times), "traces")
    assert (span.start_ns, span.end_ns) == (START_NS, END_NS)


def test_a_step_without_times_was_when_it_came():
    (span,) = spans({"operation": "x"}, "traces")
    assert (span.start_ns, span.end_ns) == (ARRIVAL_NS, ARRIVAL_NS)


def test_a_step_that_failed_says_why():
    logs = {"error": "no rows", "errorType": "LookupError", "success": False}
    (span,) = spans(trace(status="ERROR", logs=logs), "traces")
    assert (span.status, span.failure) == ("error", Failure(type="LookupError", message="no rows"))


def test_a_step_that_asked_a_model_is_a_call():
    attributes = {"llm.provider": "openai", "llm.model": "gpt-4", "llm.temperature": 0.7, "llm.top_p": None}
    (span,) = spans(trace(attributes=attributes, logs={"llm.prompt": "Rain?", "functionResponse": RESULT}), "traces")
    assert span.call is not None
    assert span.call.usage is not None
    assert (span.kind, span.call.provider, span.call.model) == ("call", "openai", "gpt-4")
    assert (span.call.usage.input, span.call.usage.output) == (10, 20)
    assert (span.call.parameters, span.call.finish_reasons) == ({"temperature": 0.7}, ("stop",))
    assert [message.role for message in (*span.call.input, *span.call.output)] == ["user", "assistant"]


def test_a_step_of_the_other_languages_client_is_a_call_too():
    """It says nothing of a model but the prompt."""
    logs = {"prompt": "Rain?", "evaluation": "REVIEW", "functionResponse": "It rains"}
    (span,) = spans(trace(attributes={"prompt.text": "Rain?"}, logs=logs), "traces")
    assert span.call is not None
    assert len(span.call.output) == 1
    assert span.attributes["evaluation"] == "REVIEW"


def test_a_vendors_own_answer_is_read_as_such():
    raw = {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "model": "gpt-4-0613",
        "choices": [{"message": {"role": "assistant", "content": "It rains"}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 11, "completion_tokens": 3, "total_tokens": 14},
    }
    (span,) = spans(trace(logs={"functionResponse": {**RESULT, "rawResponse": raw}}), "traces")
    assert span.call is not None
    assert span.call.usage is not None
    assert (span.call.response_model, span.call.response_id, span.call.usage.input) == ("gpt-4-0613", "chatcmpl-1", 11)


def test_an_evaluation_beside_an_answer_becomes_scores():
    assert scores(trace(logs={"functionResponse": RESULT}), "traces") == {"overall_score": 0.88}


def test_a_bad_item_loses_only_itself():
    decoded = told([trace(), 5, None, {}, "x", trace(spanId="another")], "traces")
    assert [span.name for span in decoded.spans] == ["Data Processing"] * 2


def test_an_item_that_is_sent_again_is_one_span():
    first, again = spans([trace(), trace()], "traces", ARRIVAL_NS), spans(trace(), "traces", ARRIVAL_NS + 10**9)
    assert {(span.trace_id, span.span_id) for span in (*first, *again)} == {(first[0].trace_id, first[0].span_id)}


@pytest.mark.parametrize("value", [None, 7, "text", "", [], ["x"], {}, {"a": {"b": 1}}, True, -1.5])
def test_no_value_of_any_field_makes_it_fail(value: Any):
    for name in trace():
        assert len(spans(trace(**{name: value}), "traces")) == 1
    for outer, inner in (("logs", "functionResponse"), ("metadata", "userMetadata"), ("metadata", "tags")):
        assert len(spans(trace(**{outer: {inner: value}}), "traces")) == 1
