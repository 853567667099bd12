"""What is held of a long talk, and what becomes of it where there is no room."""

import json
import tracemalloc
from typing import Any

import pytest

from headwater.event import Text
from headwater.proxy.socket.listening import Listening, is_understood
from tests.rooms.proxy.tunnels import OPENED, ROOM_BYTES, Kept, Meter, frame

_SESSION = {"model": "gpt-realtime", "instructions": "Be kind. " * 500, "client_secret": {"value": "ek_hidden"}}
_USAGE = {"input_tokens": 20, "output_tokens": 10, "total_tokens": 30}
_SOUND = "QUJD" * 2_500


class Talk(Kept):
    """A listening, and what it is shown."""

    def __init__(self, room_bytes: int = ROOM_BYTES, limit_bytes: int = 1_000_000) -> None:
        super().__init__()
        self.room = Meter(room_bytes)
        self.listening = Listening(
            OPENED, record=self.record, count=self.missed.append, allowance=self.room, limit_bytes=limit_bytes
        )

    def send(self, kind: str, **fields: Any) -> None:
        """The client sends an event."""
        self.listening.sent(frame(json.dumps({"type": kind, **fields}), masked=True))

    def hear(self, kind: str, **fields: Any) -> None:
        """The upstream sends one."""
        self.listening.received(frame(json.dumps({"type": kind, **fields})))

    def speak(self, number: int) -> None:
        """The user speaks, and the server answers by itself."""
        for _ in range(5):
            self.send("input_audio_buffer.append", audio=_SOUND)
        item = {"id": f"u{number}", "type": "message", "role": "user", "content": [{"type": "input_audio"}]}
        self.hear("conversation.item.added", item=item)
        response: dict[str, Any] = {"id": f"resp_{number}", "status": "completed", "output": [], "usage": _USAGE}
        self.hear("response.created", response={"id": f"resp_{number}"})
        for _ in range(10):
            self.hear("response.output_audio.delta", response_id=f"resp_{number}", delta=_SOUND)
        self.hear("response.done", response=response)


def test_a_talk_of_hours_holds_no_more_than_one_of_minutes():
    talk = Talk()
    talk.hear("session.created", session=_SESSION)
    for number in range(20):
        talk.speak(number)
    talk.turns.clear()
    most = talk.room.most
    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    for number in range(300):
        talk.speak(number)
        assert len(talk.turns) == 1
        talk.turns.clear()
    after, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert talk.room.most <= most + 64
    assert after - before < 100_000
    talk.listening.ended("closed")
    assert (talk.missed, talk.room.taken) == ([], 0)


def test_the_key_that_a_session_hands_out_is_not_recorded():
    talk = Talk()
    talk.hear("session.created", session=_SESSION)
    talk.speak(1)
    assert b"Be kind." in talk.turns[0].session
    assert b"ek_hidden" not in talk.turns[0].session


@pytest.mark.parametrize("room_bytes", [0, 40_000])
def test_without_room_a_response_is_told_by_its_last_frame(room_bytes: int):
    talk = Talk(room_bytes)
    talk.send("response.create", model="gpt-x", input="x" * 30_000)
    for _ in range(100):
        talk.hear("response.output_text.delta", delta="word " * 1_000)
    part = {"type": "output_text", "text": "In short."}
    output = [{"type": "message", "role": "assistant", "content": [part]}]
    talk.hear("response.completed", response={"id": "resp_1", "status": "completed", "output": output, "usage": _USAGE})
    (span,) = talk.spans()
    assert span.call is not None
    assert (span.call.request_model, span.call.output[0].parts) == ("gpt-x", (Text(content="In short."),))
    assert (span.call.usage and span.call.usage.output_tokens, talk.room.taken) == (10, 0)
    assert set(talk.missed) == {"websocket response shortened: no room"}


def test_a_request_that_is_too_long_is_told_by_its_size_and_model():
    talk = Talk(limit_bytes=100_000)
    talk.send("response.create", model="gpt-x", input="x" * 5_000_000)
    talk.hear("response.completed", response={"id": "resp_1", "status": "completed", "output": [], "usage": _USAGE})
    (span,) = talk.spans()
    assert span.call is not None
    assert (span.call.request_model, span.call.usage and span.call.usage.input_tokens) == ("gpt-x", 20)
    assert "5000" in repr(span.call.input)
    assert len(talk.turns[0].call.request) < 1_000


@pytest.mark.parametrize(
    ("host", "path", "is_known"),
    [
        ("api.openai.com", "/v1/realtime?model=gpt-realtime", True),
        ("my.openai.azure.com", "/openai/v1/realtime?model=x", True),
        ("10.0.0.7", "/v1/responses", True),
        ("api.openai.com", "/v1/chat/completions", False),
        ("speech.example", "/v1/listen", False),
    ],
)
def test_where_responses_are_made(host: str, path: str, is_known: bool):
    assert is_understood(host, path) is is_known
