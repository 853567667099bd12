"""Numbers and times as people read them."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headwater.query import show_time
from headwater.web.shown import numbers, times

NOW_NS = 1_795_000_000_000_000_000


@pytest.mark.parametrize(
    ("write", "value", "written"),
    [
        (numbers.count, 0, "0"),
        (numbers.count, 999, "999"),
        (numbers.count, 1_000, "1k"),
        (numbers.count, 12_345, "12.3k"),
        (numbers.count, 4_560_000, "4.56M"),
        (numbers.count, 7_000_000_000, "7B"),
        (numbers.exact, 1_234_567, "1,234,567"),
        (numbers.cost, 0, "$0"),
        (numbers.cost, 0.00001, "<$0.0001"),
        (numbers.cost, 0.01234, "$0.0123"),
        (numbers.cost, 12.345, "$12.35"),
        (numbers.cost, 45_600, "$45.6k"),
        (numbers.exact_cost, 0.000000123, "$0.000000123"),
        (numbers.exact_cost, 1_234.5, "$1,234.50"),
        (numbers.duration, 0, "0 ms"),
        (numbers.duration, 0.42, "0.42 ms"),
        (numbers.duration, 3.14159, "3.14 ms"),
        (numbers.duration, 843.2, "843 ms"),
        (numbers.duration, 999.7, "1 s"),
        (numbers.duration, 2_410, "2.41 s"),
        (numbers.duration, 192_000, "3 min 12 s"),
        (numbers.duration, 7_500_000, "2 h 5 min"),
        (numbers.span_of_seconds, 356_400, "4 d 3 h"),
        (numbers.span_of_seconds, 59.97, "1 min"),
        (numbers.per, 60, "minute"),
        (numbers.per, 300, "5 min"),
        (numbers.size, 812, "812 B"),
        (numbers.size, 3_565_158, "3.4 MiB"),
        (numbers.rate, 0.42, "0.4"),
        (numbers.rate, 312.4, "312"),
    ],
)
def test_a_number_is_written_short(write: Any, value: float, written: str):
    assert write(value) == written


@pytest.mark.parametrize(
    "write",
    [
        numbers.count,
        numbers.exact,
        numbers.cost,
        numbers.exact_cost,
        numbers.duration,
        numbers.span_of_seconds,
        numbers.size,
        numbers.rate,
    ],
)
def test_what_nobody_knows_is_a_dash_and_never_a_nought(write: Any):
    assert write(None) == "—"


def test_a_share_of_nothing_is_unknown():
    assert (numbers.share(1, 0), numbers.share(1, 31), numbers.share(5, 5), numbers.share(0, 5)) == (
        "—",
        "3.2 %",
        "100 %",
        "0 %",
    )


@given(st.integers(0, 4_000_000_000_000_000_000))
def test_a_time_that_is_shown_can_be_read_again(time_ns: int):
    assert times.parse_ns(show_time(time_ns)) == time_ns
    assert times.parse_ns(times.rfc3339(time_ns)) == time_ns


@given(st.text())
def test_a_text_that_is_no_time_is_shown_as_it_is(text: str):
    assert times.parse_ns(text) is not None or times.absolute(text) in (text, "—")


@pytest.mark.parametrize(
    ("ago_s", "said"),
    [
        (0, "now"),
        (5, "5 s ago"),
        (60, "1 min ago"),
        (7_300, "2 h ago"),
        (90_000, "1 d ago"),
        (-30, "in 30 s"),
        (40_000_000, "1 y ago"),
    ],
)
def test_a_time_is_said_from_here(ago_s: int, said: str):
    assert times.ago(show_time(NOW_NS - ago_s * 10**9), NOW_NS) == said


def test_a_time_is_written_out_to_the_millisecond():
    assert times.absolute("2026-11-21T09:30:12.345678912Z") == "2026-11-21 09:30:12.345 UTC"
    assert times.absolute("2026-11-21T09:30:12+02:00") == "2026-11-21 07:30:12.000 UTC"


def test_an_axis_says_the_clock_or_the_day():
    time = "2026-11-21T09:30:00Z"
    assert times.axis_label(time, 3_600, 60) == "09:30"
    assert times.axis_label(time, 86_400, 900) == "Nov 21, 09:30"
    assert times.axis_label(time, 30 * 86_400, 21_600) == "Nov 21"
