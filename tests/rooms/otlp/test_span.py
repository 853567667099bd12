from typing import Any

import pytest

from headwater.event import Failure, Text
from headwater.otlp import JSON, is_log_span, spans_of
from tests.rooms.otlp.telling import SECOND_NS, START_NS, recorded_spans, span_json, span_told, traces_body


def _step(name: str, step: str) -> list[Any]:
    spans = recorded_spans(name)
    (parent,) = [span for span in spans if span.name == step]
    return [span for span in spans if span.parent_span_id == parent.span_id]


def test_raw_attributes_events_links_scope_and_resource_are_kept() -> None:
    span = span_told(
        {"text": "a", "number": 7, "parts": [1, {"deep": True}], "nothing": None},
        scope="some.scope",
        resource={"service.name": "shop", "service.version": "1.2"},
        events=[{"name": "said", "timeUnixNano": 5, "attributes": []}],
        links=[{"traceId": "AB" * 16, "spanId": "cd" * 8}],
        parentSpanId="AA" * 8,
    )
    assert span.attributes == {"text": "a", "number": 7, "parts": [1, {"deep": True}]}
    assert (span.scope, span.resource["service.name"], span.service_name) == ("some.scope", "shop", "shop")
    assert (span.events[0].name, span.links[0].trace_id, span.parent_span_id) == ("said", "ab" * 16, "aa" * 8)
    assert (span.kind, span.source, span.release) == ("span", "otel", "1.2")


def test_marks_of_settings_not_made_are_no_values() -> None:
    """MLflow writes the repr of openai's marks, in JSON quotes."""
    mark = "<openai.Omit object at 0x7fd5b29cb910>"
    span = span_told({"a": mark, "b": f'"{mark}"', "c": "<openai.NotGiven object at 0x1>", "d": "<b>bold</b>"})
    assert span.attributes == {"d": "<b>bold</b>"}


