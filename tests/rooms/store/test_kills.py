"""The store process is killed at any moment; what it acknowledged is there when it comes back."""

import secrets
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from headwater.clock import sleep
from headwater.errors import Unavailable
from headwater.store import Store
from tests.rooms.store.fronts import Front
from tests.rooms.store.rows import a_message, a_span

pytestmark = pytest.mark.crash


@pytest.fixture
def front(tmp_path: Path) -> Iterator[Front]:
    """A store process of this test alone."""
    front = Front(tmp_path / "store")
    yield front
    if front.process.poll() is None:
        front.kill()


def _migrate(store: Store, done: list[tuple[str, ...]]) -> None:
    with suppress(Unavailable):
        done.append(store.migrate())


def test_a_migration_goes_on_where_a_kill_stopped_it(front: Front) -> None:
    """Killed again and again, a little later each time: every step is run, and recorded, once it is through."""
    done: list[tuple[str, ...]] = []
    for delay_s in (0.01 * number for number in range(1, 40)):
        thread = threading.Thread(target=_migrate, args=(front.store(), done))
        thread.start()
        sleep(delay_s)
        front.kill()
        thread.join(20)
        front.start_again()
        if done:
            break
    store = front.store()
    store.migrate()
    recorded = store.select("SELECT step, count() FROM headwater.schema_migrations GROUP BY step")
    assert len(recorded) > 8
    assert store.migrate() == ()
    span = a_span("p")
    store.insert_spans([span], "t")
    assert set(store.trace_briefs("p", [span.trace_id])) == {span.trace_id}


def test_every_acknowledged_block_survives_a_kill_and_none_is_doubled(front: Front) -> None:
    """A block whose acknowledgement was lost is sent again under its token."""
    store = front.store()
    store.migrate()
    blocks = {f"t{number}": [a_span("p") for _ in range(50)] for number in range(60)}
    waiting = list(blocks)
    for _ in range(4):
        killer = threading.Timer(0.05 + secrets.randbelow(100) / 1000, front.kill)
        killer.start()
        with suppress(Unavailable):
            while waiting:
                store.insert_spans(blocks[waiting[0]], waiting[0])
                waiting.pop(0)
        killer.join(20)
        front.start_again()
    for token in waiting:
        store.insert_spans(blocks[token], token)
    assert store.select("SELECT count(), uniqExact(trace_id, span_id) FROM headwater.spans") == [(3000, 3000)]
    every = [row.trace_id for rows in blocks.values() for row in rows]
    assert len(store.trace_briefs("p", every)) == 3000


def test_what_a_kill_kept_from_the_views_is_made_good_by_sending_the_block_again(front: Front) -> None:
    """The block itself was taken; its second sending is not, but reaches the tables that are fed from it."""
    store = front.store()
    store.migrate()
    span = a_span("p")
    store.insert_spans([span], "t")
    for table in ("trace_time", "facets"):
        front.ask("POST", body=f"TRUNCATE TABLE headwater.{table}".encode())
    assert store.trace_briefs("p", [span.trace_id]) == {}
    store.insert_spans([span], "t")
    assert set(store.trace_briefs("p", [span.trace_id])) == {span.trace_id}
    assert store.select("SELECT count() FROM headwater.spans") == [(1,)]


def test_clients_find_the_store_again_after_a_restart(front: Front) -> None:
    store = front.store()
    store.migrate()
    front.kill()
    assert not store.is_up()
    with pytest.raises(Unavailable):
        store.insert_messages([a_message("p", "x")], "t")
    front.start_again()
    store.insert_messages([a_message("p", "x")], "t")
    assert store.select("SELECT count() FROM headwater.messages") == [(1,)]
