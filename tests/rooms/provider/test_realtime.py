"""Responses that are made in a session."""

from typing import Any

from hypothesis import given

from headwater.event import Failure, Message, Text, ToolCall, Unknown
from tests.rooms.provider.recordings import json_objects, named, read_events

_DIALECT = named("openai.realtime")


def _done(**response: Any) -> dict[str, Any]:
    return {"type": "response.done", "response": {"id": "r", **response}}


def test_a_session_and_a_responses_own_settings_are_one_request():
    session: dict[str, Any] = {
        "model": "m",
        "instructions": "a",
        "expires_at": 1,
        "temperature": 0.8,
        "audio": {"input": {}},
    }
    items = [{"type": "message", "role": "user", "content": [{"type": "input_text", "text": "hi"}]}]
    asked = _DIALECT.request({"session": session, "items": items, "response": {"instructions": "b"}})
    assert (asked.model, asked.parameters, asked.is_stream) == ("m", {"temperature": 0.8}, True)
    assert [message.parts for message in asked.messages] == [(Text(content="b"),), (Text(content="hi"),)]


def test_an_input_of_its_own_replaces_the_conversation():
    items = [{"type": "message", "role": "user", "content": [{"type": "input_text", "text": "hi"}]}]
    asked = _DIALECT.request({"items": [], "response": {"input": items}})
    assert asked.messages == (Message(role="user", parts=(Text(content="hi"),)),)


def test_speech_without_a_transcript_is_only_named():
    item = {"type": "message", "role": "user", "content": [{"type": "input_audio", "audio": "AAAA"}]}
    asked = _DIALECT.request({"items": [item]})
    assert asked.messages[0].parts == (Unknown(generic_type="input_audio", raw={"type": "input_audio"}),)


def test_both_names_of_an_event_are_known():
    for names in (("output_text", "output_audio_transcript"), ("text", "audio_transcript")):
        deltas = [
            {"type": f"response.{name}.delta", "content_index": at, "delta": name} for at, name in enumerate(names)
        ]
        answered = read_events(_DIALECT, deltas)
        assert [part.content for part in answered.messages[0].parts if isinstance(part, Text)] == list(names)


def test_sound_is_content_and_is_not_kept():
    reader = _DIALECT.reader()
    assert reader.feed({"type": "response.output_audio.delta", "delta": "AAAA"})
    assert reader.answered().messages == ()


def test_a_tool_call_is_an_answer():
    call = {"type": "function_call", "call_id": "c", "name": "weather", "arguments": '{"city": "Bern"}'}
    answered = read_events(_DIALECT, [_done(status="completed", output=[call])])
    assert answered.messages[0].parts == (ToolCall(name="weather", id="c", arguments={"city": "Bern"}),)
    assert (answered.finish_reasons, answered.is_complete, answered.id) == (("tool_calls",), True, "r")


def test_what_stopped_a_response_is_told():
    cut = read_events(_DIALECT, [_done(status="incomplete", status_details={"reason": "max_output_tokens"})])
    assert (cut.finish_reasons, cut.is_complete) == (("max_output_tokens",), True)
    error = {"type": "server_error", "code": "oops", "message": "sorry"}
    failed = read_events(_DIALECT, [_done(status="failed", status_details={"type": "failed", "error": error})])
    assert failed.failure == Failure(type="oops", message="sorry")
    assert _DIALECT.failure(401, {"error": error}).http_status == 401


def test_a_whole_response_reads_as_its_last_event():
    response: dict[str, Any] = {"id": "r", "status": "completed", "output": []}
    assert _DIALECT.response(response) == read_events(_DIALECT, [_done(**response)])


@given(json_objects())
def test_nothing_raises_on_strange_input(body: dict[str, Any]):
    _DIALECT.request(body)
    _DIALECT.request({"session": body, "items": [body], "response": body})
    _DIALECT.response(body)
    read_events(_DIALECT, [body, _done(**body) if "id" not in body else body])


def test_an_item_may_have_speech_and_text():
    content = [{"type": "input_text", "text": "a"}, {"type": "input_audio", "transcript": "b"}]
    asked = _DIALECT.request({"items": [{"type": "message", "role": "user", "content": content}]})
    assert asked.messages[0].parts == (Text(content="a"), Text(content="b"))
