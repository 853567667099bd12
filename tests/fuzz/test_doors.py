"""Random, cut and flipped bodies at every door: 4xx or 2xx, never a 500, and nothing accepted that cannot be read."""

import asyncio
import random
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fuzz.bodies import JSON, PROTOBUF, SIGNALS, Knock, draw_knock
from tests.fuzz.examined import FINE, examine
from tests.rooms.ingest.door import Door
from tests.sending import ENCODERS
from tests.serving import Server

_KINDS = st.sampled_from((PROTOBUF, JSON))
_VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=15,
)


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    """One door for all examples."""
    made = Door(tmp_path_factory.mktemp("fuzz"))
    yield made
    made.close()


@given(seed=st.integers(min_value=0))
def test_harmed_bodies_of_real_exporters_are_answered_plainly(door: Door, seed: int) -> None:
    asyncio.run(examine(door, draw_knock(random.Random(seed))))


@given(
    body=st.binary(max_size=400), kind=_KINDS, signal=st.sampled_from(SIGNALS), encoding=st.sampled_from([*ENCODERS])
)
def test_random_bytes_are_answered_plainly(door: Door, body: bytes, kind: str, signal: str, encoding: str) -> None:
    asyncio.run(examine(door, Knock(f"/v1/{signal}", kind, encoding, body)))
    asyncio.run(examine(door, Knock(f"/v1/{signal}", kind, encoding, ENCODERS[encoding](body))))


@given(body=_VALUES, call=st.sampled_from(("scores", "ingestion", "media")))
def test_langfuses_side_calls_may_bring_any_json(door: Door, body: Any, call: str) -> None:
    batch = {"batch": body} if call == "ingestion" else body
    answer = asyncio.run(door.post(f"/api/public/{call}", msgspec.json.encode(batch), headers={"content-type": JSON}))
    assert answer.status in FINE | {201}


def test_bytes_that_are_no_http_do_not_end_a_server(server: Server) -> None:
    chance = random.Random(20)
    edge = server.children()["edge-0"]
    for _ in range(200):
        server.raw(_http_like(chance))
    assert server.children()["edge-0"] == edge
    assert server.is_ready()


def test_a_server_answers_harmed_bodies_and_loads_what_it_took(server: Server) -> None:
    chance = random.Random(21)
    statuses: set[int] = set()
    for _ in range(300):
        knock = draw_knock(chance)
        headers = {"content_encoding": knock.encoding}
        statuses.add(server.send(knock.body, knock.path, knock.content_type, **headers).status)
    server.await_loaded()
    assert statuses <= FINE
    assert server.health()["quarantined"] == 0
    assert {process["restarts"] for process in server.health()["processes"]} == {0}


def _http_like(source: random.Random) -> bytes:
    """Something that begins like a request."""
    line = source.choice((b"POST /v1/traces HTTP/1.1", b"GET / HTTP/9", b"\x16\x03\x01", b"POST", b"PRI * HTTP/2.0"))
    fields = source.choice((b"content-length: -1", b"transfer-encoding: chunked\r\n\r\nZZ", b"x" * 70_000, b"host"))
    return line + b"\r\n" + fields + b"\r\n\r\n" + source.randbytes(source.randrange(40))
