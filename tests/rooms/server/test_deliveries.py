"""Deliveries of a server: from an SDK's header to the API and the health page, whatever waits or is away."""

import random
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, ProxyHandler, build_opener

import msgspec
import pytest

from headwater.clock import now_ns
from headwater.event import TALLY_HEADER, Envelope, Tally, envelope_head
from headwater.journal import JournalSettings, Record, Writer
from headwater.loader import Delivery, Ledger
from headwater.loader.ledger import Intent, Run
from headwater.server import DataFolder
from headwater.server.deliveries import DeliveryReader
from headwater.web import DeliveriesAsked
from tests.sending import body_of, draw
from tests.serving import JSON, PROTOBUF, Server, command, wait_until

ME = "5" * 32


def tally(seq: int, instance: str = ME, dropped: Mapping[str, int] | None = None, **counts: int) -> Tally:
    """What an instance says with its request number `seq`."""
    told = {"created": 0, "sent": 0, "accepted": 0, "kept": 0} | counts
    return Tally(instance=instance, began_ns=now_ns(), seq=seq, dropped=dropped or {}, **told)


def header(told: Tally) -> dict[str, str]:
    """The header that says it."""
    return {TALLY_HEADER: msgspec.json.encode(told).decode()}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that the tests of this file share."""
    with Server(tmp_path_factory.mktemp("deliveries")) as running:
        yield running


def deliveries(server: Server, key: str = "", **asked: Any) -> list[Any]:
    """Ask the API."""
    path = f"/api/headwater/v1/deliveries?{urlencode(asked, doseq=True)}"
    answer = server.request("GET", path, headers={"x-headwater-key": key or server.key})
    assert answer.status == 200, answer.body
    return answer.json()["items"]


def test_an_item_is_followed_from_its_making_to_the_query(server: Server) -> None:
    body = body_of(draw(random.Random(1), 0, 5))
    assert server.send(body, **header(tally(1, created=5, sent=5, kept=5))).status == 200
    lost = header(tally(3, created=17, sent=5, accepted=5, dropped={"queue full": 12}))
    assert server.send(b'{"resourceSpans":[]}', content_type=JSON, **lost).status == 200
    server.await_loaded()
    (found,) = deliveries(server, instance=ME)
    counts = {name: found[name] for name in ("created", "sent", "accepted", "durable", "queryable", "kept", "requests")}
    assert counts == {
        "created": 17,
        "sent": 5,
        "accepted": 5,
        "durable": 5,
        "queryable": 5,
        "kept": 0,
        "requests": 2,
    }
    assert (found["dropped"], found["missing_requests"], found["is_well"]) == ({"queue full": 12}, 1, False)
    assert found["remarks"][0] == "12 items dropped in the program: 12 queue full"
    minutes = deliveries(server, instance=ME, by="minute")
    assert sum(each["durable"] for each in minutes) == 5
    assert all(each["minute"].endswith(":00.000000000Z") for each in minutes)


def test_a_key_sees_the_instances_of_its_project_only(server: Server) -> None:
    mine = "6" * 32
    command("projects", "create", "apart", "--data", str(server.data))
    key = command("keys", "create", "apart", "--project", "apart", "--data", str(server.data)).out.strip()
    sent = {"x-headwater-key": key, "content-type": JSON} | header(tally(1, instance=mine))
    assert server.request("POST", "/v1/traces", b"{}", sent).status == 200
    wait_until(lambda: deliveries(server, key), 20, "the delivery")
    assert [each["instance"] for each in deliveries(server, key)] == [mine]
    assert mine not in [each["instance"] for each in deliveries(server)]


def test_a_stranger_sees_nothing(server: Server) -> None:
    assert server.request("GET", "/api/headwater/v1/deliveries", headers={}).status == 401


def test_what_came_is_told_by_the_key_that_brought_it(server: Server) -> None:
    made = command("keys", "create", "mine", "--data", str(server.data)).out.strip()
    body = body_of(draw(random.Random(2), 500, 5))
    sent = {"x-headwater-key": made, "content-type": PROTOBUF}
    assert server.request("POST", "/v1/traces", body, sent).status == 200
    server.await_loaded()
    listed = command("keys", "list", "--data", str(server.data)).out
    key_id = next(line for line in listed.splitlines() if "mine" in line).split()[0]
    path = f"/api/headwater/v1/receipts?key={key_id}"
    (found,) = server.request("GET", path, headers={"x-headwater-key": server.key}).json()["items"]
    assert (found["key"], found["items"], found["queryable"], found["waiting"]) == (key_id, 5, 5, 0)
    assert found["size_bytes"] > len(body)


def poison(server: Server, body: bytes) -> None:
    """Put an envelope into the journal that only a later version can read; mend that once it is in quarantine."""
    project = command("projects", "list", "--data", str(server.data)).out.split("\t")[0]
    told = Envelope(
        door="otlp.traces", project=project, received_ns=now_ns(), headers={"content-type": PROTOBUF}, items=1
    )
    later = envelope_head(told).replace(b'"v":1', b'"v":99')
    writer = Writer(server.data / "journal", "hand", JournalSettings())
    writer.append(Record(later, body))
    writer.close()
    wait_until(lambda: server.health()["quarantined"] == 1, 20, "it is in quarantine")
    with closing(sqlite3.connect(server.data / "loader.db")) as ledger, ledger:
        ledger.execute("UPDATE quarantine SET head = ?", (envelope_head(told),))


def test_a_page_tries_an_envelope_again_that_can_be_read_by_now(server: Server) -> None:
    (sent,) = draw(random.Random(3), 900, 1)
    poison(server, body_of([sent]))
    visit = build_opener(HTTPCookieProcessor(CookieJar()), ProxyHandler({}))
    with visit.open(command("login", "--data", str(server.data)).out.strip(), timeout=20):
        pass
    place = f"{server.base_url}/server/health/quarantine"
    with visit.open(place, timeout=20) as page:
        assert "install a newer headwater" in page.read().decode()
    visit.addheaders = [("origin", server.base_url)]
    with visit.open(f"{place}/1/retry", b"", timeout=20) as page:
        assert page.url == place
    wait_until(lambda: server.health()["quarantined"] == 0, 20, "it left quarantine")
    assert server.sql(f"SELECT count() FROM spans WHERE trace_id = '{sent.trace_id}'") == [(1,)]
    told = server.request("GET", "/api/headwater/v1/reloads", headers={"x-headwater-key": server.key}).json()
    assert [(each["what"], each["state"], each["done"]) for each in told["items"]] == [("quarantine", "done", 1)]


@pytest.fixture
def folder(tmp_path: Path) -> DataFolder:
    """A data folder on which no loader runs."""
    made = DataFolder(tmp_path / "data")
    made.make()
    return made


def append(folder: DataFolder, *tallies: Tally, ago_ns: int = 0) -> None:
    """Put five items of each into the journal, where nobody loads them."""
    writer = Writer(folder.journal, "edge-0", JournalSettings())
    for told in tallies:
        envelope = Envelope(
            door="otlp.traces", project="p", received_ns=now_ns() - ago_ns, headers=header(told), items=5
        )
        writer.append(Record(envelope_head(envelope), b"not looked at"))
    writer.close()


def test_what_waits_for_the_loader_is_durable_and_not_queryable(folder: DataFolder) -> None:
    first, second = tally(1, created=5, kept=5), tally(2, created=10, accepted=5, kept=5)
    append(folder, first, second, ago_ns=60_000_000_000)
    loaded = Delivery(project="p", received_ns=now_ns() - 61_000_000_000, tally=first, durable=5, queryable=5)
    ledger = Ledger(folder.ledger)
    ledger.finish(Intent("token", (Run("edge-0", 1, 1),)), (), {}, [loaded])
    ledger.close()
    (found,) = DeliveryReader(folder).read(DeliveriesAsked(projects=("p",))).items
    assert (found.requests, found.created, found.accepted) == (2, 10, 5)
    assert (found.durable, found.queryable) == (10, 5)
    assert found.remarks == ("5 items on disk and not queryable yet; the loader is behind",)


def test_an_instance_that_only_waits_is_shown_within_what_was_asked(folder: DataFolder) -> None:
    append(folder, tally(1), tally(1, instance="7" * 32))
    reader = DeliveryReader(folder)
    assert len(reader.read(DeliveriesAsked(projects=("p",))).items) == 2
    assert [each.instance for each in reader.read(DeliveriesAsked(projects=("p",), instances=(ME,))).items] == [ME]
    assert reader.read(DeliveriesAsked(projects=("other",))).items == ()
    assert reader.read(DeliveriesAsked(projects=("p",), until_ns=1)).items == ()
    cut = reader.read(DeliveriesAsked(projects=("p",), limit=1))
    assert (len(cut.items), cut.is_partial) == (1, True)
