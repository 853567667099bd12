"""Steps that are told after they happened."""

from datetime import UTC, datetime
from typing import Any

import pytest

import headwater
from tests.receiving import Receiver

START_NS, END_NS = 1_795_176_000_000_000_000, 1_795_176_002_500_000_000


@pytest.mark.parametrize(
    "times",
    [
        {"start": 1_795_176_000, "end": 1_795_176_002.5},
        {"start": datetime(2026, 11, 20, 12, tzinfo=UTC), "duration": 2.5},
        {"end": datetime(2026, 11, 20, 12, 0, 2, 500_000, tzinfo=UTC), "duration": 2.5},
    ],
)
def test_a_step_is_where_it_is_told_to_have_been(receiver: Receiver, times: dict[str, Any]):
    with headwater.span("past") as step:
        step.at(**times)
    assert (receiver.span("past").start_ns, receiver.span("past").end_ns) == (START_NS, END_NS)


def test_a_step_that_only_tells_how_long_it_took_ended_now(receiver: Receiver):
    with headwater.span("recent") as step:
        began_ns = step.start_ns
        step.at(duration=60)
    told = receiver.span("recent")
    assert told.end_ns - told.start_ns == 60_000_000_000
    assert told.end_ns >= began_ns


def test_what_is_told_within_a_past_step_is_below_it(receiver: Receiver):
    with headwater.span("past") as step:
        step.at(1_795_176_000, duration=2.5)
        headwater.log(model="m", start=1_795_176_001, duration=1, name="call")
    outer, inner = receiver.span("past"), receiver.span("call")
    assert inner.parent_span_id == outer.span_id
    assert outer.start_ns < inner.start_ns < inner.end_ns < outer.end_ns


def test_a_step_that_is_over_stays_where_it_was(receiver: Receiver):
    with headwater.span("over") as step:
        step.at(1_795_176_000, 1_795_176_002.5)
    step.at(1, 2)
    assert (receiver.span("over").start_ns, step.end_ns) == (START_NS, END_NS)


def test_a_time_that_is_none_is_not_felt(receiver: Receiver, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("HEADWATER_RAISE")
    wrong: Any = "yesterday"
    with headwater.span("odd") as step:
        step.at(wrong)
    assert receiver.span("odd").end_ns >= receiver.span("odd").start_ns
