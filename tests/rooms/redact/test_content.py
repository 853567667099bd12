"""Content taken away: one side or both, and nothing beside it."""

from typing import Any

import pytest
from msgspec.structs import replace

from headwater.event import (
    Call,
    LogEvent,
    Message,
    Span,
    SpanEvent,
    Text,
    ToolDefinition,
    Usage,
)
from headwater.redact import without_content

_ASKED = (Message(role="user", parts=(Text(content="asked"),)),)
_GAVE = (Message(role="assistant", parts=(Text(content="gave"),)),)
_ATTRIBUTES = {"gen_ai.input.messages": "asked", "gen_ai.output.messages": "gave", "server.port": 443}
_CALL = Call(
    request_model="gpt-5",
    input=_ASKED,
    output=_GAVE,
    tools=(ToolDefinition(name="search"),),
    parameters={"temperature": 0.5, "stop_sequences": ["asked"]},
    usage=Usage(input=7, output=3),
)
_SPAN = Span(
    trace_id="1",
    span_id="2",
    start_ns=1,
    end_ns=2,
    kind="call",
    call=_CALL,
    input="asked",
    output="gave",
    input_messages=_ASKED,
    output_messages=_GAVE,
    attributes=_ATTRIBUTES,
    events=(SpanEvent(name="told", time_ns=1, attributes=_ATTRIBUTES),),
)


def _sides(told: Span) -> tuple[Any, ...]:
    assert told.call is not None
    call = told.call
    return (call.input, call.output, told.input, told.output, told.input_messages, told.output_messages)


def test_both_sides_go_and_the_facts_stay():
    left = {"server.port": 443}
    assert without_content(_SPAN) == replace(
        _SPAN,
        call=Call(request_model="gpt-5", parameters={"temperature": 0.5}, usage=Usage(input=7, output=3)),
        input=None,
        output=None,
        input_messages=(),
        output_messages=(),
        attributes=left,
        events=(SpanEvent(name="told", time_ns=1, attributes=left),),
    )


def test_the_request_alone_goes():
    told = without_content(_SPAN, response=False)
    assert _sides(told) == ((), _GAVE, None, "gave", (), _GAVE)
    assert told.attributes == {"gen_ai.output.messages": "gave", "server.port": 443}
    assert told.call == replace(_CALL, input=(), tools=(), parameters={"temperature": 0.5})


def test_the_response_alone_goes():
    told = without_content(_SPAN, request=False)
    assert _sides(told) == (_ASKED, (), "asked", None, _ASKED, ())
    assert told.attributes == {"gen_ai.input.messages": "asked", "server.port": 443}
    assert told.call == replace(_CALL, output=())


def test_neither_side_leaves_all_as_it_was():
    assert without_content(_SPAN, request=False, response=False) == _SPAN


@pytest.mark.parametrize(("request_goes", "response_goes"), [(True, True), (True, False), (False, True)])
def test_a_log_loses_its_messages_of_that_side(request_goes: bool, response_goes: bool):
    log = LogEvent(time_ns=1, body="label", input=_ASKED, output=_GAVE)
    told = without_content(log, request=request_goes, response=response_goes)
    assert told == replace(log, input=() if request_goes else _ASKED, output=() if response_goes else _GAVE)
