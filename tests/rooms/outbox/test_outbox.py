"""Putting, flushing, counting: an outbox and a server that behaves."""

import asyncio
import threading
import time
from typing import Any

import pytest

from headwater.event import LogEvent, Span
from headwater.otlp import JSON, log_events_of, spans_of
from headwater.outbox import Flushed
from tests.rooms.outbox.receiver import Reply, Thing, an_outbox, receiving, span, things
from tests.serving import wait_until


def test_what_is_put_arrives_by_itself():
    with receiving() as receiver, an_outbox(receiver.url) as outbox:
        assert all(outbox.put(thing) for thing in things(3))
        wait_until(lambda: receiver.names == ["step 0", "step 1", "step 2"])
        wait_until(lambda: outbox.counts().accepted == 3)
        assert outbox.counts().kept == 0


def test_a_flush_waits_for_what_was_put_and_says_what_arrived():
    with receiving() as receiver, an_outbox(receiver.url, interval_s=3600) as outbox:
        for thing in things(700):
            outbox.put(thing)
        assert outbox.flush(20) == Flushed(sent=700, kept=0, dropped={})
        assert len(receiver.names) == 700
        assert max(len(got.names) for got in receiver.got) == 256


async def test_a_coroutine_that_flushes_lets_its_event_loop_go_on():
    with receiving() as receiver, an_outbox(receiver.url, interval_s=3600) as outbox:
        for thing in things(5):
            outbox.put(thing)
        turns = 0
        flushing = asyncio.create_task(outbox.aflush(20))
        while not flushing.done():
            turns += 1
            await asyncio.sleep(0)
        assert await flushing == Flushed(sent=5, kept=0, dropped={})
        assert turns > 1


async def test_a_coroutine_waits_no_longer_than_it_said_for_a_server_that_is_not_there():
    with an_outbox("http://127.0.0.1:1", interval_s=3600) as outbox:
        outbox.put(things(1)[0])
        assert (await outbox.aflush(0.2)).kept == 1


def test_a_request_is_sent_when_its_bytes_are_enough():
    with receiving() as receiver, an_outbox(receiver.url, interval_s=3600, batch_bytes=4000) as outbox:
        for thing in things(40):
            outbox.put(thing)
        assert outbox.flush(20).sent == 40
        assert len([got for got in receiver.got if got.names]) > 2


def test_much_that_waits_is_sent_before_the_interval_is_over():
    with receiving() as receiver, an_outbox(receiver.url, interval_s=3600) as outbox:
        for thing in things(256):
            outbox.put(thing)
        wait_until(lambda: len(receiver.names) == 256)


def test_a_flush_of_nothing_returns_at_once_and_starts_nothing():
    before = threading.active_count()
    with an_outbox("http://127.0.0.1:1") as outbox:
        assert outbox.flush(20) == Flushed()
        assert threading.active_count() <= before


def test_log_events_go_to_the_logs():
    with receiving() as receiver, an_outbox(receiver.url) as outbox:
        score = LogEvent(
            time_ns=1_795_000_000_000_000_000,
            name="gen_ai.evaluation.result",
            trace_id="0af7651916cd43dd8448eb211c80319c",
            span_id="b7ad6b7169203331",
            attributes={"gen_ai.evaluation.name": "fit", "gen_ai.evaluation.score.value": 0.5},
        )
        outbox.put(Thing(score))
        outbox.put(Thing(span(0)))
        assert outbox.flush(20).sent == 2
        [logs] = [got for got in receiver.got if got.path == "/v1/logs"]
        [event] = log_events_of(logs.body, JSON)
        assert (event.name, event.span_id, event.attributes) == (score.name, score.span_id, score.attributes)
        assert receiver.names == ["step 0"]


def test_spans_name_the_instance_that_the_ledger_is_of():
    with receiving() as receiver, an_outbox(receiver.url, resource={"service.name": "shop"}) as outbox:
        outbox.put(Thing(span(0)))
        outbox.flush(20)
        (got,) = receiver.taken
        (told,) = spans_of(got.body, JSON)
        assert told.resource == {"service.name": "shop", "service.instance.id": got.ledger["instance"]}


