"""The side calls of Langfuse's SDK: kept as they came, answered as the SDK wants."""

import msgspec
import pytest

from tests.rooms.ingest.door import JSON, Answered, Door


async def post(door: Door, call: str, body: object, **headers: str) -> Answered:
    """Post JSON to a side call."""
    return await door.post(f"/api/public/{call}", msgspec.json.encode(body), headers={"content-type": JSON} | headers)


async def test_scores_are_kept_under_the_door_of_their_call(door: Door) -> None:
    assert (await post(door, "scores", [{"id": "a"}, {"id": "b"}])).status == 202
    assert (await post(door, "ingestion", {"batch": [{"id": "c", "type": "score-create"}]})).status == 207
    kept = [(envelope.door, envelope.items) for envelope in door.envelopes()]
    assert kept == [("langfuse.scores", 2), ("langfuse.ingestion", 1)]


async def test_one_bad_item_costs_one_item(door: Door) -> None:
    answer = await post(door, "ingestion", {"batch": [7, {"id": "c", "type": "score-create"}]})
    body = msgspec.json.decode(answer.body)
    assert (answer.status, [each["id"] for each in body["successes"]], len(body["errors"])) == (207, ["c"], 1)
    answer = await post(door, "scores", [{"id": "a"}, "b"])
    assert (answer.status, msgspec.json.decode(answer.body)["rejected"]) == (207, 1)
    assert [envelope.items for envelope in door.envelopes()] == [1, 1]


async def test_media_is_kept_nowhere(door: Door) -> None:
    answer = await post(door, "media", {"sha256Hash": "a+b/" * 11})
    assert (answer.status, msgspec.json.decode(answer.body)["mediaId"]) == (201, "a-b_a-b_a-b_a-b_a-b_a-")
    assert door.envelopes() == []


@pytest.mark.parametrize("call", ["media", "ingestion", "scores"])
@pytest.mark.parametrize("body", [b"", b"{", b"7", b'"x"', b"[[]]", b"\xff", b"[" * 5000])
async def test_nonsense_gets_400(door: Door, call: str, body: bytes) -> None:
    answer = await door.post(f"/api/public/{call}", body, headers={"content-type": JSON})
    assert answer.status == 400
    assert msgspec.json.decode(answer.body)["message"]
    assert door.envelopes() == []


async def test_a_get_is_refused_without_asking_who_it_is(door: Door) -> None:
    answer = await door.post("/api/public/scores", headers={"x-headwater-key": "no"}, method="GET")
    assert answer.status == 405
