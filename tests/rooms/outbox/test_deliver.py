"""A server that misbehaves: what is tried again, what is not, and that counts and memory stay true."""

import json
import socket
import time
import tracemalloc
from typing import Any

import pytest

from headwater.event import Span
from headwater.outbox import Flushed, Outbox
from tests.rooms.outbox.receiver import Got, Receiver, Reply, Thing, an_outbox, receiving, span, things
from tests.serving import wait_until


def _first(receiver: Receiver, reply: Reply, times: int = 1) -> None:
    """Answer so a few times, and well from then on."""
    receiver.answer = lambda _: reply if len(receiver.got) <= times else Reply()


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504])
def test_what_may_be_sent_again_is_sent_again(status: int):
    with receiving() as receiver, an_outbox(receiver.url) as outbox:
        _first(receiver, Reply(status=status))
        outbox.put(Thing(span(0)))
        wait_until(lambda: receiver.names == ["step 0"])
        wait_until(lambda: outbox.counts().accepted == 1)
        assert outbox.counts().sent == 1
        assert [got.ledger["seq"] for got in receiver.got] == [1, 2]


@pytest.mark.parametrize("status", [302, 400, 401, 403, 404, 415])
def test_what_was_refused_is_counted_and_not_sent_again(status: int):
    with receiving() as receiver, an_outbox(receiver.url) as outbox:
        _first(receiver, Reply(status=status))
        for thing in things(3):
            outbox.put(thing)
        assert outbox.flush(20) == Flushed(dropped={"refused": 3})
        assert receiver.names == []


def test_a_server_that_says_when_is_not_asked_before():
    with receiving() as receiver, an_outbox(receiver.url) as outbox:
        came: list[float] = []

        def answer(_: Got) -> Reply:
            came.append(time.monotonic())
            return Reply(status=503, headers={"retry-after": "2"}) if len(came) == 1 else Reply()

        receiver.answer = answer
        outbox.put(Thing(span(0)))
        wait_until(lambda: receiver.names == ["step 0"])
        assert came[1] - came[0] >= 1.9


def test_what_cannot_be_delivered_is_given_up_in_the_end():
    with receiving() as receiver, an_outbox(receiver.url, retry_for_s=0.1) as outbox:
        receiver.answer = lambda _: Reply(status=503)
        outbox.put(Thing(span(0)))
        wait_until(lambda: outbox.counts().dropped == {"gave up": 1})
        assert outbox.counts().kept == 0


def test_a_batch_that_is_too_large_is_halved_until_it_fits():
    with receiving() as receiver, an_outbox(receiver.url, interval_s=3600, compression="gzip") as outbox:
        receiver.answer = lambda got: Reply(status=413) if len(got.names) > 2 or "step 3" in got.names else Reply()
        for thing in things(8):
            outbox.put(thing)
        assert outbox.flush(20) == Flushed(sent=7, dropped={"too large": 1})
        assert sorted(receiver.names) == [f"step {number}" for number in (0, 1, 2, 4, 5, 6, 7)]


@pytest.mark.parametrize("rejected", [2, "2"])
def test_what_is_rejected_of_a_batch_is_counted(rejected: Any):
    with receiving() as receiver, an_outbox(receiver.url) as outbox:
        body = json.dumps({"partialSuccess": {"rejectedSpans": rejected, "errorMessage": "no"}}).encode()
        _first(receiver, Reply(body=body))
        for thing in things(3):
            outbox.put(thing)
        assert outbox.flush(20) == Flushed(sent=1, dropped={"refused": 2})


@pytest.mark.parametrize("raw", [b"garbage\r\n\r\n", b"HTTP/1.1 999999 ?\r\n\r\n", b"\x00", b"HTTP/1.1 2"])
def test_an_answer_that_is_no_http_is_like_none(raw: bytes):
    with receiving() as receiver, an_outbox(receiver.url) as outbox:
        _first(receiver, Reply(status=500, raw=raw), times=2)
        outbox.put(Thing(span(0)))
        wait_until(lambda: receiver.names == ["step 0"])
        wait_until(lambda: outbox.counts().accepted == 1)


