"""What has come in since, and how much the filters leave."""

import pytest
from inline_snapshot import snapshot

from headwater.errors import BadRequest
from headwater.query import Questions, Selection, TraceFilters
from tests.rooms.query.pen import Pen, trace_id


def _names(questions: Questions, after: int, filters: TraceFilters | None = None, limit: int = 10) -> list[str]:
    found = questions.arrivals(filters or TraceFilters(), after, limit)
    return [item.trace.name for item in found.items]


@pytest.fixture
def written(pen: Pen) -> Questions:
    """Three traces, taken in one after the other; the first of them began last."""
    pen.call(1, 1, 600, name="late", user_id="ann", cost_nanousd=3_000, input_tokens=7, output_tokens=2)
    pen.call(2, 2, 0, name="early", user_id="bob", status="error", cost_nanousd=None)
    pen.call(3, 3, 300, name="middle", user_id="ann", cost_nanousd=5_000, input_tokens=1)
    return pen.write()


def test_what_came_in_since_is_listed_in_the_order_in_which_it_came(written: Questions):
    assert _names(written, 0) == ["late", "early", "middle"]
    assert _names(written, 1) == ["early", "middle"]
    assert _names(written, 3) == []


def test_arrivals_are_narrowed_by_filters(written: Questions):
    assert _names(written, 0, TraceFilters(users=("ann",))) == ["late", "middle"]
    assert _names(written, 0, TraceFilters(start="2026-11-18T12:04:00Z")) == ["late", "middle"]


def test_of_too_many_the_last_are_shown_and_it_is_said(written: Questions):
    assert _names(written, 0, limit=2) == ["early", "middle"]
    assert written.arrivals(TraceFilters(), 0, 2).is_partial
    assert not written.arrivals(TraceFilters(), 0, 3).is_partial


def test_a_trace_that_grew_comes_again_as_it_is(written: Questions, pen: Pen):
    pen.call(2, 2, 0, name="early")
    pen.call(2, 9, 1, parent=2)
    pen.write()
    (again,) = written.arrivals(TraceFilters(), 3).items
    assert (again.received_ns, again.trace.trace_id, again.trace.span_count) == (5, trace_id(2), 2)


def test_a_selection_sums_exactly_what_the_list_holds(written: Questions):
    assert written.selection(TraceFilters(users=("ann",))) == snapshot(
        Selection(traces=2, calls=2, failed_traces=0, input_tokens=8, output_tokens=2, cost_usd=8e-06, unpriced_calls=0)
    )
    assert written.selection() == snapshot(
        Selection(traces=3, calls=3, failed_traces=1, input_tokens=8, output_tokens=2, cost_usd=8e-06, unpriced_calls=1)
    )
    assert written.selection(TraceFilters(users=("nobody",))) == Selection(
        traces=0, calls=0, failed_traces=0, input_tokens=0, output_tokens=0, cost_usd=0.0, unpriced_calls=0
    )


def test_a_wrong_filter_is_named(written: Questions):
    with pytest.raises(BadRequest, match="start"):
        written.selection(TraceFilters(start="soon"))
    with pytest.raises(BadRequest, match="limit"):
        written.arrivals(TraceFilters(), 0, 0)
