"""Frames of one direction become messages, within bounds, whatever the bytes."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.frames import Opcode
from wsproto.frame_protocol import ParseFailed

from headwater.proxy.socket.messages import Closing, Messages, Unreadable
from tests.rooms.proxy.tunnels import frame

_LIMIT = 1_000_000
_AUDIO = '{"type":"response.output_audio.delta","delta":"%s"}'


def _reader(*, is_masked: bool = False, limit_bytes: int = _LIMIT) -> Messages:
    return Messages(is_masked=is_masked, limit_bytes=limit_bytes, is_wanted=lambda head: b"audio" not in head)


def _fed(reader: Messages, *pieces: bytes) -> list[bytes | Closing]:
    return [message for piece in pieces for message in reader.feed(piece)]


_messages = st.lists(
    st.tuples(
        st.dictionaries(st.text(max_size=5), st.text(max_size=200), max_size=4).map(msgspec.json.encode),
        st.integers(1, 5),
        st.booleans(),
    ),
    max_size=6,
)


@given(_messages, st.booleans(), st.lists(st.integers(1, 400), min_size=1, max_size=20))
def test_messages_come_whole_however_they_are_cut(sent: list[tuple[bytes, int, bool]], masked: bool, cuts: list[int]):
    wire = b""
    for data, fragments, has_ping in sent:
        size = len(data) // fragments + 1
        parts = [data[at : at + size] for at in range(0, len(data), size)]
        for number, part in enumerate(parts):
            opcode = Opcode.CONT if number else Opcode.TEXT
            wire += frame(part, masked=masked, opcode=opcode, fin=number == len(parts) - 1)
            wire += frame(b"there?", masked=masked, opcode=Opcode.PING) if has_ping else b""
    reader = _reader(is_masked=masked)
    found: list[bytes | Closing] = []
    while wire:
        cut = cuts[len(wire) % len(cuts)]
        found += reader.feed(wire[:cut])
        wire = wire[cut:]
    assert (found, reader.held_bytes) == ([data for data, _, _ in sent], 0)


@pytest.mark.parametrize("masked", [True, False])
def test_one_byte_at_a_time(masked: bool):
    data = b'{"type":"response.create","input":"%s"}' % (b"h\xc3\xbc" * 30_000)
    wire = frame(data[:70_000], masked=masked, fin=False) + frame(data[70_000:], masked=masked, opcode=Opcode.CONT)
    reader = _reader(is_masked=masked)
    assert _fed(reader, *(wire[at : at + 1] for at in range(len(wire)))) == [data]


def test_what_is_no_object_is_passed_over():
    reader = _reader()
    wire = [frame(b"\x00\x01" * 40_000, opcode=Opcode.BINARY), frame("[1]"), frame(""), frame(b'{"a":1}')]
    assert _fed(reader, *wire) == [b'{"a":1}']


def test_json_in_a_binary_frame_is_read_as_well():
    assert _fed(_reader(), frame(b' \n{"a":1}', opcode=Opcode.BINARY)) == [b' \n{"a":1}']


def test_of_a_message_that_nobody_wants_only_the_beginning_is_held():
    reader = _reader()
    wire = frame(_AUDIO % ("A" * 500_000))
    assert reader.feed(wire[:400_000]) == []
    assert reader.held_bytes < 1_000
    (head,) = reader.feed(wire[400_000:])
    assert isinstance(head, bytes)
    assert head.startswith(b'{"type":"response.output_audio.delta"')


def test_a_frame_of_a_gibibyte_is_held_by_its_ends():
    """Two frames make the message; the first alone says that it is a gibibyte long."""
    reader, piece, held = _reader(), b"x" * 262_144, 0
    start, usage = b'{"type":"response.completed","response":{"id":"resp_1","output":["', b'"usage":{"input_tokens":7}'
    size = len(start) + 4_096 * len(piece)
    reader.feed(b"\x01\x7f" + size.to_bytes(8, "big") + start)
    for _ in range(4_096):
        reader.feed(piece)
        held = max(held, reader.held_bytes)
    (short,) = reader.feed(frame(b'"],' + usage + b"}}", opcode=Opcode.CONT))
    assert isinstance(short, bytes)
    told = {"type": "response.completed", "response": {"id": "resp_1", "usage": {"input_tokens": 7}}}
    assert msgspec.json.decode(short) == told
    assert held <= _LIMIT


def test_millions_of_fragments_take_no_more_than_their_message():
    reader = _reader(limit_bytes=10_000)
    reader.feed(frame(b'{"a":"', fin=False))
    for _ in range(300):
        reader.feed(frame(b"x", opcode=Opcode.CONT, fin=False) * 1_000)
    assert reader.held_bytes < 200_000


def test_shedding_keeps_the_two_ends():
    reader = _reader()
    wire = frame(b'{"type":"response.done","response":{"output":"%s","usage":{"input_tokens":3}}}' % (b"x" * 600_000))
    reader.feed(wire[:-2])
    reader.shed()
    assert reader.held_bytes < 140_000
    (short,) = reader.feed(wire[-2:])
    assert isinstance(short, bytes)
    assert msgspec.json.decode(short)["response"]["usage"] == {"input_tokens": 3}
    assert _fed(reader, frame('{"a":1}')) == [b'{"a":1}']


@pytest.mark.parametrize(
    ("payload", "closing"),
    [
        (b"", Closing(1005, "")),
        (b"\x03\xe8", Closing(1000, "")),
        (b"\x0f\xa1session over", Closing(4001, "session over")),
        (b"\x03\xf3\xff", Closing(1011, "�")),
    ],
)
def test_closing_is_told_with_its_reason(payload: bytes, closing: Closing):
    wire = bytes((0x88, len(payload))) + payload
    assert _fed(_reader(), *(wire[at : at + 1] for at in range(len(wire)))) == [closing]


@pytest.mark.parametrize(
    "wire",
    [
        frame("{}", masked=True),
        b"\xc1\x02{}",
        b"\x83\x00",
        frame("{}", opcode=Opcode.CONT),
        frame("{", fin=False) + frame("}"),
        b"\x81\x7f" + b"\xff" * 8,
        b"HTTP/1.1 400 Bad Request\r\n\r\n",
    ],
    ids=["masked", "compressed", "unknown", "continues nothing", "mixed", "too long", "no frames"],
)
def test_what_is_no_message_is_refused(wire: bytes):
    with pytest.raises((ParseFailed, Unreadable)):
        _reader().feed(wire)


def test_a_flood_of_empty_frames_is_not_read_to_its_end():
    with pytest.raises(Unreadable, match="frames"):
        _reader().feed(frame("") * 100_000)


@given(st.lists(st.binary(max_size=300), max_size=10), st.booleans())
def test_nonsense_raises_nothing_else(pieces: list[bytes], is_masked: bool):
    reader = _reader(is_masked=is_masked)
    for piece in pieces:
        try:
            reader.feed(piece)
        except (ParseFailed, Unreadable):
            return
