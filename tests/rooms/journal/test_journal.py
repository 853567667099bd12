"""The journal through its door: order, durability, positions, rotation, retention, refusal."""

import multiprocessing
import os
import queue
import signal
import sqlite3
import threading
import time
from pathlib import Path

import pytest

from headwater.clock import now_ns
from headwater.errors import HeadwaterError, Unavailable
from headwater.journal import (
    FORMAT_VERSION,
    JournalSettings,
    Position,
    Reader,
    Record,
    Writer,
    drop_loaded,
    size_bytes,
    writer_names,
)

SMALL = JournalSettings(segment_bytes=256 * 1024)


def record(number: int, size: int = 10) -> Record:
    return Record(f"head {number}".encode(), os.urandom(size))


def read_all(journal: Path, writer: str = "edge-0", limit_bytes: int = 1 << 20) -> list[tuple[Position, Record]]:
    reader = Reader(journal, writer)
    found: list[tuple[Position, Record]] = []
    while more := reader.read(found[-1][0].seq if found else 0, limit_bytes):
        found += more
    reader.close()
    return found


def test_what_is_appended_is_read_back_in_order_with_growing_positions(tmp_path: Path) -> None:
    writer = Writer(tmp_path, "edge-0", SMALL)
    sent = [record(number, 40_000) for number in range(30)]
    positions = [writer.append(each) for each in sent]
    assert positions == [Position("edge-0", number) for number in range(1, 31)]
    assert read_all(tmp_path) == list(zip(positions, sent, strict=True))
    writer.close()
    assert read_all(tmp_path) == list(zip(positions, sent, strict=True))


def test_long_and_short_records_of_one_group_come_back_as_they_went(tmp_path: Path) -> None:
    sizes = [0, 1, 3000, 64 * 1024, 64 * 1024 + 1, 2_000_000, *([700] * 150), 100_000, *([60_000] * 9), 5]
    sent = [record(number, size) for number, size in enumerate(sizes)]
    settled: queue.SimpleQueue[object] = queue.SimpleQueue()
    writer = Writer(tmp_path, "edge-0", JournalSettings())
    writer.submit(sent, settled.put)
    assert settled.get(timeout=30) == Position("edge-0", 1)
    writer.close()
    assert [each for _, each in read_all(tmp_path)] == sent


def test_a_reader_in_the_middle_gets_at_least_one_record_whatever_its_size(tmp_path: Path) -> None:
    writer = Writer(tmp_path, "edge-0", SMALL)
    for number in range(5):
        writer.append(record(number, 50_000))
    assert [position.seq for position, _ in Reader(tmp_path, "edge-0").read(2, limit_bytes=1)] == [3]
    writer.close()


def test_many_threads_share_one_fsync_and_every_one_gets_its_own_position(tmp_path: Path) -> None:
    writer = Writer(tmp_path, "edge-0", SMALL)
    got: list[Position] = []
    threads = [
        threading.Thread(target=lambda: got.extend(writer.append(record(number)) for number in range(50)))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(position.seq for position in got) == list(range(1, 401))
    writer.close()


def test_positions_go_on_after_a_restart_even_when_all_was_loaded_and_dropped(tmp_path: Path) -> None:
    writer = Writer(tmp_path, "edge-0", SMALL)
    last = [writer.append(record(number, 50_000)) for number in range(20)][-1]
    writer.close()
    drop_loaded(tmp_path, {"edge-0": last.seq}, JournalSettings(keep_s=-1))
    again = Writer(tmp_path, "edge-0", SMALL)
    assert again.append(record(99)) == Position("edge-0", last.seq + 1)
    again.close()


def test_only_closed_and_loaded_segments_are_dropped(tmp_path: Path) -> None:
    writer = Writer(tmp_path, "edge-0", SMALL)
    for number in range(20):
        writer.append(record(number, 50_000))
    before = size_bytes(tmp_path)
    assert drop_loaded(tmp_path, {"edge-0": 8}, JournalSettings(keep_s=3600)) == 0
    freed = drop_loaded(tmp_path, {"edge-0": 8}, JournalSettings(keep_s=-1))
    assert 0 < freed < before
    assert {position.seq for position, _ in read_all(tmp_path)} >= set(range(9, 21))
    writer.close()


def test_past_its_cap_the_journal_refuses_and_takes_again_when_loaded_files_went(tmp_path: Path) -> None:
    settings = JournalSettings(segment_bytes=100_000, cap_bytes=1_000_000, keep_s=3600)
    writer = Writer(tmp_path, "edge-0", settings)
    sent = (writer.append(record(number, 60_000)).seq for number in range(100))
    with pytest.raises(Unavailable, match="size cap"):
        list(sent)
    last = read_all(tmp_path)[-1][0].seq
    assert drop_loaded(tmp_path, {"edge-0": last}, settings) > 0
    assert writer.append(record(1)).seq == last + 1
    writer.close()


def test_two_writers_of_one_folder_are_refused(tmp_path: Path) -> None:
    writer = Writer(tmp_path, "edge-0", SMALL)
    with pytest.raises(HeadwaterError, match="in use"):
        Writer(tmp_path, "edge-0", SMALL)
    writer.close()


def test_depth_counts_what_waits_and_since_when(tmp_path: Path) -> None:
    before = now_ns()
    writer = Writer(tmp_path, "edge-0", SMALL)
    for number in range(12):
        writer.append(record(number, 50_000))
    depth = Reader(tmp_path, "edge-0").depth(10)
    assert depth.records == 2
    assert depth.oldest_ns is not None
    assert depth.oldest_ns >= before
    assert Reader(tmp_path, "edge-0").depth(12).records == 0
    assert writer_names(tmp_path) == ["edge-0"]
    writer.close()


def test_a_journal_of_a_newer_format_is_refused_with_the_remedy(tmp_path: Path) -> None:
    Writer(tmp_path, "edge-0", SMALL).close()
    writer = Writer(tmp_path, "edge-0", SMALL)
    writer.append(record(1))
    writer.close()
    segment = next((tmp_path / "edge-0").glob("*.segment"))
    connection = sqlite3.connect(segment)
    connection.execute(f"PRAGMA user_version={FORMAT_VERSION + 1}")
    connection.close()
    with pytest.raises(HeadwaterError, match="newer headwater"):
        Reader(tmp_path, "edge-0").read(0, 1)


def _append_for_ever(journal: Path, acknowledged: int) -> None:
    writer = Writer(journal, "edge-0", SMALL)
    while True:
        position = writer.append(record(0, 5_000))
        os.write(acknowledged, position.seq.to_bytes(8, "big"))


@pytest.mark.parametrize("wait_s", [0.05, 0.11, 0.23, 0.31])
def test_what_was_acknowledged_before_a_kill_is_there_after_it(tmp_path: Path, wait_s: float) -> None:
    reading, writing = os.pipe()
    context = multiprocessing.get_context("fork")
    child = context.Process(target=_append_for_ever, args=(tmp_path, writing))
    child.start()
    os.close(writing)
    first = os.read(reading, 8)
    time.sleep(wait_s)
    os.kill(child.pid or 0, signal.SIGKILL)
    child.join()
    rest = b"".join(iter(lambda: os.read(reading, 65536), b""))
    acknowledged = int.from_bytes((first + rest)[-8:], "big")
    found = [position.seq for position, _ in read_all(tmp_path)]
    assert found[:acknowledged] == list(range(1, acknowledged + 1))
    assert all(len(each.body) == 5_000 for _, each in read_all(tmp_path))
