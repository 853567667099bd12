"""Interactions as they are read from what was posted."""

from typing import Any

import msgspec
import pytest

from headwater.event import Message, Text, Usage
from tests.rooms.compat.huggingplace_sdk.reading import ARRIVAL_NS, LATER, OLDER, STEP, logged, scores, spans, told


@pytest.mark.parametrize("body", [OLDER, LATER])
def test_an_interaction_is_read_in_both_vocabularies(body: dict[str, Any]):
    (span,) = spans(body)
    assert span.call is not None
    assert (span.kind, span.name, span.source) == ("call", "chat gpt-4o", "huggingplace")
    assert (span.session_id, span.user_id, span.environment) == ("session-456", "user-123", "prod")
    assert (span.end_ns, span.end_ns - span.start_ns) == (ARRIVAL_NS, 2_500_000_000)
    assert span.call.request_model == "gpt-4o"
    assert span.call.input == (Message(role="user", parts=(Text(content="What's the weather like?"),)),)
    assert span.call.output == (Message(role="assistant", parts=(Text(content="Sunny"),)),)
    assert span.call.usage == Usage(reported={"total_tokens": 150})
    assert span.metadata == {
        "org_id": "org-1",
        "message_id": "msg-789",
        "recommendation_id": "rec-123",
        "user.email": "user@example.com",
    }


def test_the_user_is_found_wherever_he_is_told():
    told_by: list[dict[str, Any]] = [
        {"user_id": "u"},
        {"user_uuid": "u"},
        {"metadata": {"user_id": "u"}},
        {"metaData": {"user_uuid": "u"}},
        {"user_metadata": {"user_id": "u", "email": "e"}},
        {"user_meta_data": {"email": "u"}},
        {"user_metadata": {"username": "u"}},
    ]
    assert [logged(**fields)[0].user_id for fields in told_by] == ["u"] * len(told_by)
    assert logged(metadata={"session_id": "s"})[0].session_id == "s"


@pytest.mark.parametrize(
    ("told_time", "milliseconds"),
    [(2.5, 2500), ("2.5", 2500), ("0 min 2.50 sec", 2500), ("1 min 2 sec", 62_000), (2500, 2500), (None, 0), ("?", 0)],
)
def test_a_response_time_is_read_in_every_form(told_time: Any, milliseconds: int):
    (span,) = logged(response_time=told_time)
    assert span.end_ns - span.start_ns == milliseconds * 1_000_000


def test_steps_are_below_their_interaction_one_after_another():
    timed = {"step_name": "search", "time_ms": 700, "status": "done"}
    root, first, second = logged(step_data=[STEP, timed], response_time=3)
    assert (root.kind, root.name, root.input, root.output) == ("chain", "interaction", "q", "r")
    assert {first.parent_span_id, second.parent_span_id} == {root.span_id}
    assert (first.name, first.kind, second.name, second.kind) == ("sql_generation", "call", "search", "span")
    assert (first.start_ns, first.end_ns) == (root.start_ns, root.start_ns + 1_500_000_000)
    assert (second.start_ns, second.end_ns) == (first.end_ns, first.end_ns + 700_000_000)
    assert first.call is not None
    assert first.call.usage is not None
    assert (first.call.usage.input, first.call.usage.output) == (40, 80)
    assert second.attributes == {"time_ms": 700, "status": "done"}


def test_steps_that_took_longer_than_the_whole_ran_side_by_side():
    root, first, second = logged(step_data=[STEP, STEP], response_time=2)
    assert first.start_ns == second.start_ns == root.start_ns


def test_a_step_that_failed_says_so():
    _, step = logged(step_data=[{"type": "t", "status": "failed", "error": "no rows"}])
    assert step.failure is not None
    assert (step.status, step.failure.message) == ("error", "no rows")


def test_the_call_of_an_interaction_is_told_once():
    """A step that names a model is the call; where none does, the interaction's own model stands beside the steps."""
    assert [span.kind for span in logged(llm_model="gpt-4o", token_count=150, step_data=[STEP])] == ["chain", "call"]
    root, step, call = logged(llm_model="gpt-4o", token_count=150, step_data=[{"type": "x", "token": 1}])
    assert (root.kind, step.kind, call.kind) == ("chain", "span", "call")
    assert (step.parent_span_id, call.parent_span_id) == (root.span_id, root.span_id)


def test_a_step_that_is_no_object_loses_only_itself():
    decoded = told({"user_prompt": "q", "step_data": ["bad", STEP, None]})
    assert [span.name for span in decoded.spans] == ["interaction", "sql_generation"]
    assert sum(decoded.dropped.values()) == 2


