"""Times as people send them."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headwater.errors import BadRequest
from headwater.query.times import read_time, show_time

NOON = 1_795_003_200_000_000_000


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-18T12:00:00Z",
        "2026-11-18T12:00:00z",
        "2026-11-18 12:00",
        "2026-11-18T13:30:00.000+01:30",
        "2026-11-18T07:00:00-0500",
        "2026-11-18T12:00:00.0000000009",
        str(NOON),
    ],
)
def test_one_moment_is_written_in_many_ways(text: str) -> None:
    assert read_time(text, "start") == NOON


def test_a_day_is_its_midnight() -> None:
    assert read_time("2026-11-18", "start") == NOON - 12 * 3_600 * 10**9


def test_nothing_is_no_bound() -> None:
    assert (read_time(None, "start"), read_time("", "start")) == (None, None)


@given(st.integers(-2_208_988_800 * 10**9, 9_214_646_400 * 10**9))
def test_what_is_shown_reads_back(time_ns: int) -> None:
    assert read_time(show_time(time_ns), "start") == read_time(time_ns, "start") == time_ns


@given(st.text())
def test_any_text_is_a_time_or_refused(text: str) -> None:
    """Nothing but BadRequest is raised, whatever is sent."""
    with suppress(BadRequest):
        assert read_time(text, "start") == read_time(text.strip(), "start")
