"""A response on a WebSocket connection as bytes: told in the loader as it would be at once."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from headwater.capture import Frames, Recorded, RecordedTurn, Scope, Turn, told_of_turn, turn_from, turn_to
from headwater.errors import HeadwaterError
from headwater.event import Text, Unknown
from headwater.provider import Splitter
from tests.conftest import HeldClock
from tests.rooms.capture.taking import call_of
from tests.rooms.provider.recordings import RECORDED

_OPENED = Recorded(
    trace_id=(0xABC).to_bytes(16, "big"),
    span_id=(0x999).to_bytes(8, "big"),
    parent_span_id=(0xDEF).to_bytes(8, "big"),
    start_ns=1,
    duration_ns=0,
    method="GET",
    host="api.openai.com",
    port=443,
    path="/v1/responses",
    upstream="openai",
)
_NAMES = sorted(
    path.name for path in (RECORDED / "mock" / "openai.responses").iterdir() if (path / "stream.sse").is_file()
)


def _begun() -> tuple[Scope, int, int]:
    return Scope(trace_id=0xABC, span_id=0xDEF), 0xABC, 0x123


def _events(name: str) -> list[bytes]:
    body = (RECORDED / "mock" / "openai.responses" / name / "stream.sse").read_bytes()
    return [event.data.encode() for event in Splitter().feed(body)]


def _turn(frames: list[bytes], request: dict[str, Any], **about: Any) -> Turn:
    turns: list[Turn] = []
    talk = Frames(_begun, turns.append, about.get("path", "/v1/responses"), "api.openai.com", 443)
    talk.sent(msgspec.json.encode({"type": "response.create", **request}))
    for data in frames:
        talk.received(data)
    talk.ended("closed")
    return turns[0]


def _kept(turn: Turn, opened: Recorded = _OPENED) -> RecordedTurn:
    return turn_from(turn_to(turn.recorded(opened)))


@pytest.mark.parametrize("name", _NAMES)
def test_the_bytes_tell_what_the_turn_tells(name: str, held_clock: HeldClock):
    turn = _turn(_events(name), {"model": "gpt-5", "input": "hi", "temperature": 0.5})
    told, kept = turn.told(), told_of_turn(_kept(turn))
    assert told is not None
    assert (kept.call, kept.name, kept.start_ns, kept.end_ns) == (told.call, told.name, told.start_ns, told.end_ns)
    assert (kept.trace_id, kept.span_id, kept.parent_span_id) == (told.trace_id, told.span_id, told.parent_span_id)
    assert told.attributes.items() <= kept.attributes.items()


def test_who_and_where_come_from_the_connection():
    about = {"session_id": "s", "user_id": "u", "key_id": "k", "provider": "groq", "host": "10.0.0.7"}
    turn = _turn(_events("text"), {"model": "gpt-5", "input": "hi"})
    span = told_of_turn(_kept(turn, msgspec.structs.replace(_OPENED, **about)))
    assert (span.session_id, span.user_id, span.attributes["headwater.key_id"]) == ("s", "u", "k")
    assert (call_of(span).provider, span.attributes["server.address"]) == ("groq", "10.0.0.7")


def test_what_was_taken_down_on_an_unknown_path_is_told_all_the_same():
    span = told_of_turn(_kept(_turn([b'{"type":"tick"}'], {"model": "m"}), msgspec.structs.replace(_OPENED, path="/x")))
    assert call_of(span).request_model == "m"
    assert isinstance(call_of(span).output[0].parts[0], Unknown)


def test_shedding_keeps_the_request_and_the_last_frame():
    turns: list[Turn] = []
    talk = Frames(_begun, turns.append, "/v1/responses", "api.openai.com", 443)
    talk.sent(b'{"type":"response.create","model":"gpt-5","input":"hi"}')
    events = _events("text")
    for data in events[:-1]:
        talk.received(data)
    talk.shed()
    assert talk.held_bytes < 2_000
    talk.received(events[-1])
    span = told_of_turn(_kept(turns[0]))
    assert call_of(span).input[0].parts == (Text(content="hi"),)
    assert call_of(span).output != ()
    assert span.attributes["http.response.body.size"] == sum(map(len, events))


def test_a_browsers_key_is_cut_out_of_the_session():
    session = b'{"type":"session.created","session":{"model":"m","client_secret":{"value":"ek_1"},"voice":"ash"}}'
    turns: list[Turn] = []
    talk = Frames(_begun, turns.append, "/v1/realtime", "api.openai.com", 443)
    for frame in (session, b'{"type":"response.created","response":{"id":"r"}}'):
        talk.received(frame)
    talk.ended("closed")
    kept = turns[0].recorded(_OPENED).session
    assert msgspec.json.decode(kept) == {"type": "session.created", "session": {"model": "m", "voice": "ash"}}


@pytest.mark.parametrize("session", [b'"client_secret', b'"client_secret":1}', b'"session":["client_secret"]}'])
def test_a_session_that_cannot_be_cleaned_is_not_recorded(session: bytes):
    turns: list[Turn] = []
    talk = Frames(_begun, turns.append, "/v1/realtime", "api.openai.com", 443)
    talk.received(b'{"type":"session.created",' + session)
    talk.received(b'{"type":"response.created","response":{"id":"r"}}')
    talk.ended("closed")
    assert turns[0].recorded(_OPENED).session == b""


def _cut(sizes: list[int], body: bytes) -> Recorded:
    return msgspec.structs.replace(
        _OPENED, response=body, chunk_bytes=tuple(sizes), chunk_ns=tuple(sizes), request=body
    )


@given(
    st.builds(
        RecordedTurn,
        call=st.just(_OPENED) | st.builds(_cut, st.lists(st.integers(0, 99)), st.binary()),
        session=st.binary(),
        items=st.lists(st.binary()).map(tuple),
        is_whole=st.booleans(),
    )
)
def test_whatever_the_bytes_a_span_comes_out(turn: RecordedTurn):
    again = turn_from(turn_to(turn))
    assert again == turn
    assert told_of_turn(again).kind == "call"


def test_an_older_and_a_newer_reader_understand_each_other():
    turn = RecordedTurn(call=_OPENED, session=b"{}")
    form, fields = msgspec.msgpack.decode(turn_to(turn))
    more = msgspec.msgpack.encode((form, [[*fields[0], "of the call"], *fields[1:], "of the turn"]))
    fewer = msgspec.msgpack.encode((form, [fields[0][:10]]))
    assert turn_from(more) == turn
    assert turn_from(fewer) == RecordedTurn(call=_OPENED)


@pytest.mark.parametrize("body", [b"", b"\xc1", b"{}", msgspec.msgpack.encode((1, [])), msgspec.msgpack.encode((1, 7))])
def test_what_is_no_turn_is_refused(body: bytes):
    with pytest.raises(HeadwaterError, match="cannot be read"):
        turn_from(body)


def test_a_later_format_is_refused_with_the_remedy():
    with pytest.raises(HeadwaterError, match="install a newer headwater"):
        turn_from(msgspec.msgpack.encode((2, {"another": "shape"})))
