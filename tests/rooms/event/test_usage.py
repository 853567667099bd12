"""Usage: disjoint buckets, and the inclusive counts of the conventions made from them."""

from hypothesis import given
from hypothesis import strategies as st

from headwater.event import Usage

COUNTS = st.integers(min_value=0, max_value=10**9)


@given(COUNTS, COUNTS, COUNTS, COUNTS)
def test_inclusive_input_is_the_sum_of_the_disjoint_buckets(plain: int, read: int, write_5m: int, write_1h: int):
    usage = Usage(input=plain, cache_read=read, cache_write_5m=write_5m, cache_write_1h=write_1h)
    assert usage.input_tokens == plain + read + write_5m + write_1h
    assert usage.cache_write == write_5m + write_1h


def test_unknown_stays_unknown_whatever_else_is_told():
    usage = Usage(cache_read=5, reasoning=3)
    assert usage.input_tokens is None
    assert usage.output_tokens is None


def test_reasoning_is_a_part_of_output_and_not_added_to_it():
    assert Usage(output=67, reasoning=60).output_tokens == 67
