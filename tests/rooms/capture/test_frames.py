"""Responses over a WebSocket connection: one call each."""

from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from headwater.capture import Frames, Scope, Turn
from headwater.event import Message, Reasoning, Span, Text, ToolCall, Usage
from headwater.provider import Splitter
from tests.conftest import HeldClock
from tests.rooms.capture.taking import SCOPE, call_of
from tests.rooms.provider.recordings import RECORDED

_STREAMS = sorted((RECORDED / "mock" / "openai.responses").glob("*/stream.sse"))


class Talk:
    """A connection, and what was recorded of it."""

    def __init__(self, path: str = "/v1/responses", begin: Any = None, **more: Any) -> None:
        self.turns: list[Turn] = []
        begin = begin or (lambda: (SCOPE, 0xABC, 0x123))
        self.frames = Frames(begin, self.turns.append, path, "api.openai.com", 443, **more)

    def send(self, kind: str, **fields: Any) -> None:
        self.frames.sent(msgspec.json.encode({"type": kind, **fields}).decode())

    def hear(self, kind: str, **fields: Any) -> None:
        self.frames.received(msgspec.json.encode({"type": kind, **fields}).decode())

    def spans(self) -> list[Span]:
        return [span for turn in self.turns if (span := turn.told()) is not None]


def _recorded(name: str) -> Iterator[str]:
    body = (RECORDED / "mock" / "openai.responses" / name / "stream.sse").read_bytes()
    return (event.data for event in Splitter().feed(body))


def test_a_response_is_one_call(held_clock: HeldClock):
    talk = Talk()
    start_ns = held_clock.now_ns
    talk.send("response.create", model="gpt-5", input="hi", temperature=0.5)
    for frame in _recorded("reasoning"):
        held_clock.advance(0.001)
        talk.frames.received(frame)
    (span,) = talk.spans()
    call = call_of(span)
    assert (span.name, span.start_ns, span.end_ns) == ("chat gpt-5", start_ns, held_clock.now_ns)
    assert (span.parent_span_id, span.attributes["headwater.stream.end"]) == ("0000000000000def", "complete")
    assert (call.is_stream, call.parameters, call.finish_reasons) == (True, {"temperature": 0.5}, ("stop",))
    assert call.input == (Message(role="user", parts=(Text(content="hi"),)),)
    assert any(isinstance(part, Reasoning) for part in call.output[0].parts)
    assert call.usage is not None
    assert 0 < (call.ttft_ns or 0) < span.end_ns - span.start_ns


def test_several_responses_are_several_calls():
    talk = Talk()
    for name in ("text", "tool"):
        talk.send("response.create", model="gpt-5", input=name)
        for frame in _recorded(name):
            talk.frames.received(frame.encode())
    outputs = [call_of(span).output[0].parts[0].__class__ for span in talk.spans()]
    assert outputs == [Text, ToolCall]


@pytest.mark.parametrize("name", ["text", "tool", "cut-mid"])
def test_a_lost_connection_ends_the_response_that_is_being_made(name: str):
    talk = Talk()
    talk.send("response.create", model="gpt-5", input="hi")
    for frame in list(_recorded(name))[:6]:
        talk.frames.received(frame)
    talk.frames.failed(ConnectionError("lost"))
    talk.frames.ended("cut")
    talk.frames.ended("cut")
    (span,) = talk.spans()
    assert (span.failure and span.failure.message, span.attributes["headwater.stream.end"]) == ("lost", "cut")


def test_a_refused_request_is_a_failure():
    talk = Talk()
    talk.send("response.create", model="gpt-5", input="hi")
    talk.hear("error", status=400, error={"code": "previous_response_not_found", "message": "no such response"})
    (span,) = talk.spans()
    assert span.failure is not None
    assert (span.failure.type, span.failure.message) == ("previous_response_not_found", "no such response")


def test_an_error_about_something_else_ends_nothing():
    talk = Talk("/v1/realtime?model=gpt-realtime")
    talk.send("response.create")
    talk.hear("response.created", response={"id": "r"})
    talk.hear("error", error={"message": "unknown event"})
    assert talk.turns == []


def test_what_is_not_to_be_told_is_not_told():
    """The server's own word that it began does not begin it again."""
    asked: list[int] = []
    talk = Talk(begin=lambda: asked.append(1))
    talk.send("response.create", model="gpt-5", input="hi")
    for frame in _recorded("text"):
        talk.frames.received(frame)
    assert (talk.turns, len(asked)) == ([], 1)


def test_frames_before_and_between_responses_do_no_harm():
    talk = Talk()
    for data in ("", "{", "[]", b"\xff", '{"type": 3}', '{"type": "response.completed"}', "null"):
        talk.frames.sent(data)
        talk.frames.received(data)
    talk.frames.ended("closed")
    assert talk.turns == []


