"""Spans as OTLP/JSON: what our own receiver makes of them is what they were."""

import enum
import json
from collections.abc import Mapping
from typing import Any

import msgspec
import pytest

from headwater.event import (
    Blob,
    Call,
    Failure,
    File,
    LogEvent,
    Message,
    Reasoning,
    Span,
    SpanEvent,
    SpanLink,
    Text,
    ToolCall,
    ToolCallResponse,
    ToolDefinition,
    Unknown,
    Uri,
    Usage,
)
from headwater.otlp import JSON, log_events_of, spans_of
from headwater.outbox import encode_log, encode_span
from tests.rooms.outbox.receiver import span

ANTHROPIC = Call(
    operation="chat",
    provider="anthropic",
    request_model="claude-x",
    response_model="claude-x-1",
    response_id="msg_1",
    input=(
        Message(role="system", parts=(Text(content="Be brief."),)),
        Message(role="user", parts=(Text(content="Häuser \u2028 🏠"), Uri(modality="image", uri="https://a/b.png"))),
        Message(
            role="assistant", parts=(Reasoning(content="hm"), ToolCall(name="f", id="t1", arguments={"a": [1, None]}))
        ),
        Message(role="tool", parts=(ToolCallResponse(response={"found": 2.5}, id="t1"),)),
        Message(role="user", parts=(File(modality="pdf", file_id="f1"), Blob(modality="audio", content="AAAA"))),
    ),
    output=(Message(role="assistant", parts=(Text(content="Two."),), finish_reason="end_turn"),),
    tools=(
        ToolDefinition(name="f", description="Finds.", parameters={"type": "object", "properties": {}}),
        ToolDefinition(name="search", type="search_1", raw={"type": "search_1", "name": "search", "max_uses": 2}),
    ),
    parameters={
        "temperature": 0.5,
        "max_tokens": 100,
        "stop_sequences": ["a", "b"],
        "output.type": "json",
        "response_format": {"type": "json_schema", "strict": True, "schema": {"n": [1, 2]}},
    },
    finish_reasons=("end_turn",),
    usage=Usage(
        input=24,
        cache_read=1900,
        cache_write_5m=60,
        cache_write_1h=40,
        output=67,
        reasoning=60,
        reported={
            "input_tokens": 24,
            "cache_read_input_tokens": 1900,
            "cache_creation_input_tokens": 100,
            "output_tokens": 67,
        },
    ),
    service_tier="standard",
    is_stream=True,
    ttft_ns=123_456_789,
    reported_cost_usd=0.25,
)
OPENAI = Call(
    operation="embeddings",
    provider="openai",
    request_model="e",
    parameters={"embeddings.dimension.count": 8},
    usage=Usage(input=9, input_audio=3, output=0, reported={"prompt_tokens": 9, "total_tokens": 9}),
    service_tier="flex",
    is_stream=False,
)


def _body(record: bytes, groups: str = "resourceSpans", scopes: str = "scopeSpans", records: str = "spans") -> bytes:
    scope: dict[str, Any] = {"scope": {"name": "headwater", "version": "1"}, records: [msgspec.Raw(record)]}
    return msgspec.json.encode({groups: [{"resource": {"attributes": []}, scopes: [scope]}]})


def _back(told: Span) -> Span:
    """What the receiver reads."""
    [read] = spans_of(_body(encode_span(told)), JSON)
    return read


def _attributes(told: Span) -> dict[str, Any]:
    """The attributes on the wire, by name."""
    return {each["key"]: each["value"] for each in json.loads(encode_span(told))["attributes"]}


def _without_report(call: Call | None) -> Call:
    """The receiver keeps the attributes' own names beside the vendor's."""
    assert call is not None
    usage = msgspec.structs.replace(call.usage, reported={}) if call.usage is not None else None
    return msgspec.structs.replace(call, usage=usage)


@pytest.mark.parametrize("call", [ANTHROPIC, OPENAI, Call(provider="openai", request_model="m")])
def test_a_call_comes_back_as_it_was(call: Call):
    told = span(0, kind="call", call=call, name="")
    read = _back(told)
    assert _without_report(read.call) == _without_report(call)
    reported: Mapping[str, Any] = call.usage.reported if call.usage is not None else {}
    assert read.call is not None
    assert reported.items() <= (read.call.usage.reported if read.call.usage is not None else {}).items()
    assert (read.kind, read.source, read.name) == ("call", "headwater", f"{call.operation} {call.request_model}")
    assert (read.start_ns, read.end_ns, read.trace_id, read.span_id) == (
        told.start_ns,
        told.end_ns,
        told.trace_id,
        told.span_id,
    )


def test_a_call_is_a_client_span_in_the_words_of_the_conventions():
    told = json.loads(encode_span(span(0, kind="call", call=msgspec.structs.replace(ANTHROPIC, attempts=3))))
    assert told["kind"] == 3
    assert told["startTimeUnixNano"] == "1795000000000000000"
    attributes = {each["key"]: each["value"] for each in told["attributes"]}
    assert attributes["gen_ai.usage.input_tokens"] == {"intValue": "2024"}
    assert attributes["gen_ai.usage.output_tokens"] == {"intValue": "67"}
    assert attributes["gen_ai.usage.cache_creation.input_tokens"] == {"intValue": "100"}
    assert attributes["gen_ai.response.finish_reasons"] == {"arrayValue": {"values": [{"stringValue": "end_turn"}]}}
    assert attributes["gen_ai.output.type"] == {"stringValue": "json"}
    assert attributes["gen_ai.request.stream"] == {"boolValue": True}
    assert attributes["headwater.attempts"] == {"intValue": "3"}
    definitions = json.loads(attributes["gen_ai.tool.definitions"]["stringValue"])
    assert [definition["type"] for definition in definitions] == ["function", "search_1"]


