"""Sessions and users."""

import pytest
from inline_snapshot import snapshot

from headwater.errors import NotFound
from headwater.query import Questions, SessionListed, TraceFilters, UserListed
from tests.rooms.query.pen import Pen


@pytest.fixture
def questions(pen: Pen) -> Questions:
    """Ann's session of two traces, Bob's of one, and a trace of nobody's."""
    pen.call(1, 1, session_id="s1", user_id="ann", input_tokens=5, output_tokens=1, cost_nanousd=10)
    pen.call(2, 2, 60, session_id="s1", user_id="ann", model="gpt-5-mini", status="error", input_tokens=2)
    pen.call(3, 3, 30, session_id="s2", user_id="bob", cost_nanousd=500)
    pen.call(4, 4, 10)
    return pen.write()


def test_a_session_is_what_its_traces_come_to(questions: Questions) -> None:
    assert questions.session("s1") == snapshot(
        SessionListed(
            session_id="s1",
            start_time="2026-11-18T12:00:00.000000000Z",
            end_time="2026-11-18T12:01:01.000000000Z",
            trace_count=2,
            call_count=2,
            error_count=1,
            input_tokens=7,
            output_tokens=1,
            cost_usd=1e-08,
            user_ids=("ann",),
            models=("gpt-5", "gpt-5-mini"),
            failed_traces=1,
            turn_gap_ms=60000.0,
        )
    )


def test_a_user_is_what_their_traces_come_to(questions: Questions) -> None:
    assert questions.users(TraceFilters(users=("ann",))).items == snapshot(
        (
            UserListed(
                user_id="ann",
                first_seen="2026-11-18T12:00:00.000000000Z",
                last_seen="2026-11-18T12:01:01.000000000Z",
                trace_count=2,
                session_count=1,
                call_count=2,
                error_count=1,
                input_tokens=7,
                output_tokens=1,
                cost_usd=1e-08,
                failed_traces=1,
            ),
        )
    )


@pytest.mark.parametrize(
    ("sort", "sessions"), [("-end_time", ["s1", "s2"]), ("end_time", ["s2", "s1"]), ("-cost", ["s2", "s1"])]
)
def test_sessions_are_paged_in_every_order(questions: Questions, sort: str, sessions: list[str]) -> None:
    first = questions.sessions(sort=sort, limit=1)
    second = questions.sessions(sort=sort, limit=1, cursor=first.next)
    assert ([each.session_id for each in (*first.items, *second.items)], second.next) == (sessions, None)


def test_filters_leave_the_traces_that_are_summed(questions: Questions) -> None:
    assert [each.trace_count for each in questions.sessions(TraceFilters(statuses=("error",))).items] == [1]


def test_a_session_that_is_not_there_is_not_found(questions: Questions) -> None:
    with pytest.raises(NotFound, match="no session 's9' in this project"):
        questions.session("s9")
