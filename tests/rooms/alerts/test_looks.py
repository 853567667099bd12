"""When it would have fired: tables of series, with gaps, late data, and weeks that repeat."""

from typing import cast

import pytest

from headwater.alerts import Stretch, checked, ends_needed, looks_of, stretches_of, would_have_fired
from headwater.query import Questions
from tests.rooms.alerts.held import DAY, HOUR, MINUTE, NOON, HeldQuestions, rule

# A digit a minute, in per cent; "." is unknown. "-" pending is not shown, "#" is firing.
SERIES = [
    ("a quiet day", "000000", "      ", 0),
    ("at once", "006000", "  #   ", 0),
    ("at the threshold it is not past it", "005550", "      ", 0),
    ("until the first that is not past", "067896", " #####", 0),
    ("held for two minutes", "066666", "   ###", 120),
    ("not held for long enough", "066066", "      ", 120),
    ("held once and again", "0666066606", "   #   #  ", 120),
    ("a gap is not past anything", "066..66", " ##  ##", 0),
    ("a gap begins the holding anew", "066.666", "      #", 120),
    ("nothing is known", "......", "      ", 0),
    ("from the first look on", "9999", "####", 0),
]


@pytest.mark.parametrize(("series", "fires", "hold_s"), [case[1:] for case in SERIES], ids=[case[0] for case in SERIES])
def test_it_fires_where_it_should(series: str, fires: str, hold_s: int):
    watched = rule(hold_s=hold_s)
    ends = [NOON + at * MINUTE for at in range(len(series))]
    values = {end: None if digit == "." else int(digit) / 100 for end, digit in zip(ends, series, strict=True)}
    found = stretches_of(watched, looks_of(watched, ends, values))
    after = ends[-1] + MINUTE
    shown = "".join("#" if any(s.start_ns <= end < (s.end_ns or after) for s in found) else " " for end in ends)
    assert shown == fires


def test_a_stretch_knows_its_worst_value():
    watched = rule()
    ends = [NOON + at * MINUTE for at in range(5)]
    values = dict(zip(ends, [0.06, 0.4, 0.08, 0.0, 0.09], strict=True))
    assert stretches_of(watched, looks_of(watched, ends, values)) == [
        Stretch(ends[0], ends[3], 0.06, 0.05, 0.4),
        Stretch(ends[4], None, 0.09, 0.05, 0.09),
    ]


def test_below_looks_the_other_way():
    watched = rule(measure="calls", comparison="below", threshold=10)
    ends = [NOON + at * MINUTE for at in range(4)]
    values = dict(zip(ends, [12.0, 9.0, 3.0, 10.0], strict=True))
    assert [look.is_past for look in looks_of(watched, ends, values)] == [False, True, True, False]
    (stretch,) = stretches_of(watched, looks_of(watched, ends, values))
    assert (stretch.worst, stretch.end_ns) == (3.0, ends[3])


def _weekly(cost_now: float, weeks: int = 4) -> dict[int, float | None]:
    """Every hour of a Wednesday noon costs $10 and a little more each week, and now something else."""
    past = {
        NOON - week * 7 * DAY + beside * 30 * MINUTE: 10.0 + week / 10
        for week in range(1, weeks + 1)
        for beside in (-1, 0, 1)
    }
    return {**past, NOON: cost_now}


@pytest.mark.parametrize(("cost", "is_past"), [(10.5, False), (11.5, False), (12.5, True), (0.0, False)])
def test_unusual_is_far_from_the_same_hour_of_past_weeks(cost: float, is_past: bool):
    watched = rule(measure="cost", comparison="unusually_high", threshold=3, window="1h")
    (look,) = looks_of(watched, [NOON], _weekly(cost))
    assert look.bound == pytest.approx(10.25 + 3 * 0.05 * 10.25)
    assert look.is_past is is_past


def test_unusually_low_is_never_below_nothing():
    watched = rule(measure="cost", comparison="unusually_low", threshold=30, window="1h")
    (look,) = looks_of(watched, [NOON], _weekly(0.0))
    assert (look.bound, look.is_past) == (0.0, False)


def test_of_one_week_nobody_can_tell_what_is_usual():
    watched = rule(measure="cost", comparison="unusually_high", threshold=3, window="1h")
    (look,) = looks_of(watched, [NOON], _weekly(1_000.0, weeks=1))
    assert (look.bound, look.is_past) == (None, False)


def test_weeks_before_there_was_anything_do_not_count():
    watched = rule(measure="cost", comparison="unusually_high", threshold=3, window="1h")
    (look,) = looks_of(watched, [NOON], {end: 0.0 for end in _weekly(0.0)} | {NOON: 5.0})
    assert (look.bound, look.is_past) == (None, False)
    young = {end: 0.0 if end < NOON - 15 * DAY else value for end, value in _weekly(5.0).items()}
    (look,) = looks_of(watched, [NOON], young)
    assert look.bound == pytest.approx(10.15 + 3 * 0.05 * 10.15)


def test_one_outlier_of_the_past_does_not_move_the_bound():
    watched = rule(measure="cost", comparison="unusually_high", threshold=3, window="1h")
    values = _weekly(13.0) | {NOON - 7 * DAY: 900.0}
    (look,) = looks_of(watched, [NOON], values)
    assert look.is_past
    assert look.bound is not None
    assert look.bound < 13


def test_only_what_is_needed_is_asked_for():
    assert ends_needed(rule(), [NOON]) == [(NOON, NOON)]
    unusual = rule(comparison="unusually_high", threshold=3, weeks=2)
    beside = 30 * MINUTE
    assert ends_needed(unusual, [NOON]) == [
        (NOON - 14 * DAY - beside, NOON - 14 * DAY + beside),
        (NOON - 7 * DAY - beside, NOON - 7 * DAY + beside),
        (NOON, NOON),
    ]
    week = range(NOON - 7 * DAY, NOON + 1, HOUR)
    assert ends_needed(unusual, week) == [(NOON - 21 * DAY - beside, NOON)]


def test_what_came_late_is_in_what_would_have_fired():
    held = HeldQuestions()
    questions = cast("Questions", held)
    held.add(10, NOON - 3 * HOUR)
    assert would_have_fired(questions, rule(), 86_400, NOON).stretches == ()
    held.add(5, NOON - 3 * HOUR, is_error=True)
    (stretch,) = would_have_fired(questions, rule(), 86_400, NOON).stretches
    assert (stretch.start_ns, stretch.end_ns) == (NOON - 3 * HOUR + 5 * MINUTE, NOON - 3 * HOUR + 10 * MINUTE)
    assert stretch.worst == pytest.approx(1 / 3)


def test_before_the_first_call_nothing_was_silent():
    held, silence = HeldQuestions(), checked(rule(measure="no_data", window="15m"))
    held.add(1, NOON - 2 * HOUR)
    found = would_have_fired(cast("Questions", held), silence, 86_400, NOON + 1)
    assert [stretch.start_ns for stretch in found.stretches] == [NOON - 2 * HOUR + 20 * MINUTE]
    assert len(found.looks) == 86_400 // found.step_s + 1
