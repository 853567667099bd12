"""Bytes in, events out."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headwater.provider import Event, Splitter, payload_of


def _split(*chunks: bytes) -> list[Event]:
    splitter = Splitter()
    return [*(event for chunk in chunks for event in splitter.feed(chunk)), *splitter.end()]


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"], ids=repr)
def test_every_kind_of_line_end_ends_a_line(end: bytes):
    body = end.join([b"event: a", b"data: 1", b"", b"data: 2", b"", b""])
    assert _split(body) == [Event("a", "1"), Event("", "2")]
    assert _split(*[body[at : at + 1] for at in range(len(body))]) == _split(body)


def test_data_on_several_lines_is_one_text():
    assert _split(b"data: {\ndata:  1}\ndata:\n\n") == [Event("", "{\n 1}\n")]


def test_comments_and_unknown_fields_are_skipped():
    assert _split(b": OPENROUTER PROCESSING\n\nid: 7\nretry: 10\nfoo\ndata: x\n\n") == [Event("", "x")]


def test_a_name_does_not_outlive_its_event():
    assert _split(b"event: ping\n\ndata: x\n\n") == [Event("", "x")]


def test_a_character_cut_in_two_is_put_together():
    body = "data: é漢🙂\n\n".encode()
    for at in range(len(body)):
        assert _split(body[:at], body[at:]) == [Event("", "é漢🙂")]


def test_bytes_that_are_no_text_do_not_stop_the_stream():
    assert [event.data for event in _split(b"data: \xff\xfe\n\ndata: x\n\n")] == ["\ufffd\ufffd", "x"]


def test_a_byte_order_mark_is_no_part_of_the_first_field():
    body = b"\xef\xbb\xbfdata: x\n\n"
    assert _split(*[body[at : at + 1] for at in range(len(body))]) == [Event("", "x")]


def test_a_last_event_without_its_empty_line_is_given_at_the_end():
    assert _split(b"data: x\n\ndata: y") == [Event("", "x"), Event("", "y")]


@given(
    st.lists(st.sampled_from([b"data: a", b"event: e", b":c", b"\r", b"\n", b"\r\n", b"\n\n", "é".encode()])), st.data()
)
def test_any_split_of_any_bytes_gives_the_same_events(pieces: list[bytes], data: st.DataObject):
    body = b"".join(pieces)
    at = data.draw(st.integers(0, len(body)))
    assert _split(body[:at], body[at:]) == _split(body)


def test_the_closing_marker_and_what_is_no_object_carry_no_payload():
    assert [payload_of(Event("", data)) for data in ("[DONE]", "", "3", "[1]", "{")] == [None] * 5


def test_an_events_name_stands_in_for_a_missing_type():
    assert payload_of(Event("error", '{"a": 1}')) == {"a": 1, "type": "error"}
    assert payload_of(Event("error", '{"type": "b"}')) == {"type": "b"}