def test_an_answer_that_is_cut_short_is_taken_by_its_status():
    with receiving() as receiver, an_outbox(receiver.url) as outbox:
        _first(receiver, Reply(raw=b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nshort"))
        outbox.put(Thing(span(0)))
        assert outbox.flush(20).sent == 1


def test_a_connection_that_the_server_closed_is_opened_again():
    with receiving() as receiver, an_outbox(receiver.url) as outbox:
        receiver.answer = lambda _: Reply(headers={"connection": "close"})
        for number in range(3):
            outbox.put(Thing(span(number)))
            assert outbox.flush(20).sent == number + 1
        assert receiver.names == ["step 0", "step 1", "step 2"]


def test_what_waits_for_a_server_that_is_not_there_arrives_when_it_comes():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with an_outbox(f"http://127.0.0.1:{port}") as outbox:
        for thing in things(5):
            outbox.put(thing)
        assert outbox.flush(0.3) == Flushed(kept=5)
        with receiving(port) as receiver:
            assert outbox.flush(30) == Flushed(sent=5)
            assert len(receiver.names) == 5


def test_a_flush_ends_in_time_though_the_server_says_nothing():
    with receiving() as receiver, an_outbox(receiver.url, timeout_s=90) as outbox:
        receiver.answer = lambda _: Reply(is_silent=True)
        outbox.put(Thing(span(0)))
        began = time.monotonic()
        assert outbox.flush(0.2) == Flushed(kept=1)
        assert outbox.close(0.2) == Flushed(kept=1)
        assert time.monotonic() - began < 30


def test_a_server_that_says_nothing_is_asked_again_when_the_time_is_over():
    with receiving() as receiver, an_outbox(receiver.url, timeout_s=0.3) as outbox:
        _first(receiver, Reply(is_silent=True))
        outbox.put(Thing(span(0)))
        wait_until(lambda: receiver.names == ["step 0"])


def test_an_address_that_makes_no_sense_harms_nobody():
    with an_outbox("no address", retry_for_s=0.1) as outbox:
        outbox.put(Thing(span(0)))
        wait_until(lambda: outbox.counts().dropped == {"gave up": 1})


def _fill(outbox: Outbox, items: int) -> None:
    for _ in range(items):
        outbox.put(Big())


class Big(Thing):
    """An item that holds what it says it holds."""

    def __init__(self) -> None:
        super().__init__(None, 20_000)
        self._held = bytearray(20_000)

    def told(self) -> Span:
        """Tell a span as large as the item."""
        return span(1, attributes={"held": "x" * len(self._held)})


@pytest.mark.parametrize("reply", [Reply(is_silent=True), Reply(status=503), Reply(raw=b"no")])
def test_memory_is_bounded_whatever_the_server_does_and_the_counts_are_true(reply: Reply):
    limit = 2_000_000
    with receiving() as receiver, an_outbox(receiver.url, queue_bytes=limit, batch_bytes=200_000) as outbox:
        receiver.answer = lambda _: reply
        tracemalloc.start()
        try:
            _fill(outbox, 2000)
            outbox.flush(0.5)
            _fill(outbox, 2000)
            held, _ = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        counts = outbox.counts()
        assert held < 2 * limit + 200_000 * len(receiver.got)
        assert counts.created == 4000
        assert counts.accepted == 0
        assert counts.kept <= limit // 20_000
        assert counts.dropped == {"queue full": 4000 - counts.kept}


def test_the_oldest_is_dropped_first():
    with receiving() as receiver, an_outbox(receiver.url, interval_s=3600, queue_bytes=10_000) as outbox:
        for thing in things(15):
            outbox.put(thing)
        assert outbox.flush(20) == Flushed(sent=10, dropped={"queue full": 5})
        assert receiver.names == [f"step {number}" for number in range(5, 15)]
        assert receiver.got[0].ledger["dropped"] == {"queue full": 5}