@pytest.mark.parametrize(
    ("sent", "start_ns", "end_ns"),
    [
        ((START_NS, START_NS + 5), START_NS, START_NS + 5),
        ((START_NS // 10**9, START_NS // 10**9 + 1), START_NS, START_NS + SECOND_NS),
        ((START_NS // 10**6, START_NS // 10**6), START_NS, START_NS),
        ((START_NS // 10**3, START_NS // 10**3), START_NS, START_NS),
        ((START_NS, START_NS - 5), START_NS, START_NS),
        ((0, START_NS), START_NS, START_NS),
        ((START_NS, 0), START_NS, START_NS),
        ((0, 0), 42, 42),
        ((2**64 - 1, START_NS), START_NS, START_NS),
        ((99_000_000_000, START_NS), START_NS, START_NS),
    ],
)
def test_times_that_cannot_be_are_made_usable_and_kept(sent: tuple[int, int], start_ns: int, end_ns: int) -> None:
    told = span_json(startTimeUnixNano=sent[0], endTimeUnixNano=str(sent[1]))
    (span,) = spans_of(traces_body(told), JSON, received_ns=42)
    assert (span.start_ns, span.end_ns) == (start_ns, end_ns)
    kept = (
        span.attributes.get("otlp.start_time_unix_nano", start_ns),
        span.attributes.get("otlp.end_time_unix_nano", end_ns),
    )
    assert kept == sent


def test_who_and_where_are_read_by_everyones_names() -> None:
    resource = {"deployment.environment": "staging"}
    by_langfuse = {"langfuse.session.id": "s", "langfuse.user.id": "u", "langfuse.environment": "dev"}
    by_traceloop = {
        "traceloop.association.properties.session_id": "s",
        "traceloop.association.properties.user_id": "u",
        "traceloop.association.properties.tier": "gold",
    }
    for attributes in (by_langfuse, by_traceloop):
        span = span_told(attributes, resource=resource)
        assert (span.session_id, span.user_id, span.environment) == ("s", "u", "staging")
    assert span_told(by_traceloop).metadata == {"tier": "gold"}
    assert span_told(by_langfuse).environment == "dev"


def test_a_session_that_logfire_blotted_out_is_no_session() -> None:
    calls = [span for span in recorded_spans("logfire") if span.scope.startswith("logfire.")]
    assert {span.session_id for span in calls} <= {"", "sess-9"}
    assert {span.user_id for span in calls} == {"user-42"}


@pytest.mark.parametrize("tags", ["langfuse.trace.tags", "tag.tags", "ai.telemetry.metadata.tags", "logfire.tags"])
def test_tags_are_a_list_or_a_json_list(tags: str) -> None:
    assert span_told({tags: ["prod", "eu"]}).tags == ("prod", "eu")
    assert span_told({tags: '["prod", "eu"]'}).tags == ("prod", "eu")


def test_metadata_is_text_without_json_quotes_and_without_empty_values() -> None:
    span = span_told(
        {
            "langfuse.trace.metadata.tier": '"gold"',
            "langfuse.observation.metadata.level": "3",
            "metadata.team_id": "",
            "metadata.budget": "None",
            "metadata.headers": "{}",
            "metadata": '{"region": "eu", "limits": {"a": 1}}',
            "gen_ai.prompt.name": "greeting",
            "gen_ai.prompt.version": "7",
        }
    )
    assert span.metadata == {
        "tier": "gold",
        "level": "3",
        "region": "eu",
        "limits": '{"a":1}',
        "prompt.name": "greeting",
        "prompt.version": "7",
    }


def test_an_error_is_told_by_status_type_event_or_level() -> None:
    raised = {
        "name": "exception",
        "attributes": [
            {"key": "exception.type", "value": {"stringValue": "openai.RateLimitError"}},
            {"key": "exception.message", "value": {"stringValue": "slow down"}},
            {"key": "exception.stacktrace", "value": {"stringValue": "Traceback"}},
        ],
    }
    told = span_told({"http.response.status_code": 429}, status={"code": "STATUS_CODE_ERROR"}, events=[raised])
    assert told.status == "error"
    expected = Failure(type="openai.RateLimitError", message="slow down", http_status=429, stacktrace="Traceback")
    assert told.failure == expected
    assert span_told({"error.type": "503"}).failure == Failure(type="503", http_status=503)
    levelled = {"langfuse.observation.level": "ERROR", "langfuse.observation.status_message": '"no luck"'}
    assert span_told(levelled).failure == Failure(type="error", message="no luck")


def test_an_exception_that_was_handled_is_no_failure() -> None:
    span = span_told(status={"code": 1}, events=[{"name": "exception"}])
    assert (span.status, span.failure) == ("ok", None)


def test_a_tool_step_has_its_name_arguments_and_result() -> None:
    (tool,) = [span for span in recorded_spans("pydantic_ai_v5") if span.tool_name == "weather"][:1]
    assert (tool.kind, tool.agent_name) == ("tool", "wx")
    assert (tool.input, tool.output, tool.call) == ({"location": "Paris", "unit": "celsius"}, "21C", None)


def test_a_retrieval_gives_its_documents() -> None:
    (search,) = [span for span in recorded_spans("openinference_manual") if span.kind == "retrieval"]
    document = {"id": "d1", "content": "Paris is in France", "score": 0.9, "metadata": {"src": "wiki"}}
    assert (search.input, search.output) == ("Capital?", [document])


def test_an_agent_keeps_the_conversation_and_no_usage() -> None:
    agent = next(span for span in recorded_spans("pydantic_ai_v5") if span.kind == "agent")
    assert [message.role for message in agent.input_messages] == ["user", "assistant"]
    assert agent.call is None


def test_an_old_agents_events_are_a_conversation_too() -> None:
    agent = next(span for span in recorded_spans("pydantic_ai_0_8_v1") if span.kind == "agent")
    assert [message.role for message in agent.input_messages] == ["system", "user", "assistant"]
    assert agent.input_messages[1].parts == (Text(content="Capital of France?"),)


def test_logfires_span_for_a_streams_end_is_as_long_as_the_stream() -> None:
    ends = [span for span in recorded_spans("logfire") if is_log_span(span)]
    assert len(ends) == 13
    assert all(40_000_000 < span.end_ns - span.start_ns < 200_000_000 for span in ends)


def test_the_names_of_steps_stay_with_their_calls() -> None:
    (call,) = _step("langfuse_v3", "app.chat_err_429")
    assert (call.status, call.kind) == ("error", "call")
    assert call.failure is not None
    assert call.failure.message.startswith("Error code: 429")
