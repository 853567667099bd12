"""Asking: the values of windows, asked of the query room; and what would have fired over days past."""

from collections.abc import Sequence

import msgspec

from headwater.access import AlertRule
from headwater.alerts.conditions import filters_of, is_unusual, measure_of, past_step_s
from headwater.alerts.looks import SECOND_NS, Look, ends_needed, looks_of
from headwater.alerts.measures import WINDOWS
from headwater.alerts.phases import Stretch, stretches_of
from headwater.query import Questions

RANGES = {"1d": 86_400, "7d": 7 * 86_400, "28d": 28 * 86_400}
"""Stretches of the past that can be looked at, in seconds."""


class WouldHave(msgspec.Struct, frozen=True):
    """What a rule sees over a stretch of the past: every look, a step apart, and when it would have fired."""

    step_s: int
    looks: tuple[Look, ...]
    stretches: tuple[Stretch, ...]


def looks_at(questions: Questions, rule: AlertRule, ends: Sequence[int], step_s: int) -> list[Look]:
    """Look at windows that end at `ends`, multiples of the step in order. Raises Unavailable, BadRequest."""
    measure, filters, window_s = measure_of(rule), filters_of(rule), WINDOWS[rule.window]
    values: dict[int, float | None] = {}
    for first, last in ends_needed(rule, ends):
        for window in questions.rolled(filters, first, last, step_s, window_s, measure.digest):
            values[window.end_ns] = measure.read(window)
    return looks_of(rule, ends, values)


def would_have_fired(questions: Questions, rule: AlertRule, range_s: int, now_ns: int) -> WouldHave:
    """Look at the windows that ended within the last `range_s`, as they are known now. Raises Unavailable."""
    step = past_step_s(rule, range_s)
    step_ns = step * SECOND_NS
    last = now_ns // step_ns * step_ns
    ends = range(last - range_s * SECOND_NS // step_ns * step_ns, last + 1, step_ns)
    looks = looks_at(questions, rule, ends, step)
    begun = looks if is_unusual(rule) else _since_first(looks)
    return WouldHave(step, tuple(looks), tuple(stretches_of(rule, begun)))


def _since_first(looks: list[Look]) -> list[Look]:
    """Before a project's first call nothing was silent: it was not there yet."""
    first = next((at for at, look in enumerate(looks) if look.value), len(looks))
    return looks[first:]
