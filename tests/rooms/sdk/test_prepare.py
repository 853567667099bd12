"""What leaves the program: without content, masked, cut and hooked, in this order."""

from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from headwater.errors import HeadwaterError
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
from headwater.redact import Masks
from headwater.sdk.prepare import Told, prepare_with

SECRET = "sk-" + "aB3d" * 8
MARKER = "[masked: api key]"
LIMIT = 100

_Prepare = Callable[[Told], Told | None]


def prepare(masks: Masks | None = None, limit: int = LIMIT) -> _Prepare:
    """Content stays, no hook."""
    return prepare_with("full", masks, None, limit)


def conversation(text: str) -> tuple[Message, ...]:
    """A message with a part of each kind that holds text."""
    return (
        Message(
            role="user",
            parts=(
                Text(content=text),
                Reasoning(content=text),
                ToolCall(name="look", arguments={"at": [text, 1]}),
                ToolCallResponse(response=text),
                Uri(modality="image", uri=text),
                File(modality="image", file_id="file-1"),
                Unknown(generic_type="odd", raw={"a": text}),
                Blob(modality="image", content="aGVhZA==", mime_type="image/png"),
            ),
            name=text,
        ),
    )


def call_span(text: str) -> Span:
    """A call with the text at every place where a text may be."""
    return Span(
        trace_id="a" * 32,
        span_id="b" * 16,
        name=text,
        kind="call",
        start_ns=1,
        end_ns=2,
        status="error",
        failure=Failure(type="RateLimitError", message=text, stacktrace=text, http_status=429),
        session_id=text,
        user_id=text,
        tags=("blue", text),
        metadata={"team": text},
        tool_name=text,
        agent_name=text,
        input={"a": text},
        output=text,
        input_messages=conversation(text),
        output_messages=conversation(text),
        events=(SpanEvent(name=text, time_ns=1, attributes={"a": text}),),
        links=(SpanLink(trace_id="c" * 32, span_id="d" * 16, attributes={"a": text}),),
        attributes={"a": text, "n": 1},
        call=Call(
            provider="openai",
            request_model="gpt-5",
            response_id="resp_1",
            input=conversation(text),
            output=conversation(text),
            tools=(ToolDefinition(name="look", description=text, parameters={"title": text}, raw={"x": [text]}),),
            parameters={"temperature": 0.5, "stop_sequences": [text]},
            usage=Usage(input=7, output=3, reported={"prompt": 7}),
            ttft_ns=5,
        ),
    )


def log(text: str) -> LogEvent:
    """A log with the text at every place where a text may be."""
    return LogEvent(
        time_ns=1,
        name=text,
        body={"said": text},
        attributes={"a": text},
        input=conversation(text),
        output=conversation(text),
    )


def written(told: Told | None) -> str:
    """All that would be sent, as text."""
    return msgspec.json.encode(told).decode()


@pytest.mark.parametrize("told", [call_span("hello"), log("hello"), call_span(""), log("")])
def test_what_needs_no_change_is_the_same_object(told: Told):
    assert prepare(Masks(("secrets", "email")))(told) is told


@pytest.mark.parametrize("make", [call_span, log])
def test_a_secret_is_masked_at_every_place_of_a_text(make: Callable[[str], Told]):
    told = make(f"with {SECRET}")
    assert prepare(Masks(("secrets",)))(told) == make(f"with {MARKER}")
    assert told == make(f"with {SECRET}"), "what came in is not written into"


@pytest.mark.parametrize("make", [call_span, log])
def test_a_long_text_is_cut_with_a_mark_at_every_place(make: Callable[[str], Told]):
    told = make("é" * 1_234_667)
    assert prepare()(told) == make("é" * LIMIT + "… [cut by headwater: 1,234,567 characters]")


@pytest.mark.parametrize("make", [call_span, log])
def test_a_text_of_just_the_limit_stays(make: Callable[[str], Told]):
    told = make("x" * LIMIT)
    assert prepare()(told) is told


def test_a_secret_across_the_limit_is_masked_before_the_cut():
    told = prepare(Masks(("secrets",)))(log("x" * (LIMIT - 11) + " " + SECRET))
    assert told == log("x" * (LIMIT - 11) + " " + MARKER[:10] + "… [cut by headwater: 7 characters]")