def test_every_request_tells_the_ledger():
    with receiving() as receiver, an_outbox(receiver.url, interval_s=3600, headers={"x-headwater-key": "k"}) as outbox:
        outbox.put(Thing(span(0)))
        outbox.flush(20)
        outbox.put(Thing(span(1)))
        outbox.put(Thing(None))
        outbox.count_dropped("unreadable", 2)
        outbox.flush(20)
        first, second = receiver.got
        assert {got.headers["x-headwater-key"] for got in receiver.got} == {"k"}
        assert first.headers["content-type"] == "application/json"
        instance = first.ledger.pop("instance")
        assert len(instance) == 32
        assert int(instance, 16)
        assert first.ledger | {"began_ns": 0} == {
            "instance": instance,
            "began_ns": 0,
            "seq": 1,
            "created": 1,
            "sent": 1,
            "accepted": 0,
            "kept": 1,
            "dropped": {},
        }
        assert abs(first.ledger["began_ns"] - time.time_ns()) < 3600 * 10**9
        assert second.ledger == {
            "instance": instance,
            "began_ns": first.ledger["began_ns"],
            "seq": 2,
            "created": 5,
            "sent": 2,
            "accepted": 1,
            "kept": 1,
            "dropped": {"unreadable": 3},
        }


def test_a_loss_is_told_though_nothing_is_left_to_send():
    with receiving() as receiver, an_outbox(receiver.url) as outbox:
        outbox.put(Thing(ValueError("cannot be read")))
        assert outbox.flush(20) == Flushed(dropped={"unreadable": 1})
        [told] = receiver.got
        assert told.ledger["dropped"] == {"unreadable": 1}
        assert told.names == []
        outbox.flush(20)
        assert receiver.got == [told]


def test_a_close_tells_the_last_word_and_takes_nothing_more():
    with receiving() as receiver, an_outbox(receiver.url) as outbox:
        outbox.put(Thing(span(0)))
        assert outbox.close(20).sent == 1
        assert receiver.got[-1].ledger["accepted"] == 1
        assert receiver.got[-1].ledger["kept"] == 0
        assert not outbox.put(Thing(span(1)))
        wait_until(lambda: not [thread for thread in threading.enumerate() if thread.name == "headwater-outbox"])


def _drop(_: Any) -> None:
    return None


def _exit(_: Any) -> Span:
    raise SystemExit(1)


def _fail(_: Any) -> Span:
    raise KeyError(1)


def _replace(_: Any) -> Span:
    return span(9)


@pytest.mark.parametrize(("prepare", "reason"), [(_drop, "hook"), (_exit, "hook failed"), (_fail, "hook failed")])
def test_what_the_hook_drops_and_where_it_fails_is_counted(prepare: Any, reason: str):
    with receiving() as receiver, an_outbox(receiver.url, prepare=prepare) as outbox:
        outbox.put(Thing(span(0)))
        assert outbox.flush(20).dropped == {reason: 1}
        assert receiver.names == []


def test_the_hook_changes_what_is_sent():
    with receiving() as receiver, an_outbox(receiver.url, prepare=_replace) as outbox:
        outbox.put(Thing(span(0)))
        outbox.flush(20)
        assert receiver.names == ["step 9"]


def test_no_item_is_lost_or_doubled_between_many_threads():
    with receiving() as receiver, an_outbox(receiver.url) as outbox:

        def put(first: int) -> None:
            for number in range(first, first + 500):
                outbox.put(Thing(span(number)))

        threads = [threading.Thread(target=put, args=(1000 * place,)) for place in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert outbox.flush(60) == Flushed(sent=4000)
        assert len(receiver.names) == len(set(receiver.names)) == 4000


def test_an_item_that_is_no_item_harms_nobody():
    with receiving() as receiver, an_outbox(receiver.url) as outbox:
        assert not outbox.put(None)  # pyright: ignore[reportArgumentType] - what this is about
        outbox.put(Thing(span(0)))
        assert outbox.flush(20).sent == 1


def test_an_answer_without_sense_is_taken_by_its_status():
    with receiving() as receiver, an_outbox(receiver.url) as outbox:
        receiver.answer = lambda _: Reply(body=b"<html>")
        outbox.put(Thing(span(0)))
        assert outbox.flush(20).sent == 1


@pytest.mark.parametrize(("compression", "encoding"), [("auto", None), ("gzip", "gzip"), ("none", None)])
def test_bodies_are_compressed_as_was_asked(compression: str, encoding: str | None):
    with receiving() as receiver, an_outbox(receiver.url, compression=compression) as outbox:
        outbox.put(Thing(span(0)))
        outbox.flush(20)
        assert receiver.names == ["step 0"]
        assert receiver.got[0].headers.get("content-encoding") == encoding