_SESSION: dict[str, Any] = {
    "model": "gpt-realtime",
    "instructions": "Be kind.",
    "client_secret": {"value": "secret"},
    "tools": [{"type": "function", "name": "weather", "parameters": {}}],
}
_USAGE: dict[str, Any] = {
    "total_tokens": 30,
    "input_tokens": 20,
    "output_tokens": 10,
    "input_token_details": {"cached_tokens": 5, "text_tokens": 8, "audio_tokens": 12},
    "output_token_details": {"text_tokens": 4, "audio_tokens": 6},
}
_SPOKEN = {
    "type": "message",
    "id": "a",
    "role": "assistant",
    "content": [{"type": "output_audio", "transcript": "Yes."}],
}


def _heard_speech(talk: Talk) -> None:
    """A user speaks, and the server answers by itself."""
    talk.hear("session.created", session=_SESSION)
    talk.send("input_audio_buffer.append", audio="A" * 1_000)
    talk.hear("conversation.item.added", item={"type": "message", "id": "u", "role": "user", "content": []})
    talk.hear("response.created", response={"id": "r", "status": "in_progress"})
    talk.hear("conversation.item.input_audio_transcription.completed", item_id="u", transcript="Is it?")
    talk.hear("response.output_item.added", output_index=0, item={"type": "message", "id": "a", "role": "assistant"})
    for _ in range(50):
        talk.hear("response.output_audio.delta", item_id="a", delta="A" * 10_000)
        talk.hear("response.output_audio_transcript.delta", output_index=0, content_index=0, delta="Ye")
    response = {"id": "r", "status": "completed", "output": [_SPOKEN], "usage": _USAGE}
    talk.hear("response.done", response=response)


def test_speech_is_told_in_words():
    talk = Talk("/v1/realtime?model=gpt-realtime")
    _heard_speech(talk)
    (span,) = talk.spans()
    call = call_of(span)
    assert call.input == (
        Message(role="system", parts=(Text(content="Be kind."),)),
        Message(role="user", parts=(Text(content="Is it?"),)),
    )
    assert call.output[0].parts == (Text(content="Yes."),)
    assert (call.request_model, [tool.name for tool in call.tools]) == ("gpt-realtime", ["weather"])
    assert call.usage == Usage(input=15, cache_read=5, output=10, input_audio=12, output_audio=6, reported=_USAGE)
    assert "secret" not in repr(span)


def test_sound_is_not_held():
    talk = Talk("/v1/realtime")
    _heard_speech(talk)
    assert talk.turns[0].size_bytes < 30_000


def test_what_the_model_said_is_not_the_next_ones_input():
    talk = Talk("/v1/realtime?model=m")
    _heard_speech(talk)
    talk.hear("conversation.item.done", item=_SPOKEN)
    result = {"type": "function_call_output", "id": "o", "call_id": "c", "output": "7"}
    talk.hear("conversation.item.added", item=result)
    talk.send("response.create", response={"instructions": "Shortly."})
    talk.hear("response.done", response={"status": "cancelled", "status_details": {"reason": "turn_detected"}})
    span = talk.spans()[1]
    assert [message.role for message in call_of(span).input] == ["system", "tool"]
    assert call_of(span).input[0].parts == (Text(content="Shortly."),)
    assert (call_of(span).finish_reasons, span.attributes["headwater.stream.end"]) == (("cancelled",), "complete")


def test_the_model_may_stand_in_the_address_only():
    talk = Talk("/v1/realtime?model=gpt-realtime-mini")
    talk.send("response.create")
    talk.frames.ended("closed")
    assert call_of(talk.spans()[0]).request_model == "gpt-realtime-mini"


def test_a_talk_past_the_bound_keeps_its_last_frame():
    talk = Talk(limit_bytes=2_000)
    talk.send("response.create", model="m", input="hi")
    for _ in range(500):
        talk.hear("response.output_text.delta", delta="word " * 5)
    usage = {"input_tokens": 1, "output_tokens": 2}
    talk.hear("response.completed", response={"id": "r", "status": "completed", "output": [], "usage": usage})
    assert talk.turns[0].size_bytes < 4_000
    assert call_of(talk.spans()[0]).usage == Usage(input=1, output=2, reported=usage)


def test_each_call_has_the_scope_in_which_it_began():
    scopes = iter([Scope(session_id="one"), Scope(session_id="two")])
    talk = Talk(begin=lambda: (next(scopes), 1, 2))
    for _ in range(2):
        talk.send("response.create", model="m", input="hi")
    talk.frames.ended("closed")
    assert [span.session_id for span in talk.spans()] == ["one", "two"]


