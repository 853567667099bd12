"""The engine's memory is bounded, and what it could not keep it does not acknowledge."""

import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from headwater.errors import Unavailable
from headwater.store import StoreSettings
from tests.rooms.store.fronts import Front
from tests.rooms.store.rows import a_span

_LIMIT = 200 * 1024 * 1024

_ROW = 16_000
"""Characters of one row that nothing compresses."""

_TOO_MANY = 15_500
"""Rows, one body's worth, that need more than the limit by their bytes alone, however the engine counts."""


@pytest.fixture
def front(tmp_path: Path) -> Iterator[Front]:
    """A store process that may hold little more than it needs to run."""
    front = Front(tmp_path / "store", StoreSettings(memory_bytes=_LIMIT))
    yield front
    assert front.stop() == 0


def test_a_block_is_acknowledged_only_when_all_of_it_is_there(front: Front) -> None:
    """chDB itself reports success for some inserts that ran out of memory."""
    store = front.store()
    store.migrate()
    acknowledged: dict[str, int] = {}
    for size in (300, 1500, 5000, _TOO_MANY):
        project = f"p{size}"
        with suppress(Unavailable):
            store.insert_spans([a_span(project, stacktrace=_long_text()) for _ in range(size)], project)
            acknowledged[project] = size
    assert 300 in acknowledged.values()
    assert _TOO_MANY not in acknowledged.values()
    for project, size in acknowledged.items():
        found = store.select("SELECT count() FROM headwater.spans WHERE project = {p:String}", {"p": project})
        assert found == [(size,)]


def test_what_was_refused_for_want_of_memory_is_taken_in_smaller_blocks(front: Front) -> None:
    store = front.store()
    store.migrate()
    rows = [a_span("p", stacktrace=_long_text()) for _ in range(_TOO_MANY)]
    with pytest.raises(Unavailable, match="memory"):
        store.insert_spans(rows, "t")
    for start in range(0, len(rows), 500):
        _insist(lambda start=start: store.insert_spans(rows[start : start + 500], f"t{start}"))
    assert store.select("SELECT count() FROM headwater.spans FINAL") == [(_TOO_MANY,)]


def _long_text() -> str:
    return secrets.token_hex(_ROW // 2)


def _insist(insert: Callable[[], None]) -> None:
    """Try again as a loader does: a merge may hold the memory just now."""
    for _ in range(20):
        with suppress(Unavailable):
            insert()
            return
        time.sleep(0.2)
    insert()
