"""Drawings of charts: bars that stand on each other, lines that stop where nothing is known."""

import re

import pytest
from msgspec.structs import replace

from headwater.query import Series, TimeSeries, show_time
from headwater.web.shown.graph import Layer, draw_graph, frames_of, nice_top
from tests.answers import NO_CALLS

STEP_S = 60


def _series(count: int) -> TimeSeries:
    points = tuple(replace(NO_CALLS, time=show_time(at * STEP_S * 10**9)) for at in range(count))
    return TimeSeries(start="", end="", step_s=STEP_S, by=None, series=(Series(value="", points=points),))


def _drawn(values: tuple[float | None, ...], *more: tuple[float | None, ...], is_stacked: bool) -> list[str]:
    layers = [Layer(name=f"layer {at}", tone="t-0", values=each) for at, each in enumerate((values, *more))]
    graph = draw_graph(frames_of(_series(len(values))), layers, str, str, is_stacked=is_stacked)
    return [layer.path for layer in graph.drawn]


def test_bars_stand_on_each_other() -> None:
    below, above = _drawn((50, 0), (50, 100), is_stacked=True)
    assert re.findall(r"M\S+ (\S+)h\S+V(\S+)h", below) == [("100", "50")]
    assert re.findall(r"M\S+ (\S+)h\S+V(\S+)h", above) == [("50", "0"), ("100", "0")]


def test_one_among_thousands_is_still_seen() -> None:
    many, one = _drawn((9_999,), (1,), is_stacked=True)
    assert re.findall(r"V(\S+)h", one) != re.findall(r"V(\S+)h", many)


def test_a_line_stops_where_nothing_is_known() -> None:
    (line,) = _drawn((1, 1, None, 1, None, 1, 0), is_stacked=False)
    assert re.sub(r"[-\d. ]", "", line) == "MLMhML"


def test_a_layer_of_nothing_is_not_drawn() -> None:
    assert _drawn((0, None), (0, 0), is_stacked=True) == []
    assert draw_graph(frames_of(_series(2)), [], str, str, is_stacked=True).is_empty


def test_a_bucket_says_what_it_holds_and_asks_for_its_time() -> None:
    layers = [Layer(name="p50", tone="t-0", values=(None, 7.0))]
    first, second = draw_graph(frames_of(_series(2)), layers, str, str, is_stacked=False).slots
    assert first.tip == "1970-01-01 00:00 to 00:01 UTC\n—"
    assert second.tip == "1970-01-01 00:01 to 00:02 UTC\np50: 7.0"
    assert second.frame.query == "start=1970-01-01T00%3A01%3A00Z&end=1970-01-01T00%3A02%3A00Z"


@pytest.mark.parametrize(
    ("highest", "top"), [(0, 1), (0.0004, 0.0005), (0.07, 0.1), (1, 1), (2.1, 2.5), (999, 1000), (1001, 2000)]
)
def test_a_scale_ends_with_a_round_number(highest: float, top: float) -> None:
    assert nice_top(highest) == pytest.approx(top)
