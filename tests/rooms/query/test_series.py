"""Charts and totals."""

from typing import Any

import pytest
from inline_snapshot import snapshot
from msgspec.structs import replace

from headwater.clock import now_ns
from headwater.errors import BadRequest
from headwater.query import OTHER, CallFilters, Questions, Series, TimeSeries, Totals
from tests.answers import NO_CALLS
from tests.rooms.query.pen import NOON, SECOND, Pen, span_id

MINUTE = 60


@pytest.fixture
def questions(pen: Pen) -> Questions:
    """Four calls within five minutes, one of them told twice, and a step that is no call."""
    pen.span(1, 1, kind="agent")
    pen.call(1, 2, 1, 2, input_tokens=10, output_tokens=4, cost_nanousd=1_000, ttft_ns=SECOND, tags=("a", "b"))
    pen.call(1, 3, 1, 2, input_tokens=10, folded_into=span_id(2))
    pen.call(2, 4, MINUTE, 1, model="opus", provider="anthropic", status="error", error_type="Timeout", user_id="ann")
    pen.call(2, 5, 3 * MINUTE, 3, cache_read_tokens=3, cache_write_1h_tokens=2, input_tokens=9, reasoning_tokens=1)
    pen.call(3, 6, 3 * MINUTE + 1, 3, model="o4", user_id="bob", session_id="s", cost_nanousd=5)
    return pen.write()


def _calls(series: TimeSeries) -> dict[str, list[int]]:
    return {each.value: [point.calls for point in each.points] for each in series.series}


def test_a_chart_fills_its_gaps(questions: Questions) -> None:
    chart = questions.series(start=NOON, end=NOON + 3 * MINUTE * SECOND, step_s=60)
    noon, minute_1, minute_2, minute_3 = (f"2026-11-18T12:0{minute}:00.000000000Z" for minute in range(4))
    took = dict.fromkeys(("p50_ms", "p95_ms", "p99_ms"), 2000.0)
    waited = dict.fromkeys(("ttft_p50_ms", "ttft_p95_ms"), 1000.0)
    busy = replace(NO_CALLS, time=noon, calls=1, input_tokens=10, output_tokens=4, cost_usd=1e-06, **took, **waited)
    failed = replace(NO_CALLS, time=minute_1, calls=1, errors=1, unpriced_calls=1, **dict.fromkeys(took, 1000.0))
    idle = replace(NO_CALLS, time=minute_2)
    line = Series(value="", points=(busy, failed, idle))
    assert chart == TimeSeries(start=noon, end=minute_3, step_s=60, by=None, series=(line,))


@pytest.mark.parametrize(
    ("by", "lines"),
    [
        ("model", {"gpt-5": [1, 0, 0, 1], "o4": [0, 0, 0, 1], "opus": [0, 1, 0, 0]}),
        ("status", {"ok": [1, 0, 0, 2], "error": [0, 1, 0, 0]}),
        ("error_type", {"": [1, 0, 0, 2], "Timeout": [0, 1, 0, 0]}),
        ("user", {"": [1, 0, 0, 1], "ann": [0, 1, 0, 0], "bob": [0, 0, 0, 1]}),
        ("tag", {"": [0, 1, 0, 2], "a": [1, 0, 0, 0], "b": [1, 0, 0, 0]}),
        ("name", {"span 2": [1, 0, 0, 0], "span 4": [0, 1, 0, 0], "span 5": [0, 0, 0, 1], "span 6": [0, 0, 0, 1]}),
    ],
)
def test_a_chart_is_split_by_a_facet(questions: Questions, by: str, lines: dict[str, list[int]]) -> None:
    """By what rollups keep, and by what only spans know; a call with two tags counts under both."""
    assert _calls(questions.series(by=by, start=NOON, end=NOON + 4 * MINUTE * SECOND, step_s=60)) == lines


def test_what_is_not_among_the_largest_is_one_line(questions: Questions) -> None:
    chart = questions.series(by="model", start=NOON, end=NOON + 5 * MINUTE * SECOND, step_s=300, top=1)
    assert _calls(chart) == {"gpt-5": [2], OTHER: [2]}


