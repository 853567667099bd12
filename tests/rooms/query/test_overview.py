"""The overview: two periods side by side, what moved, and what broke."""

import pytest

from headwater.clock import now_ns
from headwater.errors import BadRequest
from headwater.query import CallFilters, Mover, Questions, TraceFilters
from tests.rooms.query.pen import NOON, SECOND, Pen, trace_id

HOUR = 3_600
NEXT_HOUR = CallFilters(start=NOON + HOUR * SECOND, end=NOON + 2 * HOUR * SECOND)
ITS_TRACES = TraceFilters(start=NEXT_HOUR.start, end=NEXT_HOUR.end)


@pytest.fixture
def questions(pen: Pen) -> Questions:
    """An hour with ten quick calls of ann, and one with ten slow ones, of which bob's cost more and failed twice."""
    for number in range(10):
        pen.call(number, number + 1, number, 1, user_id="ann", session_id="s", cost_nanousd=10**9)
    for number in range(10, 20):
        is_bobs = number >= 15
        failed = {"status": "error", "error_type": "Timeout", "status_message": "too late"} if number >= 18 else {}
        pen.call(
            number,
            number + 1,
            HOUR + number,
            5,
            user_id="bob" if is_bobs else "ann",
            session_id="s",
            model="opus" if is_bobs else "gpt-5",
            cost_nanousd=(3 if is_bobs else 1) * 10**9,
            **failed,
        )
    return pen.write()


def test_a_period_stands_beside_the_one_before(questions: Questions) -> None:
    shown = questions.overview(NEXT_HOUR)
    assert shown.before is not None
    assert (shown.now.calls, shown.now.errors, shown.now.cost_usd) == (10, 2, 20)
    assert (shown.before.calls, shown.before.errors, shown.before.cost_usd) == (10, 0, 10)
    assert (shown.before.start, shown.before.end) == (
        "2026-11-18T12:00:00.000000000Z",
        "2026-11-18T13:00:00.000000000Z",
    )


def test_the_chart_has_the_sums_of_the_period(questions: Questions) -> None:
    shown = questions.overview(NEXT_HOUR, by="user")
    assert {line.value: sum(point.calls for point in line.points) for line in shown.chart.series} == {
        "ann": 5,
        "bob": 5,
    }
    assert len(shown.chart.series[0].points) == 60


def test_all_time_has_nothing_before_it_and_begins_with_the_first_trace(questions: Questions) -> None:
    shown = questions.overview()
    assert shown.before is None
    assert sum(point.calls for line in shown.chart.series for point in line.points) == shown.now.calls == 20


def test_an_open_period_is_as_long_as_it_is_now(pen: Pen) -> None:
    ago_s = (now_ns() - NOON) / SECOND
    pen.call(1, 1, ago_s - 100)
    pen.call(2, 2, ago_s - 900)
    shown = pen.write().overview(CallFilters(start=now_ns() - 600 * SECOND))
    assert (shown.now.calls, shown.before and shown.before.calls) == (1, 1)


def test_an_empty_project_has_an_empty_overview(pen: Pen) -> None:
    shown = Questions(pen.store, pen.project).overview()
    assert (shown.now.calls, shown.before) == (0, None)


def test_the_largest_changes_of_each_measure_come_first(questions: Questions) -> None:
    items = questions.movers(NEXT_HOUR, ITS_TRACES, limit=3).items
    assert [(item.measure, item.by, item.value, item.now, item.before) for item in items] == [
        ("cost_usd", "model", "opus", 15, 0),
        ("cost_usd", "user", "bob", 15, 0),
        ("cost_usd", "session", "s", 20, 10),
        ("errors", "model", "opus", 2, 0),
        ("errors", "session", "s", 2, 0),
        ("errors", "user", "bob", 2, 0),
        ("p95_ms", "model", "gpt-5", 5000, 1000),
        ("p95_ms", "session", "s", 5000, 1000),
        ("p95_ms", "user", "ann", 5000, 1000),
    ]


def test_movers_are_asked_for_by_one_kind(questions: Questions) -> None:
    movers = questions.movers(NEXT_HOUR, ITS_TRACES, by="user", limit=1)
    assert movers.before_start == "2026-11-18T12:00:00.000000000Z"
    assert movers.items[0] == Mover(
        by="user", value="bob", measure="cost_usd", now=15, before=0, calls=5, calls_before=0
    )
    assert {item.by for item in movers.items} == {"user"}


def test_nothing_moves_against_no_period(questions: Questions) -> None:
    assert questions.movers().items == ()


def test_a_model_is_not_moved_by_what_the_filters_leave_out(questions: Questions) -> None:
    filters = CallFilters(start=NEXT_HOUR.start, end=NEXT_HOUR.end, models=("gpt-5",))
    assert {item.value for item in questions.movers(filters, ITS_TRACES, by="model").items} == {"gpt-5"}


def test_an_unknown_kind_of_mover_is_named(questions: Questions) -> None:
    with pytest.raises(BadRequest, match="by: unknown facet 'weather'; use one of model, user, session"):
        questions.movers(NEXT_HOUR, ITS_TRACES, by="weather")


def test_a_period_must_not_end_before_it_begins(questions: Questions) -> None:
    with pytest.raises(BadRequest, match="is not before the end"):
        questions.overview(CallFilters(start=NOON + 5, end=NOON + 5))


def test_calls_are_split_and_narrowed_by_the_key_that_let_them_in(pen: Pen) -> None:
    pen.call(1, 1, attributes={"headwater.key_id": "k1"})
    pen.call(2, 2)
    questions = pen.write()
    chart = questions.overview(CallFilters(start=NOON, end=NOON + HOUR * SECOND), by="key").chart
    assert {line.value: sum(point.calls for point in line.points) for line in chart.series} == {"": 1, "k1": 1}
    assert [trace.trace_id for trace in questions.traces(TraceFilters(keys=("k1",))).items] == [trace_id(1)]
