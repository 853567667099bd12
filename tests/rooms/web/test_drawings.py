"""What is drawn: bars of a chart, bars of a waterfall, colours of JSON."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from headwater.query import Series, SpanListed, TimeSeries, show_time
from headwater.web.shown.chart import draw, nice_top
from headwater.web.shown.colours import json_tokens
from headwater.web.shown.waterfall import ROW_PX, chunks, rows
from tests.answers import NO_CALLS
from tests.pages.sample_spans import listed, span


def _series(*calls: tuple[int, int]) -> TimeSeries:
    points = tuple(
        msgspec.structs.replace(NO_CALLS, time=show_time(at * 60 * 10**9), calls=number, errors=errors)
        for at, (number, errors) in enumerate(calls)
    )
    return TimeSeries(start="", end="", step_s=60, by=None, series=(Series(value="", points=points),))


def _spans(count: int, **fields: float) -> list[SpanListed]:
    shown = span("t" * 32, "s" * 16, "step")
    one = listed(shown, 3, 0, 1_795_000_000_000_000_000, False)
    return [msgspec.structs.replace(one, span_id=f"{at:016x}", **fields) for at in range(count)]


def test_errors_stand_in_their_bar_and_one_among_thousands_is_seen():
    chart = draw(_series((2000, 1), (0, 0), (1000, 1000)))
    assert (chart.top, chart.calls, chart.errors) == (2000, 3000, 1001)
    assert [(bar.calls_height, bar.errors_height) for bar in chart.bars] == [(100.0, 3.0), (0, 0.0), (50.0, 50.0)]
    assert [bar.end for bar in chart.bars][:1] == ["1970-01-01T00:01:00Z"]


@given(
    st.lists(
        st.integers(0, 10**9).flatmap(lambda calls: st.tuples(st.just(calls), st.integers(0, calls))), max_size=200
    )
)
def test_every_bar_stays_within_the_chart(calls: list[tuple[int, int]]):
    chart = draw(_series(*calls))
    for bar in chart.bars:
        assert 0 <= bar.errors_height <= bar.calls_height <= 100
        assert 0 <= bar.slot_x <= bar.x
        assert bar.x + bar.width <= 1000.01


@pytest.mark.parametrize(
    ("highest", "top"), [(0, 1), (1, 1), (3, 5), (11, 20), (21, 25), (99, 100), (101, 200), (40_001, 50_000)]
)
def test_a_scale_ends_with_a_round_number(highest: float, top: float):
    assert nice_top(highest) == top


@given(st.floats(-1e6, 1e6), st.floats(0, 1e6), st.floats(0, 1e6), st.none() | st.floats(0, 1e6), st.integers(0, 500))
def test_a_bar_of_any_clock_stays_in_the_waterfall(
    offset: float, took: float, whole: float, ttft: float | None, depth: int
):
    one = msgspec.structs.replace(_spans(1, offset_ms=offset, duration_ms=took)[0], ttft_ms=ttft, depth=depth)
    row = rows([one], whole)[0]
    assert row.x >= 0
    assert row.width > 0
    assert row.x + row.width <= 1000.01
    assert row.wait <= row.width
    assert row.indent_px <= 24 * 14


def test_a_long_tree_keeps_its_height_whatever_is_loaded():
    cut = chunks(_spans(50), 100, 230, 50, 1000.0)
    assert [(chunk.offset, chunk.count, chunk.is_loaded) for chunk in cut] == [
        (0, 50, False),
        (50, 50, False),
        (100, 50, True),
        (150, 50, False),
        (200, 30, False),
    ]
    assert sum(chunk.height_px for chunk in cut) == 230 * ROW_PX


def test_a_window_with_a_gap_is_loaded_later_as_a_whole():
    assert [chunk.is_loaded for chunk in chunks(_spans(49), 0, 100, 50, 1.0)] == [False, False]


@given(st.text() | st.recursive(st.none() | st.text() | st.floats(), st.lists).map(str))
def test_coloured_pieces_make_the_text_again(text: str):
    assert "".join(piece for _, piece in json_tokens(text)) == text


def test_json_is_coloured_by_what_it_is():
    assert list(json_tokens('{"a": ["b", -1.5e3, null]}')) == [
        ("", "{"),
        ("key", '"a"'),
        ("", ": ["),
        ("string", '"b"'),
        ("", ", "),
        ("number", "-1.5e3"),
        ("", ", "),
        ("word", "null"),
        ("", "]}"),
    ]
