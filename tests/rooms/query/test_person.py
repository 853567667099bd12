"""One user: a period beside the one before it."""

from typing import Any

import pytest

from headwater.errors import NotFound
from headwater.query import Questions, TraceFilters, UserModel, UserSums
from tests.rooms.query.pen import NOON, SECOND, Pen

HOUR: dict[str, Any] = {"start": NOON, "end": NOON + 3600 * SECOND}
DOLLAR = 10**9


@pytest.fixture
def questions(pen: Pen) -> Questions:
    """Ann's two traces, of which only the first span names her, one the hour before, and one of Bob's."""
    pen.span(1, 1, 0, 2, kind="chain", user_id="ann", session_id="s1")
    pen.call(1, 2, 0, parent=1, cost_nanousd=2 * DOLLAR, input_tokens=5, output_tokens=1)
    pen.call(2, 3, 60, 4, user_id="ann", session_id="s2", status="error", model="gpt-4")
    pen.call(3, 4, -1800, user_id="ann", cost_nanousd=DOLLAR)
    pen.call(4, 5, 90, user_id="bob", cost_nanousd=2 * DOLLAR)
    return pen.write()


def test_a_user_tells_the_period_and_the_one_before(questions: Questions) -> None:
    shown = questions.user("ann", TraceFilters(**HOUR))
    assert shown.now == UserSums(
        traces=2,
        failed_traces=1,
        sessions=2,
        calls=2,
        input_tokens=5,
        output_tokens=1,
        cost_usd=2,
        unpriced_calls=1,
        p50_ms=shown.now.p50_ms,
        p95_ms=shown.now.p95_ms,
    )
    assert shown.before is not None
    assert (shown.before.traces, shown.before.cost_usd, shown.cost_share) == (1, 1, 0.5)
    assert (shown.first_seen, shown.last_seen) == ("2026-11-18T11:30:00.000000000Z", "2026-11-18T12:01:04.000000000Z")


def test_a_user_has_a_trend_and_models(questions: Questions) -> None:
    shown = questions.user("ann", TraceFilters(**HOUR))
    assert [(point.traces, point.failed_traces, point.cost_usd) for point in shown.points][:2] == [(2, 1, 2), (0, 0, 0)]
    assert shown.models[0] == UserModel(
        provider="openai", model="gpt-5", calls=1, errors=0, input_tokens=5, output_tokens=1, cost_usd=2
    )
    assert (shown.models[1].model, shown.models[1].errors, shown.models[1].cost_usd) == ("gpt-4", 1, None)


def test_nobody_is_not_found(questions: Questions) -> None:
    with pytest.raises(NotFound, match="no user 'eve'"):
        questions.user("eve")


def test_users_are_put_in_order_by_their_share_of_failed_traces(questions: Questions) -> None:
    assert [user.user_id for user in questions.users(sort="-error_share").items] == ["ann", "bob"]
