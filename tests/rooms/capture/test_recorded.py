"""A recorded call as bytes: kept whole, read by older and newer readers, refused where it is none."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from headwater.capture import Recorded, recorded_from, recorded_to
from headwater.errors import HeadwaterError
from tests.rooms.capture.passing import recorded

_FIELDS = len(Recorded.__struct_fields__)


_NS = st.integers(0, 2**63 - 1)


@given(
    st.builds(
        Recorded,
        start_ns=_NS,
        duration_ns=_NS,
        port=st.integers(0, 65_535),
        response=st.binary(),
        chunk_ns=st.lists(_NS).map(tuple),
        end=st.sampled_from(["complete", "closed", "cut", "abandoned"]),
        tags=st.lists(st.text()).map(tuple),
        metadata=st.dictionaries(st.text(), st.text()),
    )
)
def test_what_is_encoded_is_read_again(call: Recorded):
    assert recorded_from(recorded_to(call)) == call


def _array() -> list[Any]:
    return msgspec.msgpack.decode(recorded_to(recorded({"model": "m"}, [b"{}"])))[1]


def test_a_field_that_is_appended_later_is_passed_over():
    body = msgspec.msgpack.encode((1, [*_array(), "of a later day"]))
    assert recorded_from(body) == recorded({"model": "m"}, [b"{}"])


def test_fields_that_an_older_writer_did_not_have_are_empty():
    read = recorded_from(msgspec.msgpack.encode((1, _array()[:10])))
    assert (len(_array()), read.upstream, read.end, read.metadata, read.request_tail) == (
        _FIELDS,
        "openai",
        "complete",
        {},
        b"",
    )


def test_a_later_format_asks_for_a_newer_headwater():
    with pytest.raises(HeadwaterError, match="format 2 of a recorded call is newer than 1: install a newer headwater"):
        recorded_from(msgspec.msgpack.encode((2, {"other": "shape"})))


@pytest.mark.parametrize("body", [b"", b"\xff", b"{}", msgspec.msgpack.encode((1, [])), b"\x91" * 5_000])
def test_nonsense_is_refused(body: bytes):
    with pytest.raises(HeadwaterError, match="a recorded call cannot be read"):
        recorded_from(body)


@given(st.integers(min_value=0), st.integers(0, 255))
def test_a_damaged_record_is_read_or_refused(at: int, byte: int):
    body = bytearray(recorded_to(recorded({"model": "m"}, [b"{}"])))
    body[at % len(body)] = byte
    try:
        recorded_from(bytes(body))
    except HeadwaterError as error:
        assert "recorded call" in str(error)  # noqa: PT017 - either outcome is right
