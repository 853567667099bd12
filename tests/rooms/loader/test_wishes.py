"""Wishes: what is tried again, one or all, what became of it, and what an earlier version's ledger lacks."""

import random
import sqlite3
import threading
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import pytest

from headwater.errors import Unavailable
from headwater.loader import Ledger, reload
from headwater.loader.ledger import Poison, Taken
from tests.rooms.loader.line import Line
from tests.sending import body_of, draw


def set_aside(line: Line, count: int) -> list[int]:
    """Put envelopes into quarantine whose cause is then gone; return their ids, oldest first."""
    for number in range(count):
        line.append(body_of(draw(random.Random(number), number * 10, 1)), door="otlp.dreams")
    line.load()
    with closing(sqlite3.connect(line.ledger.path)) as database, database:
        database.execute("UPDATE quarantine SET head = replace(CAST(head AS TEXT), 'otlp.dreams', 'otlp.traces')")
        database.execute("UPDATE quarantine SET head = CAST(head AS BLOB)")
    return sorted(each.id for each in line.ledger.quarantined())


def test_one_is_tried_again_and_the_others_stay(line: Line) -> None:
    first, second = set_aside(line, 2)
    wish = line.ledger.ask_again(first, "Mira")
    line.load()
    assert [each.id for each in line.ledger.quarantined()] == [second]
    done = line.ledger.reload(wish)
    assert done is not None
    assert (done.state, done.total, done.done, done.failed, done.asked_by) == ("done", 1, 1, 0, "Mira")
    assert done.ended_ns >= done.asked_ns
    assert len(line.store.spans) == 1


def test_what_fails_again_says_why_and_how_often_it_was_tried(line: Line) -> None:
    line.append(b"\xff\xff")
    line.load()
    wish = line.ledger.ask_again()
    line.load()
    done, (held,) = line.ledger.reload(wish), line.ledger.quarantined()
    assert done is not None
    assert (done.done, done.failed, done.problem) == (0, 1, held.reason)
    assert (held.tries, held.tried_ns > held.at_ns) == (2, True)


def test_what_the_journal_loads_again_leaves_quarantine(line: Line) -> None:
    line.append(body_of(draw(random.Random(1), 0, 1)))
    line.store.failing = [("insert_spans", ValueError("a passing fault"))]
    line.load()
    assert line.ledger.quarantine_size() == 1
    wish = line.ledger.ask_reload("journal", 0, 2**62)
    line.load()
    done = line.ledger.reload(wish)
    assert done is not None
    assert (done.total, done.done, line.ledger.quarantine_size()) == (1, 1, 0)


class Away:
    """A loader whose store goes away after one batch. `tokens` are those of what it stored."""

    def __init__(self) -> None:
        self.tokens: list[str] = []

    def load_again(self, taken: Sequence[Taken], token: str) -> list[Poison]:
        """Store the first batch of each wish."""
        if len(self.tokens) % 2:
            self.tokens.append("")
            raise Unavailable("gone")
        self.tokens.append(token)
        return []


def test_a_wish_that_is_begun_anew_names_its_blocks_otherwise(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    """The store would take a block for the one before it, and what is in it would be lost."""
    set_aside(line, 2)
    monkeypatch.setattr(reload, "_BATCH", 1)
    line.ledger.ask_again()
    away = Away()
    for _ in range(2):
        (wish,) = line.ledger.open_reloads()
        reload.reload_wish(wish, away, line.ledger, line.journal, {}, threading.Event())
    stored = [token for token in away.tokens if token]
    assert len(set(stored)) == len(stored) == 2
    assert line.ledger.quarantine_size() == 0


def test_a_ledger_of_an_earlier_version_is_brought_up_to_date(tmp_path: Path) -> None:
    path = tmp_path / "loader.db"
    with closing(sqlite3.connect(path)) as database, database:
        database.execute(
            "CREATE TABLE reloads (id INTEGER PRIMARY KEY, what TEXT NOT NULL, since_ns INTEGER NOT NULL, until_ns"
            " INTEGER NOT NULL, state TEXT NOT NULL, done INTEGER NOT NULL, failed INTEGER NOT NULL, asked_ns INTEGER"
            " NOT NULL)"
        )
        database.execute("INSERT INTO reloads VALUES (1, 'journal', 0, 9, 'done', 3, 0, 5)")
    for _ in range(2):
        with closing(Ledger(path)) as ledger:
            (old,) = ledger.reloads(5)
            assert (old.done, old.total, old.asked_by) == (3, 0, "")
