"""Totals and chart that are read together are those that are read apart."""

from typing import Any

import pytest

from headwater.query import CallFilters, Questions
from tests.rooms.query.pen import NOON, SECOND, Pen

_HOUR = 3_600


def _written(pen: Pen) -> Questions:
    for number in range(1, 25):
        user, model = ("ann", "bob", "")[number % 3], ("gpt-5", "opus")[number % 2]
        fields: dict[str, Any] = {"user_id": user, "model": model, "tags": ("a", "b")[: number % 3]}
        fields["status"] = "error" if number % 7 == 0 else "ok"
        cost = None if number % 5 == 0 else 10**9 // number
        pen.call(number, number, at_s=700 * number, took_s=number, cost_nanousd=cost, input_tokens=number, **fields)
    return pen.write()


_NARROWED: list[dict[str, Any]] = [
    {},
    {"models": ("opus",)},
    {"users": ("ann", "bob")},
    {"users": ("ann",), "has_error": True},
    {"users": ("nobody",)},
]
_TIMES: list[dict[str, Any]] = [
    {"start": NOON + 1_500 * SECOND, "end": NOON + (2 * _HOUR + 90) * SECOND},
    {"start": NOON - 5 * _HOUR * SECOND},
]


@pytest.mark.parametrize("times", _TIMES)
@pytest.mark.parametrize("narrowed", _NARROWED)
def test_read_together_they_are_as_read_apart(pen: Pen, narrowed: dict[str, Any], times: dict[str, Any]) -> None:
    questions = _written(pen)
    filters = CallFilters(**narrowed, **times)
    together = questions.charted(filters)
    assert together.totals == questions.totals(filters=filters)
    if "end" in times:
        assert together.series == questions.series(filters)


@pytest.mark.parametrize("by", ["model", "user", "tag"])
def test_an_overview_sums_the_period_and_charts_whole_buckets(pen: Pen, by: str) -> None:
    questions = _written(pen)
    filters = CallFilters(users=("ann", "bob"), **_TIMES[0])
    overview = questions.overview(filters, by=by, step_s=_HOUR)
    totals = questions.totals(filters=filters)
    assert (overview.now.calls, overview.now.cost_usd) == (totals.calls, totals.cost_usd)
    assert overview.chart == questions.series(filters, by=by, step_s=_HOUR, top=6)