def test_base64_over_the_limit_is_replaced_by_what_it_was():
    blobs = (
        Blob(modality="image", content="A" * 1_200, mime_type="image/png"),
        Blob(modality="audio", content="A" * 101),
    )
    span = replace(call_span(""), call=Call(input=(Message(role="user", parts=blobs),)))
    told = prepare()(span)
    assert isinstance(told, Span)
    assert told.call is not None
    assert told.call.input[0].parts == (
        Text(content="[cut by headwater: image/png, 1,200 characters of base64]"),
        Text(content="[cut by headwater: audio, 101 characters of base64]"),
    )


def test_without_content_nothing_that_was_said_is_sent():
    told = prepare_with("off", None, None, LIMIT)(replace(call_span("label"), input="said", output="said"))
    assert told == replace(
        call_span("label"),
        input=None,
        output=None,
        input_messages=(),
        output_messages=(),
        call=Call(
            provider="openai",
            request_model="gpt-5",
            response_id="resp_1",
            parameters={"temperature": 0.5},
            usage=Usage(input=7, output=3, reported={"prompt": 7}),
            ttft_ns=5,
        ),
    )


def test_without_content_a_log_keeps_its_body_and_loses_its_messages():
    told = prepare_with("off", None, None, LIMIT)(log("label"))
    assert told == replace(log("label"), input=(), output=())


@pytest.mark.parametrize(
    "name",
    [
        "gen_ai.input.messages",
        "gen_ai.retrieval.query.text",
        "gen_ai.tool.call.arguments",
        "gen_ai.tool.call.result",
        "input.value",
        "output.value",
    ],
)
def test_without_content_attributes_that_hold_it_go(name: str):
    attributes = {name: "said", "server.port": 443}
    event = SpanEvent(name="told", time_ns=1, attributes=attributes)
    span = replace(call_span(""), attributes=attributes, events=(event,))
    assert "said" not in written(prepare_with("off", None, None, LIMIT)(span))
    assert "said" not in written(prepare_with("off", None, None, LIMIT)(LogEvent(time_ns=1, attributes=attributes)))
    assert "server.port" in written(prepare_with("off", None, None, LIMIT)(span))


@pytest.mark.parametrize(
    ("value", "is_kept"),
    [
        (0.5, True),
        (True, True),
        ("auto", True),
        ("a text that was said", False),
        ("x" * 41, False),
        ({"type": "content", "content": "said"}, False),
        (["said"], False),
    ],
)
def test_without_content_only_settings_that_cannot_hold_it_stay(value: Any, is_kept: bool):
    told = prepare_with("off", None, None, LIMIT)(replace(call_span(""), call=Call(parameters={"p": value})))
    assert isinstance(told, Span)
    assert told.call == Call(parameters={"p": value} if is_kept else {})


def test_the_hook_sees_what_is_masked_and_cut_and_its_answer_is_sent():
    seen: list[Told] = []

    def hook(told: Told) -> Told:
        seen.append(told)
        return log("from the hook")

    told = prepare_with("off", Masks(("secrets",)), hook, LIMIT)(replace(log(SECRET), input=(), output=()))
    assert seen == [replace(log(MARKER), input=(), output=())]
    assert told == log("from the hook")


def test_the_hook_may_drop():
    assert prepare_with("full", None, lambda told: None, LIMIT)(log("x")) is None


def test_what_the_hook_raises_is_raised():
    def hook(told: Told) -> Told:
        raise LookupError(told.name)

    with pytest.raises(LookupError, match="x"):
        prepare_with("full", None, hook, LIMIT)(log("x"))


def test_a_hook_that_returns_something_else_is_refused():
    wrong: Any = {"trace_id": "x"}
    with pytest.raises(
        HeadwaterError, match="the redact hook returned 'dict': it must return a Span, a LogEvent or None"
    ):
        prepare_with("full", None, lambda told: wrong, LIMIT)(log("x"))


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.sampled_from([SECRET, "y" * 150]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)


@given(_JSON, _JSON)
def test_no_shape_of_input_or_output_lets_a_secret_or_a_long_text_through(given_value: Any, gave: Any):
    told = prepare(Masks(("secrets",)))(
        replace(call_span(""), input=given_value, output={"a": gave}, attributes={"b": gave})
    )
    assert SECRET not in written(told)
    assert "y" * (LIMIT + 1) not in written(told)