def test_who_what_and_where_come_back():
    told = span(
        0,
        parent_span_id="00000000000000ff",
        session_id="s",
        user_id="u",
        tags=("a", "b"),
        metadata={"plan": "pro"},
        status="ok",
        attributes={"server.port": 443, "left.out": None},
        events=(SpanEvent(name="note", time_ns=1_795_000_000_500_000_000, attributes={"n": 1}),),
        links=(SpanLink(trace_id="1af7651916cd43dd8448eb211c80319c", span_id="00000000000000aa"),),
    )
    read = _back(told)
    for field in ("parent_span_id", "session_id", "user_id", "tags", "metadata", "status", "name", "events", "links"):
        assert getattr(read, field) == getattr(told, field)
    assert read.attributes["server.port"] == 443


def test_a_failure_comes_back_with_its_trace_and_is_told_as_an_event_once():
    failure = Failure(type="RateLimitError", message="slow down", http_status=429, stacktrace="Traceback: ...")
    told = span(0, status="error", failure=failure)
    read = _back(told)
    assert (read.status, read.failure) == ("error", failure)
    assert [event.name for event in read.events] == ["exception"]
    assert [event.name for event in _back(msgspec.structs.replace(told, events=read.events)).events] == ["exception"]


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        ("agent", {"input": {"q": 1}, "output": "done", "agent_name": "step 0"}),
        ("tool", {"input": {"x": [1, 2]}, "output": {"y": None}, "tool_name": "step 0"}),
        ("retrieval", {"input": "question", "output": [{"id": "a", "score": 0.5, "text": "t"}]}),
        ("retrieval", {"input": {"q": "question"}, "output": ["a", "b"]}),
        ("chain", {"input": {"a": 1}, "output": [1, 2, 3]}),
        ("span", {"input": "text", "output": {"b": True}}),
    ],
)
def test_a_step_comes_back_with_what_it_was_given_and_gave(kind: str, fields: dict[str, Any]):
    told = span(0, kind=kind, **fields)
    read = _back(told)
    assert {name: getattr(read, name) for name in fields} == fields
    assert _attributes(told)["headwater.span.kind"] == {"stringValue": kind}
    assert json.loads(encode_span(told))["kind"] == 1


def test_a_conversation_of_an_agent_comes_back():
    told = span(0, kind="agent", input_messages=ANTHROPIC.input, output_messages=ANTHROPIC.output)
    assert (_back(told).input_messages, _back(told).output_messages) == (ANTHROPIC.input, ANTHROPIC.output)


def test_messages_are_told_by_the_schema_of_the_conventions():
    given = (Message(role="user"), Message(role="assistant", parts=(Unknown(generic_type="new", raw={"a": 1}),)))
    text = _attributes(span(0, kind="call", call=Call(input=given)))["gen_ai.input.messages"]["stringValue"]
    assert json.loads(text) == [
        {"role": "user", "parts": []},
        {"role": "assistant", "parts": [{"type": "generic", "generic_type": "new", "raw": {"a": 1}}]},
    ]


class _Colour(enum.Enum):
    RED = "red"


class _Rude:
    def __str__(self) -> str:
        raise RuntimeError("no")


def _endless() -> list[Any]:
    found: list[Any] = []
    found.append(found)
    return found


@pytest.mark.parametrize(
    "value",
    [
        "lone \ud800 surrogate",
        {"key \udfff": "lone \ud800"},
        {1: "a", None: "b", (1, 2): "c"},
        float("nan"),
        float("-inf"),
        [float("inf")],
        2**70,
        [-(2**80)],
        b"\x00\xff",
        {"a", "b"},
        _Colour.RED,
        _Rude(),
        [_Rude()],
        object(),
        _endless(),
        {"deep": json.loads("[" * 200 + "]" * 200)},
        Exception("x"),
    ],
)
@pytest.mark.parametrize("place", ["attributes", "input", "metadata", "message", "parameter"])
def test_nothing_that_a_program_may_record_fails(value: Any, place: str):
    told = {
        "attributes": lambda: span(0, attributes={"it": value}),
        "input": lambda: span(0, input=value, output=[value]),
        "metadata": lambda: span(0, metadata={"it": value}),
        "message": lambda: span(
            0, kind="call", call=Call(input=(Message(role="user", parts=(ToolCallResponse(response=value),)),))
        ),
        "parameter": lambda: span(0, kind="call", call=Call(parameters={"it": value})),
    }[place]()
    assert _back(told).span_id == told.span_id


def test_a_text_with_a_lone_surrogate_loses_only_that():
    assert _back(span(0, attributes={"it": "a\ud800b", "other": "c"})).attributes["it"] == "a?b"


def test_a_log_event_comes_back():
    told = LogEvent(
        time_ns=1_795_000_000_000_000_000,
        name="n",
        trace_id="0af7651916cd43dd8448eb211c80319c",
        span_id="b7ad6b7169203331",
        severity="WARN",
        body={"a": [1, "b", None]},
        attributes={"gen_ai.evaluation.score.value": 1.0},
        scope="headwater",
    )
    [read] = log_events_of(_body(encode_log(told), "resourceLogs", "scopeLogs", "logRecords"), JSON)
    assert read == told
