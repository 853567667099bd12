"""Looks: values of windows against their bound. Pure: the same for what is now and for what would have been.

An unusual value is compared with the same hour of past weeks: of each of them the windows that end at the same time of
the week, half an hour before and half an hour after. The bound is their median, and so many spreads from it; the spread
is the median distance from the median, made comparable with a standard deviation, and never less than a twentieth of
the median: what never changed is not unusual when it moves a little. Weeks before the first calls of the hour do not
count.
"""

from collections.abc import Iterable, Mapping, Sequence
from statistics import median

import msgspec

from headwater.access import AlertRule
from headwater.alerts.conditions import is_unusual, measure_of

SECOND_NS = 1_000_000_000
WEEK_S = 7 * 86_400
_BESIDE_S = (-1_800, 0, 1_800)
_AS_DEVIATION = 1.4826
_LEAST_SHARE = 0.05
# Of one week nobody can tell what is usual.
_LEAST_KNOWN = 4

Values = Mapping[int, float | None]
"""The value of each window by its end (Unix nanoseconds); one that has none, or was not asked for, is unknown."""


class Look(msgspec.Struct, frozen=True):
    """A window that ended at `at_ns`: its value and its bound, None where unknown, and whether it lies past it."""

    at_ns: int
    value: float | None
    bound: float | None
    is_past: bool


def ends_needed(rule: AlertRule, ends: Sequence[int]) -> list[tuple[int, int]]:
    """The stretches (first and last end, Unix nanoseconds) whose windows must be known to look at `ends`, in order."""
    first, last = ends[0], ends[-1]
    stretches = [(first, last)]
    if is_unusual(rule):
        for week in range(1, rule.weeks + 1):
            back = week * WEEK_S
            stretches.append((first + (_BESIDE_S[0] - back) * SECOND_NS, last + (_BESIDE_S[-1] - back) * SECOND_NS))
    return _merged(stretches)


def looks_of(rule: AlertRule, ends: Iterable[int], values: Values) -> list[Look]:
    """Look at each window."""
    is_above = rule.comparison in ("above", "unusually_high")
    looks: list[Look] = []
    for end in ends:
        value = values.get(end)
        bound = _usual_bound(rule, end, values) if is_unusual(rule) else rule.threshold
        is_past = value is not None and bound is not None and (value > bound if is_above else value < bound)
        looks.append(Look(end, value, bound, is_past))
    return looks


def _usual_bound(rule: AlertRule, end: int, values: Values) -> float | None:
    found: list[float] = []
    for week in range(rule.weeks, 0, -1):
        beside = [values.get(end + (beside - week * WEEK_S) * SECOND_NS) for beside in _BESIDE_S]
        # Before the first calls of this hour nothing was usual: the program was not there yet.
        if found or any(beside):
            found += [value for value in beside if value is not None]
    if len(found) < _LEAST_KNOWN:
        return None
    middle = median(found)
    spread = _AS_DEVIATION * median([abs(value - middle) for value in found])
    spread = max(spread, _LEAST_SHARE * abs(middle), measure_of(rule).unit.least)
    if rule.comparison == "unusually_high":
        return middle + rule.threshold * spread
    return max(0.0, middle - rule.threshold * spread)


def _merged(stretches: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for first, last in sorted(stretches):
        if merged and first <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(last, merged[-1][1]))
        else:
            merged.append((first, last))
    return merged
