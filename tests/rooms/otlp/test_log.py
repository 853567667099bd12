import json

from headwater.event import Message, Text, ToolCall, ToolCallResponse
from headwater.otlp import scores_of
from tests.rooms.otlp.telling import START_NS, any_value, log_told, recorded_logs, recorded_spans

_QUESTION = Message(role="user", parts=(Text(content="What is the capital of France?"),))
_ANSWER = (Text(content="The capital of France is Paris."),)


def test_old_events_tell_one_message_each_in_the_body() -> None:
    """Semantic conventions up to 1.36: the role is in the event's name."""
    first = recorded_logs("openai_v2_old_default_events")[:3]
    assert [event.name for event in first] == ["gen_ai.system.message", "gen_ai.user.message", "gen_ai.choice"]
    assert first[0].input == (Message(role="system", parts=(Text(content="You are a geography tutor."),)),)
    assert first[1].input == (_QUESTION,)
    assert first[2].output == (Message(role="assistant", parts=_ANSWER, finish_reason="stop"),)
    assert {event.span_id for event in first} == {first[0].span_id}


def test_old_events_tell_tool_calls_and_what_came_of_them() -> None:
    events = recorded_logs("openai_v2_old_default_events")
    wishes = [part for event in events for message in event.input + event.output for part in message.parts]
    wish = ToolCall(name="get_weather", id="call_mock000150", arguments={"location": "Paris", "unit": "celsius"})
    assert wishes.count(wish) == 2
    assert ToolCallResponse(response='{"temp": 21}', id="call_mock000150") in wishes


def test_a_new_event_tells_a_whole_call_in_structured_attributes() -> None:
    event = recorded_logs("otel_genai_openai_content")[0]
    assert event.name == "gen_ai.client.inference.operation.details"
    assert event.input == (Message(role="system", parts=(Text(content="You are a geography tutor."),)), _QUESTION)
    assert event.output == (Message(role="assistant", parts=_ANSWER, finish_reason="stop"),)
    assert event.time_ns > START_NS


def test_every_content_event_belongs_to_a_call_of_its_recording() -> None:
    for name in ("openai_v2_old_default_events", "otel_genai_openai_content", "otel_genai_anthropic_content"):
        calls = {(span.trace_id, span.span_id) for span in recorded_spans(name) if span.kind == "call"}
        told = [event for event in recorded_logs(name) if event.input or event.output]
        assert len(told) > 12, name
        assert {(event.trace_id, event.span_id) for event in told} <= calls


def test_the_name_may_be_an_attribute_and_the_body_json() -> None:
    body = {"stringValue": json.dumps({"content": "What is the capital of France?"})}
    event = log_told({"event.name": "gen_ai.user.message"}, body=body, timeUnixNano=START_NS)
    assert (event.name, event.input, event.time_ns) == ("gen_ai.user.message", (_QUESTION,), START_NS)


def test_any_other_record_is_kept_as_it_is() -> None:
    event = log_told({"k": "v"}, body=any_value({"a": [1]}), severityNumber=13, observedTimeUnixNano=str(START_NS))
    assert (event.body, event.severity, event.input, event.output) == ({"a": [1]}, "WARN", (), ())
    assert (event.attributes, event.time_ns) == ({"k": "v"}, START_NS)


def test_ids_that_cannot_be_join_nothing() -> None:
    assert log_told(traceId="00" * 16).trace_id == ""
    assert log_told(spanId="zz").span_id == ""
    assert log_told(severityText="notice", severityNumber="SEVERITY_NUMBER_INFO2").severity == "notice"
    assert log_told(severityNumber="SEVERITY_NUMBER_INFO2").severity == "INFO"


def test_scores_are_evaluation_events_of_the_span_they_judge() -> None:
    score = {"traceId": "AB" * 16, "observationId": "cd" * 8, "name": "relevance", "value": 0.9, "comment": "good"}
    batch = {"batch": [{"type": "score-create", "timestamp": "2026-11-20T09:58:05Z", "body": score}]}
    (event,) = scores_of(json.dumps(batch).encode())
    assert (event.name, event.trace_id, event.span_id) == ("gen_ai.evaluation.result", "ab" * 16, "cd" * 8)
    assert event.attributes["gen_ai.evaluation.score.value"] == 0.9
    assert event.time_ns == START_NS
    (from_array,) = scores_of(json.dumps([{**score, "value": "yes"}]).encode(), received_ns=5)
    assert from_array.attributes["gen_ai.evaluation.score.label"] == "yes"
    assert from_array.time_ns == 5
