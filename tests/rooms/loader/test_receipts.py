"""Receipts: what came with which key, each envelope once, and what was set aside until it is healed or given up."""

import random

import pytest

from headwater.errors import Unavailable
from headwater.event import KEY_ID_HEADER
from headwater.loader import DISCARDED, LoaderSettings, Receipt, WantedReceipts
from headwater.store import BadRows
from tests.rooms.loader.line import Line
from tests.rooms.loader.memory_store import KilledHere
from tests.sending import body_of, draw


def append(line: Line, number: int, key: str = "key-1", body: bytes | None = None) -> None:
    """Five spans that came with a key."""
    sent = body_of(draw(random.Random(number), number * 10, 5)) if body is None else body
    line.append(sent, items=5, headers={KEY_ID_HEADER: key} if key else {})


def receipts(line: Line, **wanted: object) -> list[Receipt]:
    """The receipts of the line's project."""
    return line.ledger.receipts(WantedReceipts(**{"projects": ("p",), **wanted}))[1]  # type: ignore[arg-type]


def fates(line: Line) -> tuple[int, int, int, int]:
    """Items of the only key: on disk, queryable, dropped, set aside."""
    (receipt,) = receipts(line)
    return receipt.items, receipt.queryable, receipt.dropped, receipt.set_aside


def test_what_came_is_summed_by_key_door_and_minute(line: Line) -> None:
    append(line, 1)
    append(line, 2, key="key-2")
    append(line, 3, key="")
    line.append(b"", door="otlp.metrics", items=7, headers={KEY_ID_HEADER: "key-2"})
    line.load()
    found = {each.key: each for each in receipts(line)}
    assert {key: (each.items, each.queryable, each.dropped) for key, each in found.items()} == {
        "": (5, 5, 0),
        "key-1": (5, 5, 0),
        "key-2": (12, 5, 7),
    }
    assert found["key-1"].size_bytes > 100
    assert {each.door: each.envelopes for each in receipts(line, by="door")} == {"otlp.traces": 3, "otlp.metrics": 1}
    assert sum(each.items for each in receipts(line, by="minute", step=5)) == 22
    assert [each.items for each in receipts(line, keys=("key-2",))] == [12]
    assert receipts(line, projects=("other",)) == receipts(line, until_ns=1) == []


@pytest.mark.parametrize("step", ["insert_spans", "insert_traces"])
def test_an_envelope_counts_once_whatever_dies_or_is_away(line: Line, step: str) -> None:
    append(line, 1)
    append(line, 2)
    line.store.failing = [(step, KilledHere())]
    line.load_until_killed()
    append(line, 3)
    line.store.failing = [(step, Unavailable("gone")), (step, Unavailable("still gone"))]
    line.load(LoaderSettings(block_rows=5, block_age_s=0.0))
    assert fates(line) == (15, 15, 0, 0)


def test_what_is_set_aside_is_in_its_receipt_until_it_is_loaded(line: Line) -> None:
    append(line, 1)
    append(line, 2, body=b"\xff\xff")
    line.load()
    assert fates(line) == (10, 5, 0, 5)
    line.ledger.release([line.ledger.quarantined()[0].position])
    assert fates(line) == (10, 10, 0, 0)


def test_what_is_discarded_is_counted_as_dropped_once(line: Line) -> None:
    append(line, 1, body=b"\xff\xff")
    line.load()
    position = line.ledger.quarantined()[0].position
    assert line.ledger.discard(position) == 5
    assert line.ledger.discard(position) is None
    assert fates(line) == (5, 0, 5, 0)
    assert (line.ledger.dropped(), line.ledger.quarantine_size()) == ({DISCARDED: 5}, 0)


def test_what_the_store_refuses_is_set_aside_in_its_receipt(line: Line) -> None:
    append(line, 1)
    append(line, 2)
    line.store.failing = [("insert_spans", BadRows("no such value"))] * 2
    line.load()
    assert fates(line) == (10, 5, 0, 5)
