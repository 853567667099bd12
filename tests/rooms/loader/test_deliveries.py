"""Deliveries: each envelope counts once in its sender's standing, whatever fails and however it came."""

import random
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from headwater.clock import now_ns
from headwater.errors import Unavailable
from headwater.event import TALLY_HEADER, Tally
from headwater.loader import Delivery, Ledger, LoaderSettings, Standing, Wanted
from headwater.loader.ledger import Intent, Run
from headwater.store import BadRows
from tests.rooms.loader.line import Line
from tests.rooms.loader.memory_store import KilledHere
from tests.sending import body_of, draw

ME = "a" * 32
_DAY_NS = 86_400_000_000_000


def tally(seq: int, instance: str = ME, **counts: int) -> Tally:
    """What an instance says with its request number `seq`, five items a request."""
    told = {"created": seq * 5, "sent": seq * 5, "accepted": (seq - 1) * 5, "kept": 5} | counts
    return Tally(instance=instance, began_ns=1, seq=seq, dropped={}, **told)


def append(line: Line, seq: int, body: bytes | None = None) -> None:
    """Five spans with their tally."""
    sent = body_of(draw(random.Random(seq), seq * 10, 5)) if body is None else body
    line.append(sent, items=5, headers={TALLY_HEADER: msgspec.json.encode(tally(seq)).decode()})


def standings(line: Line, is_by_minute: bool = False) -> list[Standing]:
    """All standings of the line's project."""
    return line.ledger.deliveries(Wanted(projects=("p",), is_by_minute=is_by_minute))[1]


def sums(line: Line) -> tuple[int, int, int]:
    """Requests, durable and queryable items of the only instance."""
    (standing,) = standings(line)
    return standing.requests, standing.durable, standing.queryable


def test_what_came_and_what_is_queryable_is_summed_and_the_newest_tally_kept(line: Line) -> None:
    for seq in (1, 3, 2):
        append(line, seq)
    line.load()
    (standing,) = standings(line)
    assert (standing.instance, standing.first_seq, standing.seq, standing.requests) == (ME, 1, 3, 3)
    assert (standing.created, standing.accepted, standing.arrived) == (15, 10, 15)
    assert (standing.durable, standing.queryable) == (15, 15)
    by_minute = standings(line, is_by_minute=True)
    assert sum(each.durable for each in by_minute) == 15
    assert all(each.minute > 0 for each in by_minute)


def test_a_tally_without_items_is_counted_as_what_it_is(line: Line) -> None:
    told = tally(1, created=9, kept=0, sent=0)
    told = msgspec.structs.replace(told, dropped={"queue full": 9})
    line.append(b"", door="tally", items=0, headers={TALLY_HEADER: msgspec.json.encode(told).decode()})
    line.load()
    (standing,) = standings(line)
    assert (standing.dropped, standing.durable, standing.queryable) == ({"queue full": 9}, 0, 0)
    assert line.reasons() == []


@pytest.mark.parametrize("step", ["trace_briefs", "insert_spans", "insert_traces"])
def test_an_envelope_counts_once_whatever_dies_or_is_away(line: Line, step: str) -> None:
    append(line, 1)
    append(line, 2)
    line.store.failing = [(step, KilledHere())]
    line.load_until_killed()
    append(line, 3)
    line.store.failing = [(step, Unavailable("gone")), (step, Unavailable("still gone"))]
    line.load(LoaderSettings(block_rows=5, block_age_s=0.0))
    assert sums(line) == (3, 15, 15)


def test_what_is_set_aside_is_durable_and_not_queryable_until_it_is_healed(line: Line) -> None:
    append(line, 1)
    append(line, 2, body=b"\xff\xff")
    line.load()
    assert sums(line) == (2, 10, 5)
    position = line.ledger.quarantined()[0].position
    line.ledger.release([position])
    line.ledger.release([position])
    assert sums(line) == (2, 10, 10)


def test_an_envelope_that_the_store_refuses_is_not_queryable(line: Line) -> None:
    for seq in (1, 2):
        append(line, seq)
    line.store.failing = [("insert_spans", BadRows("no such value"))] * 2
    line.load()
    assert sums(line) == (2, 10, 5)


def test_loading_again_from_the_journal_counts_nothing_twice(line: Line) -> None:
    append(line, 1)
    line.load()
    line.ledger.ask_reload("journal", 0, 2**62)
    line.load()
    assert sums(line) == (1, 5, 5)


def test_positions_and_standings_are_of_one_moment(line: Line) -> None:
    append(line, 1)
    line.load()
    positions, found = line.ledger.deliveries(Wanted(projects=("p",)))
    assert (positions, [each.requests for each in found]) == ({"edge-0": 1}, [1])


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    """An empty ledger."""
    made = Ledger(tmp_path / "loader.db")
    yield made
    made.close()


def delivered(ledger: Ledger, *deliveries: Delivery) -> None:
    """Finish a run that holds these."""
    ledger.finish(Intent("token", (Run("edge-0", 1, 1),)), (), {}, deliveries)


def delivery(instance: str, ago_ns: int, project: str = "p") -> Delivery:
    """Five items of an instance, received some time ago."""
    return Delivery(project=project, received_ns=now_ns() - ago_ns, tally=tally(1, instance), durable=5, queryable=5)


def test_old_instances_and_minutes_are_forgotten(ledger: Ledger) -> None:
    delivered(ledger, delivery("a" * 32, 31 * _DAY_NS), delivery("b" * 32, 4 * _DAY_NS), delivery("c" * 32, 0))
    ledger.prune()
    instances = ledger.deliveries(Wanted(projects=("p",)))[1]
    minutes = ledger.deliveries(Wanted(projects=("p",), is_by_minute=True))[1]
    assert [each.instance[0] for each in instances] == ["c", "b"]
    assert [each.instance[0] for each in minutes] == ["c"]


def test_standings_are_found_by_project_instance_and_time(ledger: Ledger) -> None:
    delivered(
        ledger,
        delivery("a" * 32, 0),
        delivery("b" * 32, _DAY_NS),
        delivery("a" * 32, 0, project="other"),
        delivery("d" * 32, 10**9),
    )

    def found(**wanted: object) -> list[str]:
        asked = msgspec.convert({"projects": ["p"]} | wanted, Wanted)
        return [each.instance[0] for each in ledger.deliveries(asked)[1]]

    assert found() == ["a", "d", "b"]
    assert found(limit=1) == ["a"]
    assert found(instances=["b" * 32]) == ["b"]
    assert found(since_ns=now_ns() - _DAY_NS // 2) == ["a", "d"]
    assert found(until_ns=now_ns() - _DAY_NS // 2) == ["b"]
    assert found(until_ns=0, also=["b" * 32]) == ["b"]
    assert found(projects=[]) == []
