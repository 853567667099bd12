"""Losses by the API: what a key may see, what only people may ask."""

from collections.abc import Iterator

import msgspec
import pytest

from headwater.query import AttributesSeen
from headwater.web import HeldPage, Kept, Preview, Receipts, Reload, Reloads, WebPorts
from tests.pages.sample_project import KEY, sample_ports
from tests.pages.sample_spans import NOW_NS
from tests.pages.site import Site, serve

_API = "/api/headwater/v1"
_WITH_KEY = {"cookie": "", "x_headwater_key": KEY}


@pytest.fixture
def ports() -> WebPorts:
    """Ports of a test's own."""
    return sample_ports(NOW_NS, [])


@pytest.fixture
def own(ports: WebPorts) -> Iterator[Site]:
    """An API of a test's own."""
    with serve(ports) as served:
        yield served


_ANSWERS = {
    "/receipts": Receipts,
    "/receipts?by=minute&step=5&start=2026-11-18T10:00:00Z&key=3fa85b1c9d02": Receipts,
    "/attributes?which=all&limit=2": AttributesSeen,
    "/quarantine": HeldPage,
    "/quarantine?limit=1&before=3": HeldPage,
    "/quarantine/2": Preview,
    "/reloads": Reloads,
    "/reloads/kept?start=2026-11-18": Kept,
}


@pytest.mark.parametrize("path", _ANSWERS)
@pytest.mark.parametrize("sent", [{}, _WITH_KEY], ids=["person", "key"])
def test_an_answer_is_of_its_type(own: Site, path: str, sent: dict[str, str]) -> None:
    answer = own.get(_API + path, **sent)  # type: ignore[arg-type]
    assert answer.status == 200, answer.text
    msgspec.convert(answer.json, _ANSWERS[path])


_REFUSED = {
    "/receipts?by=week": 400,
    "/receipts?start=soon": 400,
    "/receipts?colour=red": 400,
    "/attributes?which=none": 400,
    "/quarantine?limit=0": 400,
    "/quarantine/99": 404,
    "/quarantine/99/body": 404,
    "/reloads/99": 404,
}


@pytest.mark.parametrize("path", _REFUSED)
def test_what_makes_no_sense_is_refused(own: Site, path: str) -> None:
    assert own.get(_API + path).status == _REFUSED[path]


def test_a_key_sees_the_quarantine_of_its_project_only(own: Site) -> None:
    whole, mine = own.get(f"{_API}/quarantine").json, own.get(f"{_API}/quarantine", **_WITH_KEY).json  # type: ignore[arg-type]
    assert (whole["total"], mine["total"]) == (3, 2)
    assert {held["project"] for held in mine["items"]} == {"desk"}
    assert own.get(f"{_API}/quarantine/1/body", **_WITH_KEY).status == 404  # type: ignore[arg-type]
    assert own.get(f"{_API}/quarantine/1/body").status == 200


def test_a_person_tries_again_and_follows_it(own: Site) -> None:
    asked = msgspec.convert(own.post(f"{_API}/quarantine/2/retry").json, Reload)
    assert (asked.what, asked.held, asked.asked_by) == ("quarantine", 2, "Mira")
    assert own.get(f"{_API}/reloads/{asked.id}").json["done"] == 1
    again = msgspec.convert(own.post(f"{_API}/quarantine/retry").json, Reload)
    assert (again.total, again.failed) == (2, 1)


def test_a_person_loads_a_stretch_again(own: Site) -> None:
    asked = own.post(f"{_API}/reloads", {"start": "2026-11-18", "end": "2026-11-19"}).json
    assert (asked["what"], asked["start"], asked["total"]) == ("journal", "2026-11-18T00:00:00.000000000Z", 812)
    assert own.post(f"{_API}/reloads", {"start": "2026-11-19", "end": "2026-11-18"}).status == 400
    assert [each["id"] for each in own.get(f"{_API}/reloads").json["items"]] == [asked["id"]]


def test_a_person_discards_one(own: Site, ports: WebPorts) -> None:
    gone = own.get(f"{_API}/quarantine/2", method="DELETE", origin=own.address)
    assert (gone.status, gone.json["held"]["id"]) == (200, 2)
    assert ports.wishes.quarantine(None, 5).total == 2


@pytest.mark.parametrize("path", ["/quarantine/retry", "/quarantine/2/retry", "/reloads"])
def test_a_key_asks_for_nothing(own: Site, ports: WebPorts, path: str) -> None:
    assert own.post(_API + path, {}, **_WITH_KEY).status == 401  # type: ignore[arg-type]
    assert own.get(f"{_API}/quarantine/2", method="DELETE", **_WITH_KEY).status == 401  # type: ignore[arg-type]
    assert (ports.wishes.quarantine(None, 5).total, ports.wishes.reloads(5).items) == (3, ())
