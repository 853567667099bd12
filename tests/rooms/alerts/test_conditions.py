"""Conditions: those that mean something are kept in one form, all others refused by field and remedy."""

from typing import Any

import pytest

from headwater.alerts import MEASURES, WINDOWS, checked, in_words, step_s
from headwater.errors import BadRequest
from tests.rooms.alerts.held import rule


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"measure": "weather"}, "measure: 'weather'"),
        ({"window": "2h"}, "window: '2h'"),
        ({"comparison": "near"}, "comparison: 'near'"),
        ({"severity": "loud"}, "severity: 'loud'"),
        ({"threshold": -1}, "threshold: -1"),
        ({"threshold": float("nan")}, "threshold: nan"),
        ({"hold_s": 90_000}, "hold_s: 90000"),
        ({"repeat_s": 60}, "repeat_s: 300"),
        ({"weeks": 1}, "weeks: 1"),
        ({"name": " "}, "name: write 1"),
        ({"name": "two\x00lines"}, "name: write 1"),
        ({"window": "month"}, "window: a month so far"),
        ({"measure": "cost", "window": "month", "comparison": "unusually_high"}, "window: a month so far"),
        ({"comparison": "unusually_high", "threshold": 0.5}, "threshold: an unusual value"),
    ],
)
def test_a_condition_that_means_nothing_is_refused(given: dict[str, Any], said: str):
    with pytest.raises(BadRequest, match=said):
        checked(rule(**given))


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, "Error rate over 5 minutes is above 5 %"),
        ({"measure": "p95", "window": "1h", "threshold": 20_000}, "Latency, p95 over 1 hour is above 20 s"),
        ({"measure": "cost", "window": "month", "threshold": 250}, "Cost over the month so far is above $250.00"),
        ({"measure": "no_data", "window": "15m"}, "No call for 15 minutes"),
        (
            {"measure": "cost", "comparison": "unusually_high", "threshold": 3, "window": "1h"},
            "Cost over 1 hour is unusually high for the hour: 3 times the usual spread over 4 weeks",
        ),
    ],
)
def test_a_condition_is_said_in_words(given: dict[str, Any], said: str):
    assert in_words(checked(rule(**given))) == said


def test_silence_has_one_meaning():
    silence = checked(rule(measure="no_data", comparison="above", threshold=7))
    assert (silence.comparison, silence.threshold) == ("below", 1.0)


@pytest.mark.parametrize("window", WINDOWS)
def test_a_window_is_made_of_whole_steps(window: str):
    for comparison in ("above", "unusually_high"):
        step = step_s(rule(window=window, comparison=comparison))
        assert WINDOWS[window] % step == 0
        assert 1_800 % step == 0
    assert step_s(rule(window="5m"), every_s=1) == 1


@pytest.mark.parametrize("key", MEASURES)
def test_every_measure_can_be_watched(key: str):
    measure = MEASURES[key]
    kept = checked(rule(measure=key, threshold=measure.typed * measure.unit.scale))
    assert in_words(kept)
    assert measure.is_sum <= (not measure.digest)
