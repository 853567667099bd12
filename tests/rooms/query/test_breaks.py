"""Broken prefixes of a project: as a list, on a call, in a replay; and what the cache cost where nothing was read."""

from typing import Any

import pytest

from headwater.query import Break, CallFilters, Questions
from tests.rooms.query.pen import Pen, span_id, trace_id

LINES = (
    '[{"bucket":"input","tokens":1,"usd_per_million":3.0,"usd":0.1},'
    '{"bucket":"cache_read","tokens":1,"usd_per_million":0.3,"usd":0.1},'
    '{"bucket":"cache_write_5m","tokens":1,"usd_per_million":3.75,"usd":0.1}]'
)
TOLD: dict[str, Any] = {
    "provider": "anthropic",
    "model": "claude",
    "session_id": "s1",
    "price_lines": LINES,
    "cost_nanousd": 10**7,
}


@pytest.fixture
def questions(pen: Pen) -> Questions:
    """A conversation of four turns over two traces: the third turn has another system message, the fourth reads all."""
    system, other = pen.message("It is noon", "system"), pen.message("It is later", "system")
    said = [pen.message(f"message {at}") for at in range(6)]
    pen.call(
        1, 1, 0, 1, input=(system, said[0]), output=(said[1],), input_tokens=4_000, cache_write_5m_tokens=4_000, **TOLD
    )
    pen.call(
        1, 2, 5, 1, input=(system, *said[:3]), output=(said[3],), input_tokens=5_000, cache_read_tokens=4_000, **TOLD
    )
    pen.call(
        2, 3, 9, 1, input=(other, *said[:5]), output=(said[5],), input_tokens=6_000, cache_write_5m_tokens=6_000, **TOLD
    )
    pen.call(2, 4, 12, 1, input=(other, *said), input_tokens=7_000, cache_read_tokens=6_000, **TOLD)
    pen.call(3, 5, 20, 1, input=(said[0],), input_tokens=9_000, provider="anthropic", model="claude")
    return pen.write()


BROKEN = Break(
    cause="system",
    at=0,
    cached_tokens=4_000,
    missed_tokens=4_000,
    lost_usd=4_000 * 3.45 / 1e6,
    gap_ms=3_000,
    before_trace_id=trace_id(1),
    before_span_id=span_id(2),
    before_model="claude",
)


def test_a_list_has_the_calls_whose_prefix_broke_and_what_it_cost(questions: Questions) -> None:
    broken = questions.broken_prefixes()
    assert [(each.trace_id, each.span_id, each.cache_break) for each in broken.items] == [
        (trace_id(2), span_id(3), BROKEN)
    ]
    assert (broken.found, broken.is_partial) == (1, False)
    assert broken.lost_by_cause == {"system": pytest.approx(broken.lost_usd)}
    assert questions.broken_prefixes(CallFilters(models=("gpt-5",))).items == ()


def test_a_call_and_a_replay_tell_of_it(questions: Questions) -> None:
    assert questions.span(trace_id(2), span_id(3)).cache_break == BROKEN
    assert questions.span(trace_id(2), span_id(4)).cache_break is None
    turns = questions.conversation("s1").turns
    assert [turn.cache_break for turn in turns] == [None, None, BROKEN, None]


def test_writing_to_a_cache_that_nobody_reads_is_money_lost(pen: Pen) -> None:
    pen.call(1, 1, input_tokens=1_000_000, cache_write_5m_tokens=1_000_000, price_lines=LINES, cost_nanousd=10**9)
    (used,) = pen.write().models().models
    assert used.saved_usd == pytest.approx(-0.75)
