"""The tally: read where it can be, and never a reason to fail."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from headwater.event import Tally, tally_from

GOOD = Tally(
    instance="0123456789abcdef" * 2,
    began_ns=1_795_000_000_000_000_000,
    seq=7,
    created=10,
    sent=8,
    accepted=6,
    kept=2,
    dropped={"queue full": 2},
)


def test_a_tally_is_read_as_it_was_written() -> None:
    assert tally_from(msgspec.json.encode(GOOD).decode()) == GOOD


def test_what_a_later_sdk_says_beside_is_passed_over() -> None:
    more = msgspec.to_builtins(GOOD) | {"colour": "red"}
    assert tally_from(msgspec.json.encode(more).decode()) == GOOD


_WRONG = [
    {"instance": "short"},
    {"instance": "G" * 32},
    {"seq": 0},
    {"created": -1},
    {"accepted": 2**54},
    {"kept": "many"},
    {"dropped": {"": 1}},
    {"dropped": {"x" * 65: 1}},
    {"dropped": {"queue full": -1}},
    {"dropped": {str(number): 1 for number in range(33)}},
    {"began_ns": 2**70},
]


@pytest.mark.parametrize("change", _WRONG, ids=str)
def test_a_tally_that_cannot_be_is_none(change: dict[str, object]) -> None:
    wrong = msgspec.json.encode(msgspec.to_builtins(GOOD) | change).decode()
    assert tally_from(wrong) is None


def test_a_header_past_its_bound_is_none() -> None:
    assert tally_from(msgspec.json.encode(GOOD).decode() + " " * 4096) is None


@given(st.text())
def test_no_header_raises(header: str) -> None:
    assert tally_from(header) is None or header.startswith("{")
