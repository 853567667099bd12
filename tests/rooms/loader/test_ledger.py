"""The ledger: an intent and the advance past it, all or nothing, seen by other processes at once."""

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from headwater.journal import Position, Record
from headwater.loader import Ledger
from headwater.loader.ledger import Intent, Poison, Run

INTENT = Intent("token", (Run("edge-0", 1, 5), Run("edge-1", 3, 4)))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the ledger lies."""
    return tmp_path / "loader.db"


@pytest.fixture
def ledger(path: Path) -> Iterator[Ledger]:
    """An empty ledger."""
    made = Ledger(path)
    yield made
    made.close()


def poison(seq: int, reason: str = "no") -> Poison:
    """A record that cannot be loaded."""
    return Position("edge-0", seq), Record(b"head", b"body"), "otlp.traces", "p", reason


def test_a_begun_intent_is_found_again_until_it_is_finished(ledger: Ledger, path: Path) -> None:
    ledger.begin(INTENT)
    other = Ledger(path)
    assert other.unfinished() == INTENT
    assert other.positions() == {}
    ledger.finish(INTENT, (), {})
    assert other.unfinished() is None
    assert other.positions() == {"edge-0": 5, "edge-1": 4}
    other.close()


def test_positions_never_go_back(ledger: Ledger) -> None:
    ledger.finish(INTENT, (), {})
    ledger.finish(Intent("again", (Run("edge-0", 1, 2),)), (), {})
    assert ledger.positions()["edge-0"] == 5


def test_a_finish_that_fails_changes_nothing(ledger: Ledger) -> None:
    ledger.begin(INTENT)
    unfit = (Position("edge-0", 1), Record(b"head", b"body"), "door", "p", None)
    with pytest.raises(Exception, match="NOT NULL"):
        ledger.finish(INTENT, [unfit], {"dropped": 1})  # pyright: ignore[reportArgumentType] - it must not fit
    assert (ledger.unfinished(), ledger.positions(), ledger.dropped()) == (INTENT, {}, {})


def test_what_was_set_aside_is_there_once_however_often_it_fails(ledger: Ledger) -> None:
    ledger.finish(INTENT, [poison(2, "first")], {})
    ledger.finish(INTENT, [poison(2, "second"), poison(3)], {})
    assert ledger.quarantine_size() == 2
    assert {each.position.seq: each.reason for each in ledger.quarantined()} == {2: "second", 3: "no"}
    assert [record for _, _, record in ledger.quarantined_records()] == [Record(b"head", b"body")] * 2
    ledger.release([Position("edge-0", 2)])
    assert [each.position.seq for each in ledger.quarantined()] == [3]


def test_what_was_dropped_adds_up_by_reason(ledger: Ledger) -> None:
    ledger.finish(INTENT, (), {"metrics": 3})
    ledger.finish(INTENT, (), {"metrics": 4, "other": 1})
    assert ledger.dropped() == {"metrics": 7, "other": 1}


def test_a_wish_is_open_until_it_is_done(ledger: Ledger) -> None:
    wish = ledger.ask_reload("journal", 1, 2, asked_by="Mira")
    (asked,) = ledger.open_reloads()
    assert (asked.id, asked.what, asked.state, asked.asked_by, asked.ended_ns) == (wish, "journal", "asked", "Mira", 0)
    ledger.report_reload(msgspec.structs.replace(asked, state="running", done=3, failed=1, total=9))
    assert [(each.done, each.failed, each.total) for each in ledger.open_reloads()] == [(3, 1, 9)]
    ledger.report_reload(msgspec.structs.replace(asked, state="done", done=4, failed=1, ended_ns=7, problem="no"))
    assert ledger.open_reloads() == []
    assert [(each.id, each.ended_ns, each.problem) for each in ledger.reloads(5)] == [(wish, 7, "no")]
    assert ledger.reload(wish + 1) is None
