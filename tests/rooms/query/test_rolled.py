"""Windows that overlap: each has exactly what its own totals have, from rollups and from spans alike."""

import pytest

from headwater.errors import BadRequest
from headwater.query import CallFilters, Questions, Rolled
from tests.rooms.query.pen import NOON, SECOND, Pen

ALL = CallFilters()
MONTH = 0


def _written(pen: Pen) -> Questions:
    for number in range(40):
        pen.call(
            1,
            number + 1,
            at_s=number * 37,
            took_s=1 + number,
            status="error" if number % 5 == 0 else "ok",
            input_tokens=10,
            output_tokens=number,
            cost_nanousd=1_000_000 * number if number % 2 else None,
            user_id="mira" if number % 2 else "jonas",
        )
    return pen.write()


def _agrees(questions: Questions, each: Rolled, window_s: int, filters: CallFilters = ALL) -> None:
    totals = questions.totals(each.end_ns - window_s * SECOND, each.end_ns, filters)
    assert (each.calls, each.errors, each.unpriced_calls) == (totals.calls, totals.errors, totals.unpriced_calls)
    assert each.tokens == totals.input_tokens + totals.output_tokens
    assert each.cost_usd == pytest.approx(totals.cost_usd, abs=1e-9)
    if totals.p95_ms is None:
        assert each.quantiles_ms is None
    else:
        assert each.quantiles_ms == pytest.approx((totals.p50_ms, totals.p95_ms, totals.p99_ms), rel=0.03)


@pytest.mark.parametrize(("step_s", "window_s"), [(60, 300), (300, 300), (300, 3600)])
def test_a_window_has_what_its_own_totals_have(pen: Pen, step_s: int, window_s: int):
    questions = _written(pen)
    found = questions.rolled(ALL, NOON - 300 * SECOND, NOON + 1800 * SECOND, step_s, window_s, "duration")
    assert [each.end_ns for each in found[:2]] == [NOON - 300 * SECOND, NOON + (step_s - 300) * SECOND]
    assert found[-1].end_ns == NOON + 1800 * SECOND
    for each in found[:: max(1, len(found) // 6)]:
        _agrees(questions, each, window_s)


def test_rollups_give_what_spans_give(pen: Pen):
    questions = _written(pen)
    from_spans = questions.rolled(ALL, NOON, NOON + 1800 * SECOND, 60, 300, "duration")
    assert pen.store.refresh_rollups(2**62, budget_s=60)
    from_rollups = questions.rolled(ALL, NOON, NOON + 1800 * SECOND, 60, 300, "duration")
    assert [each.quantiles_ms is None for each in from_rollups] == [each.quantiles_ms is None for each in from_spans]
    for one, other in zip(from_rollups, from_spans, strict=True):
        assert (one.quantiles_ms or ()) == pytest.approx(other.quantiles_ms or (), rel=0.03)
        assert (one.calls, one.errors, one.cost_usd) == (other.calls, other.errors, other.cost_usd)


def test_a_window_is_narrowed_as_a_list_is(pen: Pen):
    questions, mira = _written(pen), CallFilters(users=("mira",))
    found = questions.rolled(mira, NOON + 600 * SECOND, NOON + 900 * SECOND, 60, 300, "duration")
    assert len(found) == 6
    for each in found:
        _agrees(questions, each, 300, mira)


def test_seconds_can_be_stepped_over(pen: Pen):
    questions = _written(pen)
    (found,) = questions.rolled(ALL, NOON + 301 * SECOND, NOON + 301 * SECOND, 1, 300, "duration")
    _agrees(questions, found, 300)


def test_the_month_so_far_begins_with_the_month(pen: Pen):
    day, first = 86_400, NOON - (17 * 86_400 + 43_200) * SECOND
    for at_s in (-18 * day, -17 * day, -day, 0, 60):
        pen.call(1, 50 + at_s % 1000, at_s=at_s, cost_nanousd=1_000_000_000)
    questions = pen.write()
    found = questions.rolled(ALL, first - 3600 * SECOND, NOON + 3600 * SECOND, 900, MONTH)
    costs = {each.end_ns: each.cost_usd for each in found}
    assert costs[first] == 1.0
    assert costs[first + 900 * SECOND] == 0.0
    assert costs[NOON] == 2.0
    assert costs[NOON + 900 * SECOND] == 4.0
    (last,) = questions.rolled(ALL, NOON + 900 * SECOND, NOON + 900 * SECOND, 900, MONTH)
    assert last.cost_usd == 4.0


def test_a_window_without_calls_is_nothing_but_known(pen: Pen):
    (found,) = pen.write().rolled(ALL, NOON, NOON, 60, 300, "ttft")
    assert (found.calls, found.cost_usd, found.quantiles_ms) == (0, 0.0, None)


def test_what_cannot_be_stepped_is_refused(pen: Pen):
    questions = pen.write()
    with pytest.raises(BadRequest, match="no part of a window"):
        questions.rolled(ALL, NOON, NOON, 7, 300)
    with pytest.raises(BadRequest, match="too narrow"):
        questions.rolled(ALL, 0, NOON, 60, 300)
    with pytest.raises(BadRequest, match="a month has sums only"):
        questions.rolled(ALL, NOON, NOON, 300, MONTH, "duration")
