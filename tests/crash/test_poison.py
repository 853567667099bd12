"""Poison envelopes: set aside with their reason, seen on the health page, tried again when asked; the line goes on."""

import random
import sqlite3
from collections.abc import Sequence

import msgspec
import pytest

from headwater.clock import now_ns
from headwater.event import Envelope, envelope_head
from headwater.journal import JournalSettings, Record, Writer
from tests.crash.found import assert_all_there
from tests.sending import body_of, draw
from tests.serving import PROTOBUF, Server, command, wait_until


def head(door: str = "otlp.traces", project: str = "p", **headers: str) -> bytes:
    """The head of an envelope."""
    kept = {"content-type": PROTOBUF} | {name.replace("_", "-"): value for name, value in headers.items()}
    return envelope_head(Envelope(door=door, project=project, received_ns=now_ns(), headers=kept, items=1))


def write_by_hand(server: Server, records: Sequence[Record]) -> None:
    """Put records into the journal past the edge and its checks."""
    writer = Writer(server.data / "journal", "hand", JournalSettings())
    for record in records:
        writer.append(record)
    writer.close()


def project_of(server: Server) -> str:
    """The id of the default project."""
    return command("projects", "list", "--data", str(server.data)).out.split("\t")[0]


_GOOD = body_of(draw(random.Random(1), 0, 1))
POISON = {
    "a body that is no protobuf": Record(head(), b"\xff\xff\xff"),
    "a body that is not gzip": Record(head(content_encoding="gzip"), _GOOD),
    "a door that nobody knows": Record(head("otlp.dreams"), _GOOD),
    "a head that is no JSON": Record(b"\x00", _GOOD),
    "a head of a later format": Record(head().replace(b'"v":1', b'"v":99'), _GOOD),
    "a project whose id is no name": Record(head(project="no `name`"), _GOOD),
}


def test_every_kind_of_poison_is_set_aside_and_the_line_goes_on(server: Server, chance: random.Random) -> None:
    spans = draw(chance, 0, 60)
    assert server.send(body_of(spans[:30])).status == 200
    write_by_hand(server, list(POISON.values()))
    assert server.send(body_of(spans[30:])).status == 200
    wait_until(lambda: server.health()["quarantined"] == len(POISON), 20, "all poison in quarantine")
    server.await_loaded()
    shown = server.health()["quarantine"]
    assert {each["position"] for each in shown} == {f"hand:{number}" for number in range(1, len(POISON) + 1)}
    assert all(each["reason"] and each["size_bytes"] for each in shown)
    assert_all_there(server, spans)


def test_what_a_later_version_can_read_leaves_quarantine_when_it_is_tried_again(
    server: Server, chance: random.Random
) -> None:
    """The later version is played by changing the envelope's head to one that can be read."""
    span = draw(chance, 7, 1)
    good = head(project=project_of(server))
    later = Record(good.replace(b'"v":1', b'"v":99'), body_of(span))
    write_by_hand(server, [later, POISON["a door that nobody knows"]])
    wait_until(lambda: server.health()["quarantined"] == 2, 20, "both in quarantine")
    with sqlite3.connect(server.data / "loader.db") as ledger:
        ledger.execute("UPDATE quarantine SET head = ? WHERE seq = 1", (good,))
    ledger.close()
    ran = command("reindex", "--quarantine", "--data", str(server.data))
    assert (ran.code, ran.out.strip()) == (1, "1 envelopes loaded again, 1 failed")
    wait_until(lambda: server.health()["quarantined"] == 1, 20, "one left in quarantine")
    assert_all_there(server, span)


@pytest.mark.parametrize("key", ["gen_ai.response.time_to_first_chunk", "gen_ai.usage.input_tokens"])
def test_numbers_that_no_column_can_hold_poison_nothing(server: Server, key: str) -> None:
    """What is absurd is left out or set to a bound; the span itself is kept."""
    attributes = [
        {"key": "gen_ai.operation.name", "value": {"stringValue": "chat"}},
        {"key": key, "value": {"doubleValue": 1e300}},
        {"key": "lone", "value": {"stringValue": "\U0001f600"}},
    ]
    span = {
        "traceId": "ab" * 16,
        "spanId": "cd" * 8,
        "name": "absurd",
        "startTimeUnixNano": "1",
        "endTimeUnixNano": "2",
    }
    body = {"resourceSpans": [{"scopeSpans": [{"spans": [{**span, "attributes": attributes}]}]}]}
    assert server.send(msgspec.json.encode(body), content_type="application/json").status == 200
    server.await_loaded()
    assert server.health()["quarantined"] == 0
    assert server.sql("SELECT name FROM calls") == [("absurd",)]