def test_a_line_named_other_is_not_the_rest(pen: Pen) -> None:
    pen.call(1, 1, provider="other")
    pen.call(1, 2, provider="other")
    pen.call(1, 3, provider="")
    pen.call(1, 4, provider="x")
    chart = pen.write().series(by="provider", start=NOON, end=NOON + SECOND, step_s=60, top=2)
    assert _calls(chart) == {"other": [2], "": [1], OTHER: [1]}


@pytest.mark.parametrize(
    "filters", [CallFilters(models=("o4",)), CallFilters(users=("bob",)), CallFilters(max_tokens=0)]
)
def test_a_chart_is_narrowed_as_a_list_is(questions: Questions, filters: CallFilters) -> None:
    chart = questions.series(filters, start=NOON, end=NOON + 10 * MINUTE * SECOND, step_s=600)
    assert _calls(chart) == {"": [len(questions.calls(filters).items)]}


@pytest.mark.parametrize(
    ("length_s", "step_s"), [(30, 1), (600, 5), (3_600, 30), (86_400, 900), (7 * 86_400, 7_200), (90 * 86_400, 86_400)]
)
def test_a_chart_has_about_a_hundred_points(questions: Questions, length_s: int, step_s: int) -> None:
    chart = questions.series(start=NOON, end=NOON + length_s * SECOND)
    assert (chart.step_s, len(chart.series[0].points) <= 121) == (step_s, True)


def test_the_last_day_is_shown_where_nothing_is_said(pen: Pen) -> None:
    now = now_ns()
    pen.call(1, 1, (now - NOON) / SECOND)
    pen.call(1, 2, (now - NOON) / SECOND - 90_000)
    chart = pen.write().series()
    assert (chart.step_s, sum(_calls(chart)[""])) == (900, 1)


def test_times_are_widened_to_whole_buckets(questions: Questions) -> None:
    chart = questions.series(start=NOON + 100 * SECOND, end=NOON + 200 * SECOND, step_s=60)
    assert (chart.start, chart.end) == ("2026-11-18T12:01:00.000000000Z", "2026-11-18T12:04:00.000000000Z")


def test_totals_are_of_exactly_their_time(questions: Questions) -> None:
    assert questions.totals(NOON + 1, NOON + 3 * MINUTE * SECOND + 1) == snapshot(
        Totals(
            start="2026-11-18T12:00:00.000000001Z",
            end="2026-11-18T12:03:00.000000001Z",
            traces=1,
            sessions=0,
            users=1,
            calls=3,
            errors=1,
            input_tokens=19,
            output_tokens=4,
            cache_read_tokens=3,
            cache_write_tokens=2,
            reasoning_tokens=1,
            cost_usd=1e-06,
            unpriced_calls=2,
            p50_ms=2000.0,
            p95_ms=3000.0,
            p99_ms=3000.0,
            ttft_p50_ms=1000.0,
            ttft_p95_ms=1000.0,
        )
    )


def test_totals_of_everything_are_of_all_time(questions: Questions) -> None:
    totals = questions.totals()
    assert (totals.start, totals.end, totals.traces, totals.calls, totals.sessions, totals.users) == (
        None,
        None,
        3,
        4,
        1,
        2,
    )


def test_totals_of_nothing_are_zero(pen: Pen) -> None:
    assert Questions(pen.store, pen.project).totals() == snapshot(
        Totals(
            start=None,
            end=None,
            traces=0,
            sessions=0,
            users=0,
            calls=0,
            errors=0,
            input_tokens=0,
            output_tokens=0,
            cache_read_tokens=0,
            cache_write_tokens=0,
            reasoning_tokens=0,
            cost_usd=0.0,
            unpriced_calls=0,
            p50_ms=None,
            p95_ms=None,
            p99_ms=None,
            ttft_p50_ms=None,
            ttft_p95_ms=None,
        )
    )


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ({"by": "colour"}, "by: unknown facet 'colour'; use one of model, provider, operation"),
        ({"step_s": 0}, "step: 0 s is too narrow for this time; use 44 or more, or none"),
        ({"start": 5, "end": 5}, "start: 5 is not before the end 5"),
        ({"top": 0}, "top: 0 is not from 1 to 50"),
        ({"end": "soon"}, "end: cannot read time 'soon'"),
    ],
)
def test_what_cannot_be_charted_is_named(questions: Questions, arguments: dict[str, Any], text: str) -> None:
    with pytest.raises(BadRequest) as refused:
        questions.series(**arguments)
    assert str(refused.value).startswith(text)
