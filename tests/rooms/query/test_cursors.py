"""Cursors, as they are handed back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headwater.errors import BadRequest
from headwater.query.cursors import Cursor, read_cursor, write_cursor

_IDS = st.text(st.characters(codec="utf-8"))


@given(st.integers(-(2**63) + 1, 2**63 - 1), _IDS, _IDS)
def test_a_cursor_reads_back(value: int, first: str, second: str) -> None:
    cursor = Cursor("-cost", value, (first, second))
    assert read_cursor(write_cursor(cursor), "-cost", 2) == cursor


@given(st.text())
def test_any_other_text_is_refused(text: str) -> None:
    with pytest.raises(BadRequest, match="cursor: "):
        read_cursor(text, "-cost", 2)


def test_a_value_beyond_64_bits_is_refused() -> None:
    with pytest.raises(BadRequest, match="cursor: "):
        read_cursor(write_cursor(Cursor("-cost", 2**63, ("a", "b"))), "-cost", 2)