def test_a_connection_elsewhere_tells_no_calls():
    talk = Talk("/v1/other")
    talk.send("response.create")
    talk.hear("response.done")
    assert (len(talk.turns), talk.spans()) == (1, [])


def test_a_frame_that_breaks_off_does_not_hide_the_others():
    talk = Talk()
    talk.send("response.create", model="m", input="hi")
    talk.frames.received('{"type": "response.output_text.delta", "delta": "h')
    talk.hear("response.output_text.delta", delta="ho")
    talk.frames.failed(ValueError("broken"))
    talk.frames.ended("cut")
    talk.frames.failed(ValueError("late"))
    assert call_of(talk.spans()[0]).output[0].parts == (Text(content="ho"),)


def test_the_conversation_that_is_held_is_bounded():
    talk = Talk("/v1/realtime?model=m", limit_bytes=1_000)
    for number in range(1_000):
        talk.hear("conversation.item.added", item={"type": "message", "id": str(number), "role": "user"})
    talk.send("response.create")
    talk.hear("conversation.item.input_audio_transcription.completed", item_id="0", transcript="x" * 5_000)
    talk.frames.ended("closed")
    assert talk.turns[0].size_bytes < 60_000


def _finish(talk: Talk, id: str, text: str) -> None:
    part = {"type": "output_text", "text": text}
    output = [{"type": "message", "id": f"m-{id}", "role": "assistant", "content": [part]}]
    talk.hear("response.done", response={"id": id, "status": "completed", "output": output})


def _said(talk: Talk) -> list[tuple[str, tuple[Any, ...]]]:
    return [(call.response_id, call.output[0].parts) for call in map(call_of, talk.spans())]


def test_responses_beside_each_other_get_their_own_frames():
    """Two that the client asked for outside of the conversation, and one that the server began by itself."""
    talk = Talk("/v1/realtime?model=m")
    for _ in range(2):
        talk.send("response.create", response={"conversation": "none"})
    for id in ("r1", "r2", "r3"):
        talk.hear("response.created", response={"id": id, "status": "in_progress"})
    for id in ("r3", "r1", "r2"):
        talk.hear("response.output_text.delta", response_id=id, output_index=0, content_index=0, delta=f"by {id}")
    talk.frames.received(b'{"type":"response.output_audio.delta","response_id":"r2","delta":"QUJD"}')
    for id in ("r2", "r1", "r3"):
        _finish(talk, id, f"Done by {id}.")
    assert _said(talk) == [(id, (Text(content=f"Done by {id}."),)) for id in ("r2", "r1", "r3")]


def test_a_request_that_is_refused_while_another_is_answered_is_a_call_of_its_own():
    talk = Talk("/v1/realtime?model=m")
    talk.send("response.create")
    talk.hear("response.created", response={"id": "r1"})
    talk.send("response.create")
    talk.hear("error", error={"code": "conversation_already_has_active_response", "message": "wait"})
    _finish(talk, "r1", "Here.")
    refused, answered = talk.spans()
    assert refused.failure is not None
    assert refused.failure.type == "conversation_already_has_active_response"
    assert (answered.failure, call_of(answered).response_id) == (None, "r1")


def test_frames_without_an_id_belong_to_the_response_that_was_begun_first():
    """The Responses wire names a response only at its beginning and its end, and makes one after the other."""
    talk = Talk()
    for name in ("text", "tool"):
        talk.send("response.create", model="gpt-5", input=name)
    for name in ("text", "tool"):
        for frame in _recorded(name):
            talk.frames.received(frame)
    assert [call_of(span).output[0].parts[0].__class__ for span in talk.spans()] == [Text, ToolCall]


def test_a_refused_request_that_is_not_told_leaves_the_next_alone():
    scopes = iter([None, (SCOPE, 1, 2)])
    talk = Talk(begin=lambda: next(scopes))
    talk.send("response.create", model="m", input="hi")
    talk.hear("error", error={"message": "no"})
    talk.send("response.create", model="m", input="hi")
    for frame in _recorded("text"):
        talk.frames.received(frame)
    assert [span.attributes["headwater.stream.end"] for span in talk.spans()] == ["complete"]


def test_requests_that_are_never_answered_do_not_heap_up():
    talk = Talk()
    for _ in range(1_000):
        talk.send("response.create", model="m", input="x" * 1_000)
    assert len(talk.turns) == 992
    assert talk.frames.held_bytes < 20_000
    talk.frames.ended("cut")
    assert (len(talk.turns), talk.frames.held_bytes) == (1_000, 0)
