"""OTLP over HTTP: what is kept, what is answered, what is counted."""

import gzip
import random
from pathlib import Path

import pytest

from headwater.event import KEY_ID_HEADER
from headwater.ingest import OTLP_PATHS, IngestSettings, OtlpHttp
from headwater.journal import JournalSettings
from tests.rooms.ingest.door import JSON, PROTOBUF, Door, ask, messages_of
from tests.sending import ENCODERS, body_of, draw

GOOD = body_of(draw(random.Random(1), 0, 5))


async def test_the_journal_keeps_the_bytes_as_they_came_and_the_headers_to_read_them(door: Door) -> None:
    came = gzip.compress(GOOD)
    headers = {"content-encoding": "gzip", "user-agent": "me/1", "authorization": "Bearer sk-secret", "cookie": "c"}
    answer = await door.post("/v1/traces", came[:50], came[50:], headers=headers)
    assert (answer.status, answer.body, answer.headers["content-type"]) == (200, b"", PROTOBUF)
    envelope = door.envelopes()[0]
    assert (envelope.door, envelope.project, envelope.items, envelope.body) == ("otlp.traces", "project-1", 5, came)
    kept = {"content-type": PROTOBUF, "content-encoding": "gzip", "user-agent": "me/1", KEY_ID_HEADER: "key-1"}
    assert envelope.headers == kept


@pytest.mark.parametrize("encoding", ENCODERS)
async def test_a_body_may_come_in_any_pieces(door: Door, encoding: str) -> None:
    came = ENCODERS[encoding](GOOD)
    pieces = [came[start : start + 1] for start in range(len(came))]
    answer = await door.post("/v1/traces", *pieces, headers={"content-encoding": encoding})
    assert answer.status == 200
    assert door.envelopes()[0].body == came


@pytest.mark.parametrize("path", OTLP_PATHS)
async def test_every_path_takes_an_empty_request_and_keeps_nothing_of_it(door: Door, path: str) -> None:
    assert (await door.post(path)).status == 200
    assert door.envelopes() == []


async def test_a_body_past_the_bound_is_refused_while_it_is_read(tmp_path: Path) -> None:
    door = Door(tmp_path, IngestSettings(body_limit_bytes=1000))
    plain = await door.post("/v1/traces", *[b"x" * 300] * 4)
    bomb = await door.post("/v1/traces", gzip.compress(bytes(100_000)), headers={"content-encoding": "gzip"})
    announced = await door.post("/v1/traces", headers={"content-length": "1001"})
    assert [plain.status, bomb.status, announced.status] == [413] * 3
    door.close()


async def test_all_bodies_together_are_bounded_and_what_they_claimed_is_given_back(tmp_path: Path) -> None:
    door = Door(tmp_path, IngestSettings(in_flight_bytes=len(GOOD) * 3))
    with door.intake.room() as other:
        other.claim(len(GOOD) * 3 - 10)
        refused = await door.post("/v1/traces", GOOD)
    assert (refused.status, int(refused.headers["retry-after"]) >= 1) == (503, True)
    assert [(await door.post("/v1/traces", GOOD)).status for _ in range(5)] == [200] * 5
    door.close()


async def test_a_journal_past_its_queue_refuses_with_503(tmp_path: Path) -> None:
    door = Door(tmp_path, journal=JournalSettings(queue_bytes=100))
    answer = await door.post("/v1/traces", GOOD, headers={"content-type": PROTOBUF})
    assert answer.status == 503
    assert "retry-after" in answer.headers
    assert door.envelopes() == []
    door.close()


async def test_a_sender_that_hangs_up_leaves_nothing_and_gets_nothing(door: Door) -> None:
    messages = [*messages_of([GOOD[:100]])]
    messages[0]["more_body"] = True
    headers = {"content-type": PROTOBUF, "x-headwater-key": "hw_good"}
    answer = await ask(OtlpHttp(door.intake, door.gate), "/v1/traces", "POST", headers, messages)
    assert answer.status == 0
    assert door.envelopes() == []
    assert (await door.post("/v1/traces", GOOD)).status == 200


async def test_what_was_answered_is_counted_by_door_and_status(door: Door) -> None:
    await door.post("/v1/traces", GOOD)
    await door.post("/v1/traces", b"\xff")
    await door.post("/v1/logs", b"{", headers={"content-type": JSON})
    await door.post("/v1/logs", method="GET")
    await door.post("/v1/traces", headers={"x-headwater-key": "hw_bad"})
    counted = door.counters.reading()
    assert counted.requests == {
        "otlp.traces 200": 1,
        "otlp.traces 400": 1,
        "otlp.traces 401": 1,
        "otlp.logs 400": 1,
        "otlp.logs 405": 1,
    }
    assert (counted.items_accepted, counted.bytes_accepted) == ({"otlp.traces": 5}, len(GOOD))


async def test_where_all_spans_are_bad_nothing_is_kept_and_the_sender_is_told(door: Door) -> None:
    body = b'{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"","spanId":""},{"traceId":"zz"}]}]}]}'
    answer = await door.post("/v1/traces", body, headers={"content-type": JSON})
    assert answer.status == 200
    assert b'"rejectedSpans":"2"' in answer.body
    assert door.envelopes() == []
    assert door.counters.reading().items_rejected == {"otlp.traces: invalid item": 2}
