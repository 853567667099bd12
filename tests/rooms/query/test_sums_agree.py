"""A sum is the same in a chart, in a list, in the totals and in SQL, whatever arrived in whatever order."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from headwater.clock import now_ns
from headwater.query import CallFilters, Questions
from headwater.store import Store
from tests.rooms.query.pen import NOON, SECOND, Pen, span_id

_SPAN = 2 * 3_600
"""Calls lie within two hours, so that whole hours and cut ones are among them."""

_CALL = st.fixed_dictionaries(
    {
        "span": st.integers(1, 12),
        "at_s": st.sampled_from([0, 1, 59, 60, 61, 3_599, 3_600, 3_661, _SPAN - 1]),
        "model": st.sampled_from(["gpt-5", "opus", ""]),
        "user_id": st.sampled_from(["ann", "bob", ""]),
        "status": st.sampled_from(["ok", "error"]),
        "input_tokens": st.none() | st.integers(0, 1_000),
        "output_tokens": st.none() | st.integers(0, 1_000),
        "cost_nanousd": st.none() | st.integers(0, 10**12),
        "folded_into": st.sampled_from(["", "", "", span_id(99)]),
    }
)
_ROUNDS = st.lists(st.tuples(st.lists(_CALL, min_size=1, max_size=6), st.booleans()), min_size=1, max_size=3)


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(_ROUNDS)
def test_sums_agree(store: Store, rounds: list[tuple[list[dict[str, Any]], bool]]) -> None:
    """Calls come, come again elsewhere, fold late; rollups are made in between, or not."""
    pen = Pen(store)
    lying: dict[int, float] = {}
    questions = Questions(store, pen.project)
    for calls, is_settled in rounds:
        for call in calls:
            _tell(pen, lying, call)
        questions = pen.write()
        if is_settled:
            store.refresh_rollups(now_ns() + SECOND)
        assert _of_series(questions, None) == _of_list(questions) == _of_totals(questions) == _of_sql(questions)
        assert _of_series(questions, "model") == _of_series(questions, "user") == _of_list(questions)
        errors = CallFilters(has_error=True, models=("opus", ""))
        assert _of_series(questions, None, errors) == _of_list(questions, errors)


@pytest.mark.parametrize(
    ("first_s", "last_s"), [(0, 60), (60, 660), (61, 3_599), (60, 3_600), (600, 4_200), (3_600, 7_200), (3_661, 3_721)]
)
def test_totals_of_a_stretch_are_those_of_its_list(pen: Pen, first_s: int, last_s: int) -> None:
    """Whatever the stretch has of minutes, whole hours and cut ones, once all of them are rolled up."""
    for span, at_s in enumerate((0, 1, 59, 60, 61, 659, 660, 3_598, 3_599, 3_600, 3_661, 3_720, 4_200, 7_199), 1):
        pen.call(1, span, at_s, cost_nanousd=10**span)
    questions = pen.write()
    while pen.store.refresh_rollups(now_ns() + SECOND):
        continue
    start, end = NOON + first_s * SECOND, NOON + last_s * SECOND
    listed = _of_list(questions, CallFilters(start=start, end=end))
    assert listed["calls"]
    assert _of_totals(questions, CallFilters(start=start, end=end)) == listed


def test_rollups_are_what_is_read_once_they_are_made(pen: Pen) -> None:
    """Otherwise the test above would hold of spans alone."""
    pen.call(1, 1, cost_nanousd=5)
    questions = pen.write()
    while pen.store.refresh_rollups(now_ns() + SECOND):
        continue
    pen.store.select(
        "INSERT INTO headwater.rollups SELECT * REPLACE (7 AS calls, version + 1 AS version)"
        " FROM headwater.rollups FINAL WHERE project = {project:String}",
        {"project": pen.project},
    )
    assert _of_series(questions, None)["calls"] == 7


def _tell(pen: Pen, lying: dict[int, float], call: Mapping[str, Any]) -> None:
    """As the loader does: where a span's start moves, what lies at the old one is taken away."""
    fields = dict(call)
    span, at_s = fields.pop("span"), fields.pop("at_s")
    if span in lying and lying[span] != at_s:
        pen.call(1, span, lying[span], is_deleted=1)
    lying[span] = at_s
    pen.call(1, span, at_s, **fields)


_NAMES = ("calls", "errors", "input_tokens", "output_tokens", "cost_nanousd", "unpriced_calls")


def _summed(rows: list[tuple[int, int, int, int, float, int]]) -> Counter[str]:
    """Sums by name; costs in whole nano-dollars, so that they can be compared."""
    total: Counter[str] = Counter(dict.fromkeys(_NAMES, 0))
    for row in rows:
        total.update(dict(zip(_NAMES, (*row[:4], round(row[4] * 1e9), row[5]), strict=True)))
    return total


def _of_series(questions: Questions, by: str | None, filters: CallFilters | None = None) -> Counter[str]:
    chart = questions.series(filters or CallFilters(), by, NOON, NOON + _SPAN * SECOND, 3_600 if by else 60)
    return _summed(
        [
            (each.calls, each.errors, each.input_tokens, each.output_tokens, each.cost_usd, each.unpriced_calls)
            for line in chart.series
            for each in line.points
        ]
    )


def _of_totals(questions: Questions, filters: CallFilters | None = None) -> Counter[str]:
    each = questions.totals(filters=filters or CallFilters())
    return _summed(
        [(each.calls, each.errors, each.input_tokens, each.output_tokens, each.cost_usd, each.unpriced_calls)]
    )


def _of_list(questions: Questions, filters: CallFilters | None = None) -> Counter[str]:
    return _summed(
        [
            (
                1,
                int(call.status == "error"),
                call.input_tokens or 0,
                call.output_tokens or 0,
                call.cost_usd or 0,
                int(call.cost_usd is None),
            )
            for call in questions.calls(filters or CallFilters(), limit=1_000).items
        ]
    )


def _of_sql(questions: Questions) -> Counter[str]:
    table = questions.sql(
        "SELECT count(), countIf(status = 'error'), sum(ifNull(input_tokens, 0)), sum(ifNull(output_tokens, 0)),"
        " toFloat64(sum(ifNull(cost_usd, 0))), countIf(cost_usd IS NULL) FROM calls"
    )
    return _summed([(row[0], row[1], row[2], row[3], row[4], row[5]) for row in table.rows])
