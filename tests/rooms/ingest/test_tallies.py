"""The header of the ledger at the door: kept with its items, kept alone, and never a reason to refuse."""

import random

import msgspec
import pytest

from headwater.event import KEY_ID_HEADER, TALLY_HEADER, Tally
from tests.rooms.ingest.door import JSON, Door
from tests.sending import body_of, draw

GOOD = body_of(draw(random.Random(1), 0, 5))
TALLY = msgspec.json.encode(
    Tally(instance="a" * 32, began_ns=1, seq=1, created=5, sent=5, accepted=0, kept=5, dropped={})
).decode()


async def test_a_tally_is_kept_with_the_items_that_it_came_with(door: Door) -> None:
    answer = await door.post("/v1/traces", GOOD, headers={TALLY_HEADER: TALLY})
    envelope = door.envelopes()[0]
    assert (answer.status, envelope.items, envelope.headers[TALLY_HEADER]) == (200, 5, TALLY)


async def test_a_tally_without_items_is_kept_alone(door: Door) -> None:
    headers = {TALLY_HEADER: TALLY, "content-type": JSON}
    answer = await door.post("/v1/traces", b'{"resourceSpans":[]}', headers=headers)
    assert answer.status == 200
    (envelope,) = door.envelopes()
    assert (envelope.door, envelope.project, envelope.items, envelope.body) == ("tally", "project-1", 0, b"")
    assert envelope.headers == {TALLY_HEADER: TALLY, KEY_ID_HEADER: "key-1"}


@pytest.mark.parametrize("wrong", ["", "{}", "[" * 3000, TALLY + " " * 4096, TALLY.replace("a" * 32, "me"), "\xff\x00"])
async def test_a_tally_that_cannot_be_read_is_left_out_and_the_items_are_taken(door: Door, wrong: str) -> None:
    answer = await door.post("/v1/traces", GOOD, headers={TALLY_HEADER: wrong})
    assert answer.status == 200
    assert (await door.post("/v1/traces", b"", headers={TALLY_HEADER: wrong})).status == 200
    (envelope,) = door.envelopes()
    assert (envelope.items, TALLY_HEADER in envelope.headers) == (5, False)


async def test_a_stranger_cannot_tell_a_tally(door: Door) -> None:
    answer = await door.post("/v1/traces", headers={TALLY_HEADER: TALLY, "x-headwater-key": "hw_bad"})
    assert (answer.status, door.envelopes()) == (401, [])
