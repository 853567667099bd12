"""Failures in groups."""

from typing import Any

import pytest

from headwater.errors import BadRequest
from headwater.query import FailureGroup, Failures, Questions, SpanFilters
from tests.rooms.query.pen import NOON, SECOND, Pen, span_id, trace_id

DAY: dict[str, Any] = {"start": NOON, "end": NOON + 86_400 * SECOND}
LIMITED: dict[str, Any] = {"status": "error", "error_type": "RateLimitError"}


@pytest.fixture
def questions(pen: Pen) -> Questions:
    """Three rate limits of two users, a time-out of a tool, and what is no failure."""
    limited = "429: request {} would exceed your limit of {} tokens a minute"
    pen.call(1, 1, 0, status_message=limited.format("req_011CSHo", "80,000"), user_id="ann", session_id="s1", **LIMITED)
    pen.call(
        2, 2, 60, status_message=limited.format("req_9xkq7Zb", "90,000"), user_id="bob", session_id="s2", **LIMITED
    )
    pen.call(2, 3, 7200, status_message=limited.format("req_77abXYZ", "9"), user_id="bob", session_id="s2", **LIMITED)
    pen.call(2, 9, 7201, folded_into=span_id(3), **LIMITED)
    pen.span(3, 4, 90, kind="tool", tool_name="find_order", status="error", error_type="TimeoutError", user_id="ann")
    pen.call(4, 5, 95)
    pen.call(5, 6, 90_000, **LIMITED)
    return pen.write()


def _groups(failures: Failures) -> list[tuple[str, str, str, int]]:
    return [(each.error_type, each.where, each.message, each.count) for each in failures.items]


def test_failures_that_differ_in_ids_and_numbers_are_alike(questions: Questions) -> None:
    failures = questions.failures(SpanFilters(**DAY))
    assert _groups(failures) == [
        ("RateLimitError", "gpt-5", "429: request # would exceed your limit of # tokens a minute", 3),
        ("TimeoutError", "find_order", "", 1),
    ]
    assert (failures.total, failures.grouped, failures.groups, failures.next) == (4, 4, 2, None)


def test_a_group_tells_whom_it_struck_and_when(questions: Questions) -> None:
    failures = questions.failures(SpanFilters(**DAY))
    group = failures.items[0]
    assert group == FailureGroup(
        fingerprint=group.fingerprint,
        error_type="RateLimitError",
        kind="call",
        provider="openai",
        where="gpt-5",
        message="429: request # would exceed your limit of # tokens a minute",
        sample="429: request req_77abXYZ would exceed your limit of 9 tokens a minute",
        count=3,
        share=0.75,
        traces=2,
        users=2,
        sessions=2,
        first_seen="2026-11-18T12:00:00.000000000Z",
        last_seen="2026-11-18T14:00:00.000000000Z",
        last_trace_id=trace_id(2),
        last_span_id=span_id(3),
        trend=group.trend,
    )
    assert (failures.step_s, len(group.trend), group.trend[0], sum(group.trend)) == (3600, 24, 2, 3)
    assert sum(failures.trend) == 4


@pytest.mark.parametrize("sort", ["-count", "count", "-last_seen", "first_seen", "-users", "sessions"])
def test_groups_are_paged_in_every_order(questions: Questions, sort: str) -> None:
    whole = questions.failures(SpanFilters(**DAY), sort=sort)
    first = questions.failures(SpanFilters(**DAY), sort=sort, limit=1)
    second = questions.failures(SpanFilters(**DAY), sort=sort, limit=1, cursor=first.next)
    assert ((*first.items, *second.items), second.next) == (whole.items, None)


def test_statuses_of_http_tell_kinds_apart(pen: Pen) -> None:
    for number, status in enumerate((404, 503, 503), 1):
        pen.call(number, number, status="error", error_type="HTTPError", status_message=f"{status} after 30.5s, try 2")
    failures = pen.write().failures(SpanFilters(**DAY))
    assert [(each.message, each.count) for each in failures.items] == [
        ("503 after #, try #", 2),
        ("404 after #, try #", 1),
    ]


def test_filters_leave_the_failures_that_are_grouped(questions: Questions) -> None:
    assert _groups(questions.failures(SpanFilters(kinds=("tool",)))) == [("TimeoutError", "find_order", "", 1)]
    assert questions.failures(SpanFilters(users=("ann",), **DAY)).total == 2


def test_all_time_begins_with_the_first_trace(questions: Questions) -> None:
    failures = questions.failures(SpanFilters(end=NOON + 86_400 * 2 * SECOND))
    assert (failures.start, failures.total) == ("2026-11-18T12:00:00.000000000Z", 5)


def test_of_very_many_the_newest_are_grouped_and_all_are_counted(pen: Pen) -> None:
    pen.call(1, 1, **LIMITED)
    for number in range(5_001):
        pen.call(2, number + 2, 40_000, **LIMITED)
    failures = pen.write().failures(SpanFilters(**DAY))
    assert (failures.total, failures.grouped, failures.items[0].count) == (5_002, 5_000, 5_000)
    assert failures.start == "2026-11-18T23:00:00.000000000Z"


def test_whom_a_failure_struck_may_stand_on_its_trace_only(pen: Pen) -> None:
    pen.span(1, 1, took_s=9, kind="agent", user_id="ann", session_id="s1")
    pen.call(1, 2, 1, parent=1, **LIMITED)
    group = pen.write().failures(SpanFilters(**DAY)).items[0]
    assert (group.users, group.sessions) == (1, 1)


def test_nothing_that_failed_is_no_group(pen: Pen) -> None:
    failures = pen.write().failures()
    assert (failures.total, failures.groups, failures.items) == (0, 0, ())


@pytest.mark.parametrize("wrong", [{"sort": "beauty"}, {"cursor": "x"}, {"limit": 0}])
def test_what_is_wrong_is_named(questions: Questions, wrong: dict[str, Any]) -> None:
    with pytest.raises(BadRequest, match=next(iter(wrong))):
        questions.failures(**wrong)
