"""The loop: exactly once whatever fails between two steps, poison set aside, the line never stopped."""

import random

import pytest

from headwater.clock import now_ns
from headwater.errors import BadRequest, Unavailable
from headwater.journal import Record
from headwater.loader import LoaderSettings
from headwater.store import BadRows
from tests.rooms.loader.line import Line
from tests.rooms.loader.memory_store import KilledHere
from tests.sending import Sent, body_of, draw

_MINUTE_NS = 60_000_000_000
_NOON_NS = 1_795_003_200_000_000_000


def totals(line: Line) -> tuple[int, int, int, int]:
    """Spans, traces, the sum of spans over traces, the sum of input tokens over traces."""
    traces = line.store.traces
    sums = sum(row.span_count for row in traces), sum(row.input_tokens for row in traces)
    return len(line.store.spans), len(traces), *sums


def expected(sent: list[Sent]) -> tuple[int, int, int, int]:
    """What `totals` must be."""
    return len(sent), len({each.trace_id for each in sent}), len(sent), sum(each.input_tokens for each in sent)


def append_all(line: Line, sent: list[Sent], at_once: int = 4) -> None:
    """Several envelopes, traces cut across them."""
    for start in range(0, len(sent), at_once):
        line.append(body_of(sent[start : start + at_once], at_ns=_NOON_NS), items=at_once)


_STEPS = ("ensure_project", "trace_briefs", "insert_messages", "insert_spans", "insert_traces")


@pytest.mark.parametrize("step", _STEPS)
def test_a_store_that_is_away_at_any_step_is_waited_for(line: Line, step: str) -> None:
    sent = draw(random.Random(1), 0, 30)
    append_all(line, sent)
    line.store.failing = [(step, Unavailable("gone")), (step, Unavailable("still gone"))]
    line.load(LoaderSettings(block_rows=8, block_age_s=0.0))
    assert totals(line) == expected(sent)
    assert line.reasons() == []


@pytest.mark.parametrize("step", _STEPS)
def test_a_loader_that_died_at_any_step_is_taken_over_from(line: Line, step: str) -> None:
    """What a kill leaves behind is a begun intent."""
    sent = draw(random.Random(2), 0, 30)
    append_all(line, sent[:16])
    line.load()
    append_all(line, sent[16:])
    line.store.failing = [(step, KilledHere())]
    line.load_until_killed()
    line.load()
    assert totals(line) == expected(sent)


def test_a_trace_whose_start_moved_in_the_block_that_was_cut_short_is_listed_once(line: Line) -> None:
    first, second = draw(random.Random(3), 0, 2)
    line.append(body_of([first], at_ns=_NOON_NS))
    line.load()
    line.append(body_of([second], at_ns=_NOON_NS - 3 * _MINUTE_NS))
    line.store.failing = [("insert_traces", Unavailable("gone"))]
    line.load()
    assert [(row.span_count, row.start_ns) for row in line.store.traces] == [(2, _NOON_NS - 3 * _MINUTE_NS)]


def test_a_refused_block_is_halved_down_to_the_envelope_at_fault(line: Line) -> None:
    sent = draw(random.Random(4), 0, 32)
    append_all(line, sent)
    # The whole block, its first half, that one's first half and so on are refused: what is left is the first envelope.
    line.store.failing = [("insert_spans", BadRows("no such value"))] * 4
    line.load()
    assert line.reasons() == ["BadRows: no such value"]
    assert totals(line)[0] == 28
    assert totals(line)[:3] == expected(sent[4:])[:3]


@pytest.mark.parametrize("error", [BadRequest("a project without a name"), BadRows("no")])
def test_nothing_that_one_envelope_does_stops_the_line(line: Line, error: BadRequest | BadRows) -> None:
    sent = draw(random.Random(5), 0, 3)
    line.append(body_of(draw(random.Random(6), 9, 1)), project="strange")
    line.store.failing = [("ensure_project", error)]
    line.load()
    line.append(body_of(sent))
    line.load()
    assert len(line.reasons()) == 1
    assert len(line.store.spans) == 3


def test_what_cannot_be_read_is_set_aside_with_its_place_and_reason(line: Line) -> None:
    sent = draw(random.Random(7), 0, 3)
    line.append(b"\xff\xff\xff")
    line.append(body_of(sent), door="otlp.dreams")
    line.append_record(Record(b"no head", b""))
    line.append(body_of(sent))
    line.load()
    found = [(each.position.seq, each.door, each.project) for each in line.ledger.quarantined()]
    assert found == [(3, "?", "?"), (2, "otlp.dreams", "p"), (1, "otlp.traces", "p")]
    assert all(line.reasons())
    assert len(line.store.spans) == 3


def test_metric_points_are_counted_and_not_stored(line: Line) -> None:
    line.append(b"", door="otlp.metrics", items=7)
    line.load()
    assert sum(line.ledger.dropped().values()) == 7


def test_what_is_loaded_again_from_the_journal_changes_nothing(line: Line) -> None:
    sent = draw(random.Random(8), 0, 30)
    append_all(line, sent)
    line.load()
    before = (totals(line), sorted(line.store.messages))
    wish = line.ledger.ask_reload("journal", 0, now_ns())
    line.load()
    done = line.ledger.reload(wish)
    assert done is not None
    assert (done.state, done.done, done.failed) == ("done", 8, 0)
    assert (totals(line), sorted(line.store.messages)) == before


def test_a_wish_for_a_time_loads_only_what_was_received_then(line: Line) -> None:
    append_all(line, draw(random.Random(9), 0, 20))
    line.load()
    second = 1_795_000_000_000_000_000 + 2_000_000_000
    wish = line.ledger.ask_reload("journal", second, second + 1)
    line.load()
    done = line.ledger.reload(wish)
    assert done is not None
    assert done.done == 1


def test_quarantine_that_is_tried_again_keeps_what_is_still_bad(line: Line) -> None:
    line.append(b"\xff\xff\xff")
    line.append(body_of(draw(random.Random(10), 0, 3)))
    line.store.failing = [("insert_spans", BadRows("for now"))]
    line.load(LoaderSettings(block_rows=1, block_age_s=0.0))
    assert len(line.reasons()) == 2
    wish = line.ledger.ask_reload("quarantine", 0, now_ns())
    line.load()
    done = line.ledger.reload(wish)
    assert done is not None
    assert (done.done, done.failed) == (1, 1)
    assert [each.position.seq for each in line.ledger.quarantined()] == [1]
    assert len(line.store.spans) == 3


def test_a_message_that_is_said_again_is_stored_once(line: Line) -> None:
    sent = draw(random.Random(11), 5, 1)
    line.append(body_of(sent))
    line.append(body_of([Sent("ab" * 16, "cd" * 8, 5)]))
    line.load()
    assert len(line.store.spans) == 2
    assert len({row.input for row in line.store.spans}) == 1
