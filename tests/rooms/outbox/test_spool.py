"""The spool's folder: what is in it, and what happens where it cannot be."""

import os
import threading
from pathlib import Path
from typing import Any

import msgspec

from headwater.outbox import Flushed
from tests.rooms.outbox.receiver import Reply, Thing, an_outbox, receiving, span, things
from tests.serving import wait_until


def _batches(folder: Path) -> list[str]:
    return sorted(name for name in os.listdir(folder) if name.endswith((".json", ".json.gz")))


def _is_closed(ledger: dict[str, Any], instance: str) -> bool:
    return (ledger["instance"], ledger["created"], ledger["accepted"], ledger["kept"]) == (instance, 3, 3, 0)


def test_what_arrived_leaves_nothing_in_the_spool(tmp_path: Path):
    folder = tmp_path / "made" / "when needed"
    with receiving() as receiver, an_outbox(receiver.url, spool=str(folder)) as outbox:
        for thing in things(10):
            outbox.put(thing)
        assert outbox.close(20) == Flushed(sent=10)
        assert sorted(receiver.names) == sorted(f"step {number}" for number in range(10))
        wait_until(lambda: os.listdir(folder) == [])
        assert folder.stat().st_mode & 0o077 == 0


def test_a_server_that_is_away_leaves_files_and_the_next_outbox_sends_them(tmp_path: Path):
    with receiving() as receiver:
        receiver.answer = lambda _: Reply(status=503)
        with an_outbox(receiver.url, spool=str(tmp_path), compression="gzip", retry_for_s=0) as outbox:
            outbox.put(Thing(span(0)))
            wait_until(lambda: len(_batches(tmp_path)) == 1)
            assert _batches(tmp_path)[0].endswith("-1.traces.json.gz")
            outbox.put(Thing(span(1)))
            wait_until(lambda: len(_batches(tmp_path)) == 2)
            assert outbox.close(0.1) == Flushed(kept=2)
        wait_until(lambda: not [thread for thread in threading.enumerate() if thread.name == "headwater-outbox"])
        receiver.answer = lambda _: Reply()
        with an_outbox(receiver.url, spool=str(tmp_path)) as outbox:
            outbox.put(Thing(span(2)))
            wait_until(lambda: set(receiver.names) == {"step 0", "step 1", "step 2"})
            wait_until(lambda: _batches(tmp_path) == [])


def test_a_refused_batch_leaves_the_spool_and_is_counted(tmp_path: Path):
    with receiving() as receiver, an_outbox(receiver.url, spool=str(tmp_path)) as outbox:
        receiver.answer = lambda _: Reply(status=400)
        outbox.put(Thing(span(0)))
        assert outbox.flush(20) == Flushed(dropped={"refused": 1})
        assert _batches(tmp_path) == []


def test_a_full_spool_drops_what_is_new_and_counts_it(tmp_path: Path):
    with receiving() as receiver, an_outbox(receiver.url, spool=str(tmp_path), spool_bytes=3000) as outbox:
        receiver.answer = lambda _: Reply(status=503)
        outbox.put(Thing(span(0)))
        wait_until(lambda: len(_batches(tmp_path)) == 1)
        outbox.put(Thing(span(1, attributes={"long": "x" * 3000})))
        wait_until(lambda: outbox.counts().dropped == {"spool full": 1})
        assert outbox.counts().kept == 1
        receiver.answer = lambda _: Reply()
        assert outbox.flush(30) == Flushed(sent=1, dropped={"spool full": 1})


def test_a_loss_is_told_though_nothing_was_stored(tmp_path: Path):
    with receiving() as receiver, an_outbox(receiver.url, spool=str(tmp_path)) as outbox:
        outbox.put(Thing(None))
        assert outbox.flush(20) == Flushed(dropped={"unreadable": 1})
        assert [got.ledger["dropped"] for got in receiver.got] == [{"unreadable": 1}]


def test_a_spool_that_cannot_be_is_done_without(tmp_path: Path):
    blocked = tmp_path / "file"
    blocked.write_text("no folder")
    with receiving() as receiver, an_outbox(receiver.url, spool=str(blocked)) as outbox:
        outbox.put(Thing(span(0)))
        assert outbox.flush(20) == Flushed(sent=1)


def test_a_spool_that_is_taken_away_loses_nothing_that_memory_holds(tmp_path: Path):
    folder = tmp_path / "spool"
    with receiving() as receiver, an_outbox(receiver.url, spool=str(folder)) as outbox:
        outbox.put(Thing(span(0)))
        outbox.flush(20)
        (folder / f"{receiver.got[0].ledger['instance']}.lock").unlink()
        folder.rmdir()
        outbox.put(Thing(span(1)))
        assert outbox.flush(20) == Flushed(sent=2)
        assert receiver.names == ["step 0", "step 1"]


def test_files_without_a_ledger_and_strange_files_are_survived(tmp_path: Path):
    body = msgspec.json.encode({"resourceSpans": []})
    instance = "ab" * 16
    (tmp_path / f"{instance}-00000001-3.traces.json").write_bytes(body)
    (tmp_path / f"{instance}-00000002-3.traces.json.part").write_bytes(b"{")
    (tmp_path / f"{instance}.lock").write_text("no ledger")
    (tmp_path / "README").write_text("strange")
    with receiving() as receiver, an_outbox(receiver.url, spool=str(tmp_path)) as outbox:
        outbox.put(Thing(span(0)))
        wait_until(lambda: _batches(tmp_path) == [])
        wait_until(lambda: outbox.counts().accepted == 1)
        wait_until(lambda: any(_is_closed(got.ledger, instance) for got in receiver.got))
        assert outbox.counts().created == 1
        assert (tmp_path / "README").exists()
