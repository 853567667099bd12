"""Conditions: a rule as it may be, in words, and the steps at which its windows are looked at."""

import msgspec

from headwater.access import AlertRule
from headwater.alerts.measures import COMPARISONS, MEASURES, SEVERITIES, WINDOW_NAMES, WINDOWS, Measure
from headwater.errors import BadRequest
from headwater.query import CallFilters

_UNUSUAL = ("unusually_high", "unusually_low")
_LONGEST_HOLD_S = 86_400
_LONGEST_REPEAT_S = 7 * 86_400
_MOST_WEEKS = 8
_LARGEST = 1e15
# How often a window of each length is looked at; the shortest can be looked at more often, as the settings say.
_STEP_S = {"5m": 60, "15m": 60, "1h": 300, "6h": 300, "1d": 900, "month": 300}
_UNUSUAL_STEP_S = 300
# Of a stretch of past weeks, fewer windows are enough: none longer apart than it is itself, nor than half an hour.
_PAST_STEP_S = {"5m": 300, "15m": 900, "1h": 1_800, "6h": 1_800, "1d": 1_800, "month": 1_800}
_FINE_PAST_S = 8 * 86_400


def measure_of(rule: AlertRule) -> Measure:
    """The measure that a rule watches."""
    return MEASURES[rule.measure]


def is_unusual(rule: AlertRule) -> bool:
    """Whether a rule compares with past weeks."""
    return rule.comparison in _UNUSUAL


def filters_of(rule: AlertRule) -> CallFilters:
    """The filters of a rule."""
    return msgspec.json.decode(rule.filters, type=CallFilters)


def step_s(rule: AlertRule, every_s: int = 60) -> int:
    """How far apart the windows are that are looked at as time goes."""
    found = _STEP_S[rule.window]
    found = every_s if found == 60 else found
    return max(found, _UNUSUAL_STEP_S) if is_unusual(rule) else found


def past_step_s(rule: AlertRule, range_s: int) -> int:
    """How far apart the windows are that are looked at when a stretch of the past is."""
    found = _PAST_STEP_S[rule.window]
    return min(found, 300) if range_s <= _FINE_PAST_S and rule.window in ("5m", "15m") else found


def checked(rule: AlertRule) -> AlertRule:
    """The rule in one form. Raises BadRequest that names the field, and what to write there."""
    if rule.measure not in MEASURES:
        raise BadRequest(f"measure: {rule.measure[:40]!r} is none of {', '.join(MEASURES)}")
    measure = MEASURES[rule.measure]
    if measure.fixed is not None:
        rule = msgspec.structs.replace(rule, comparison=measure.fixed[0], threshold=measure.fixed[1])
    _check_choices(rule, measure)
    _check_numbers(rule)
    name = " ".join(rule.name.split())
    if not 1 <= len(name) <= 120 or not name.isprintable():
        raise BadRequest("name: write 1 to 120 characters")
    return msgspec.structs.replace(rule, name=name)


def _check_choices(rule: AlertRule, measure: Measure) -> None:
    for field, known in (("window", WINDOWS), ("comparison", COMPARISONS), ("severity", SEVERITIES)):
        if getattr(rule, field) not in known:
            raise BadRequest(f"{field}: {str(getattr(rule, field))[:40]!r} is none of {', '.join(known)}")
    if rule.window == "month" and (not measure.is_sum or is_unusual(rule)):
        raise BadRequest(
            "window: a month so far is for sums above or below a number; take 1d or less for anything else"
        )


def _check_numbers(rule: AlertRule) -> None:
    for field, least, most in (
        ("threshold", 0, _LARGEST),
        ("weeks", 2, _MOST_WEEKS),
        ("hold_s", 0, _LONGEST_HOLD_S),
        ("repeat_s", 0, _LONGEST_REPEAT_S),
    ):
        value = getattr(rule, field)
        if not least <= value <= most:
            raise BadRequest(f"{field}: {value!r} is not from {least:g} to {most:g}")
    if is_unusual(rule) and rule.threshold < 1:
        raise BadRequest("threshold: an unusual value is at least 1 spread from the usual one; 3 is a good beginning")
    if rule.repeat_s and rule.repeat_s < 300:
        raise BadRequest("repeat_s: 300 seconds at least, or 0 for never")


def in_words(rule: AlertRule) -> str:
    """A condition as a sentence without an end: `Error rate of 5 minutes is above 5 %`."""
    measure = measure_of(rule)
    if rule.measure == "no_data":
        return f"No call for {WINDOW_NAMES[rule.window]}"
    head = f"{measure.name} over {WINDOW_NAMES[rule.window]} {COMPARISONS[rule.comparison]}"
    if is_unusual(rule):
        return f"{head}: {rule.threshold:g} times the usual spread over {rule.weeks} weeks"
    return f"{head} {measure.unit.show(rule.threshold)}"