def test_feedback_becomes_scores_of_the_interaction():
    body = {**OLDER, "metadata": {"likes": 1, "dislikes": 0, "rating": 4, "feedback": "good"}}
    assert scores(body) == {"likes": 1.0, "rating": 4.0, "feedback": "good"}
    root, call = spans(body)
    assert {(event.trace_id, event.span_id) for event in told(body).logs} == {(root.trace_id, root.span_id)}
    assert call.parent_span_id == root.span_id


def test_feedback_that_comes_later_judges_the_message_that_it_names():
    (answer,) = spans(OLDER)
    late = told({"message_id": "msg-789", "session_id": "session-456", "metadata": {"likes": 1}})
    (event,) = late.logs
    assert late.spans == []
    assert (event.trace_id, event.span_id) == (answer.trace_id, answer.span_id)
    assert event.attributes["session.id"] == "session-456"


def test_a_connection_test_is_not_shown():
    decoded = told({"user_prompt": "connection_test", "response": "test_response", "org_id": "o", "mode": "prod"})
    assert (list(decoded.spans), list(decoded.logs)) == ([], [])
    assert sum(decoded.dropped.values()) == 1


def test_a_post_that_is_tried_again_is_one_interaction_where_it_can_be_told():
    """By its message id, or by a time so fine that no two answers share it; else two equal answers are two."""
    named = [spans(OLDER, at_ns=ARRIVAL_NS + late)[0] for late in (0, 10**9)]
    timed = [spans({"user_prompt": "q", "response_time": 1.23456}, at_ns=ARRIVAL_NS + late)[0] for late in (0, 10**9)]
    plain = [spans({"user_prompt": "q", "response_time": 1.5}, at_ns=ARRIVAL_NS + late)[0] for late in (0, 10**9)]
    assert [len({(span.trace_id, span.span_id) for span in each}) for each in (named, timed, plain)] == [1, 1, 2]


def test_the_same_envelope_gives_the_same_spans():
    body = {"user_prompt": "q", "response": "r", "step_data": [STEP]}
    assert spans(body) == spans(body)


def test_a_vendors_own_answer_is_read_as_such():
    answer = {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "model": "gpt-4o-2024-08-06",
        "choices": [{"index": 0, "message": {"role": "assistant", "content": "Hi"}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 10, "completion_tokens": 2, "total_tokens": 12},
    }
    (span,) = logged(response=answer, llm_model="gpt-4o")
    assert span.call is not None
    assert span.call.usage is not None
    assert (span.call.response_model, span.call.response_id) == ("gpt-4o-2024-08-06", "chatcmpl-1")
    assert (span.call.usage.input, span.call.usage.output, span.call.finish_reasons) == (10, 2, ("stop",))
    assert span.call.provider == "openai"


def test_a_function_that_failed_is_a_failure():
    (span,) = logged(response="Error: boom", metaData={"error": True, "error_message": "boom"})
    assert span.failure is not None
    assert (span.status, span.failure.message) == ("error", "boom")


def test_fields_that_nobody_knows_are_kept():
    (span,) = logged(llm_model2="gpt-4", temperature=0.2, nothing=None, user_roles="admin", file_name="a.csv")
    assert span.attributes == {"llm_model2": "gpt-4", "temperature": 0.2}
    assert span.metadata == {"user_roles": "admin", "file_name": "a.csv"}


@pytest.mark.parametrize("value", [None, 7, "text", "", [], ["x"], {}, {"a": {"b": 1}}, True, -1.5])
def test_no_value_of_any_field_makes_it_fail(value: Any):
    for name in (*OLDER, *LATER, "step_data", "unknown"):
        assert len(spans({**OLDER, name: value})) >= 1
    for name in (*STEP, "status", "time_ms", "error"):
        assert len(logged(step_data=[{**STEP, name: value}])) >= 2


def test_a_step_that_is_told_alone_is_read_in_both_forms():
    """As a log with one step, as most clients send it, or as the step itself."""
    as_log = {"user_prompt": "Generate SQL", "response": "SELECT 1", "response_time": 1.5, "step_data": [STEP]}
    for body in (as_log, {**STEP, "org_id": "org-1", "mode": "prod", "session_id": "s"}):
        root, step = spans(body, "steps")
        assert (root.input, root.output, step.name, step.kind) == ("Generate SQL", "SELECT 1", "sql_generation", "call")
        assert step.attributes["id"] == 1


def test_a_span_can_be_kept_as_any_other():
    for span in (*spans({**OLDER, "step_data": [STEP]}), *logged()):
        assert msgspec.msgpack.decode(msgspec.msgpack.encode(span), type=type(span)) == span
        assert (len(span.trace_id), len(span.span_id)) == (32, 16)
