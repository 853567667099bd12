"""What other products' clients write for times, spans of time, ids and numbers."""

from typing import Any

import pytest

from headwater.compat.reading import (
    count_in,
    duration_in,
    merged,
    metadata_in,
    moment_in,
    number_in,
    object_in,
    span_id_from,
    trace_id_from,
)

AT = 1_767_225_600_500_000_000


@pytest.mark.parametrize(
    "written",
    [
        1_767_225_600.5,
        "1767225600.5",
        1_767_225_600_500,
        1_767_225_600_500.0,
        "1767225600500",
        1_767_225_600_500_000,
        AT,
        str(AT),
        "2026-01-01T00:00:00.5Z",
        "2026-01-01T00:00:00.500000+00:00",
        "2026-01-01T02:00:00.500+02:00",
        "2026-01-01T00:00:00.500",
    ],
)
def test_a_moment_is_read_in_every_form_that_a_client_writes(written: Any):
    assert moment_in(written) == AT


@pytest.mark.parametrize("written", [None, True, "", "soon", 0, -1, 1e300, float("nan"), float("inf"), [], {}, 2**70])
def test_what_is_no_moment_is_none(written: Any):
    assert moment_in(written) is None


@pytest.mark.parametrize("written", ["5000-01-01T00:00:00Z", 99_000_000_000, 9.9e10, 9_223_372_036_854_776.0])
def test_a_moment_that_cannot_be_stored_is_none(written: Any):
    assert moment_in(written) is None


@pytest.mark.parametrize(
    ("written", "unit", "milliseconds"),
    [
        (2.5, "s", 2500),
        (350, "ms", 350),
        ("350", "ms", 350),
        ("0 min 2.50 sec", "s", 2500),
        ("1 min 2.5 sec", "s", 62_500),
        ("350ms", "s", 350),
        ("1.5 s", "ms", 1500),
        ("1 hour, 2 minutes", "s", 3_720_000),
        (0, "s", 0),
    ],
)
def test_a_span_of_time_is_read_in_every_form_that_a_client_writes(written: Any, unit: str, milliseconds: int):
    assert duration_in(written, unit) == milliseconds * 10**6


@pytest.mark.parametrize("written", [None, False, "", "fast", "3 apples", "-1", -1, 1e300, "2.5 sec of 3", []])
def test_what_is_no_span_of_time_is_none(written: Any):
    assert duration_in(written, "s") is None


def test_an_id_of_the_right_form_is_kept_and_another_gives_always_the_same():
    assert trace_id_from("pulse", "1BD0D8D5-71C6-4F0C-9B0C-3C9E8C6C6A11") == "1bd0d8d571c64f0c9b0c3c9e8c6c6a11"
    assert span_id_from("0123456789ABCDEF") == "0123456789abcdef"
    assert trace_id_from("a", "b") == trace_id_from("a", "b") != trace_id_from("ab")
    assert trace_id_from("0" * 32) != "0" * 32, "no trace has only zeros"
    assert len(trace_id_from("")) == 32
    assert len(span_id_from("a", "ü\ud800")) == 16


def test_numbers_are_read_from_texts_and_never_from_booleans():
    assert (number_in("1.5"), number_in(True), number_in("nan"), number_in(None)) == (1.5, None, None, None)
    assert (count_in("12"), count_in(-1), count_in(3.9), count_in(2**80)) == (12, None, 3, None)


def test_objects_are_read_also_where_they_were_written_as_texts():
    assert object_in('{"a": [1]}') == {"a": [1]}
    assert object_in("{broken") == object_in([1]) == object_in(None) == {}
    assert metadata_in({"plan": "pro", "seats": 3, "left": None, "more": {"x": 1}}) == {
        "plan": "pro",
        "seats": "3",
        "more": '{"x":1}',
    }
    assert merged({"a": None, "b": 1}, {"a": 2, "b": 3}) == {"b": 1, "a": 2}
