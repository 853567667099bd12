"""The loader alone, killed again and again in the middle of a block: sums and counts come out exact."""

import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import msgspec
import pytest

from headwater.clock import now_ns
from headwater.event import Envelope, envelope_head
from headwater.journal import JournalSettings, Reader, Record, Writer
from headwater.loader import Ledger, LoaderSettings
from headwater.query import Questions
from headwater.server import DataFolder, Settings
from headwater.store import Store, start_front
from tests.sending import Sent, body_of, draw
from tests.serving import PROTOBUF, environment, free_ports, wait_until

_KILLS = 12
_BATCH = 9
_DAY_NS = 86_400_000_000_000
_PROJECT = "only"
_SECRET = "a secret of this test alone"


class LonelyLoader:
    """The loader's process on a folder, told its orders as a supervisor would."""

    def __init__(self, settings: Settings, dsn: str) -> None:
        self._orders = {"name": "loader", "settings": settings, "store_dsn": dsn, "base_url": ""}
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it."""
        self._process = subprocess.Popen(
            [sys.executable, "-m", "headwater.server.loading"],
            stdin=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment({}),
        )
        assert self._process.stdin is not None
        self._process.stdin.write(msgspec.json.encode(self._orders) + b"\n")
        self._process.stdin.flush()

    def end(self, number: int = signal.SIGKILL) -> None:
        """End it with a signal."""
        process, self._process = self._process, None
        if process is not None:
            process.send_signal(number)
            process.wait(20)
            assert process.stdin is not None
            process.stdin.close()


@pytest.fixture
def folder(tmp_path: Path) -> DataFolder:
    """An empty data folder."""
    made = DataFolder(tmp_path / "data")
    made.make()
    return made


@pytest.fixture
def settings(folder: DataFolder) -> Settings:
    """Small blocks, so that there are many intents."""
    return Settings(data=str(folder.root), loader=LoaderSettings(block_rows=60, block_age_s=0.02))


@pytest.fixture
def dsn(folder: DataFolder, settings: Settings) -> Iterator[str]:
    """A store without a server around it, with its tables."""
    port = free_ports(1)[0]
    front = start_front(folder.store, port, _SECRET, settings.store)
    dsn = f"clickhouse://headwater:{_SECRET}@127.0.0.1:{port}/headwater"
    try:
        wait_until(Store(dsn).is_up, 30, "the store")
        Store(dsn).migrate()
        yield dsn
    finally:
        front.terminate()
        front.wait(20)
        if front.stdin is not None:
            front.stdin.close()


def test_a_loader_killed_in_the_middle_of_its_blocks_stores_each_span_once(
    folder: DataFolder, settings: Settings, dsn: str, chance: random.Random
) -> None:
    sent = draw(chance, 0, 1800, spans_in_trace=25)
    _write_journal(folder, sent)
    loader = LonelyLoader(settings, dsn)
    try:
        for _ in range(_KILLS):
            loader.start()
            wait_until(lambda: _has_intent(folder), 20, "the loader to begin a block")
            time.sleep(chance.uniform(0, 0.08))
            loader.end()
        loader.start()
        wait_until(lambda: _depth(folder) == 0, 60, "an empty journal")
    finally:
        loader.end(signal.SIGTERM)
    _assert_exact(Store(dsn), sent)


def _assert_exact(store: Store, sent: list[Sent]) -> None:
    asked = Questions(store, _PROJECT)
    sums = (sum(each.input_tokens for each in sent), sum(each.output_tokens for each in sent))
    traces = len({each.trace_id for each in sent})
    totals = asked.totals()
    assert (totals.traces, totals.calls, totals.input_tokens, totals.output_tokens) == (traces, len(sent), *sums)
    assert _first(store, "SELECT count(), uniqExact(span_id), sum(input_tokens), sum(output_tokens) FROM calls") == (
        len(sent),
        len(sent),
        *sums,
    )
    assert _first(store, "SELECT count(), sum(span_count), sum(input_tokens), sum(output_tokens) FROM traces") == (
        traces,
        len(sent),
        *sums,
    )
    assert _first(store, "SELECT countIf(input = '[]'), countIf(output = '[]') FROM calls") == (0, 0)


def _first(store: Store, statement: str) -> tuple[int, ...]:
    return tuple(store.user_query(_PROJECT, statement).rows[0])


def _write_journal(folder: DataFolder, sent: list[Sent]) -> None:
    """Envelopes of some spans each: a trace comes in several, which lie on several days, the later often earlier."""
    writer = Writer(folder.journal, "edge-0", JournalSettings())
    for start in range(0, len(sent), _BATCH):
        batch = sent[start : start + _BATCH]
        head = envelope_head(
            Envelope(
                door="otlp.traces",
                project=_PROJECT,
                received_ns=now_ns(),
                headers={"content-type": PROTOBUF},
                items=len(batch),
            )
        )
        writer.append(Record(head, body_of(batch, now_ns() - start % 4 * _DAY_NS)))
    writer.close()


def _has_intent(folder: DataFolder) -> bool:
    if not folder.ledger.exists():
        return False
    with closing(Ledger(folder.ledger)) as ledger:
        return ledger.unfinished() is not None


def _depth(folder: DataFolder) -> int:
    with closing(Ledger(folder.ledger)) as ledger, closing(Reader(folder.journal, "edge-0")) as reader:
        return reader.depth(ledger.positions().get("edge-0", 0)).records
