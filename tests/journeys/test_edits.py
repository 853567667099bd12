"""From a click to the rows: what a person does to traces is durable, seen at once, and stays whatever comes after."""

import random
import urllib.request
from typing import Any
from urllib.parse import urlencode

import msgspec
import pytest

from headwater.access import Catalog
from tests.journeys.projects import Project
from tests.sending import Sent, body_of, draw
from tests.serving import Answer, wait_until

_V1 = "/api/headwater/v1"


class Person:
    """A browser session that speaks JSON."""

    def __init__(self, project: Project) -> None:
        self._project = project
        catalog = Catalog(f"sqlite:///{project.server.data / 'catalog.db'}")
        try:
            self._cookie = catalog.redeem_login(catalog.create_login_token())
        finally:
            catalog.close()

    def post(self, path: str, **body: Any) -> Answer:
        """Ask the API for a change."""
        headers = {
            "cookie": f"headwater_session={self._cookie}",
            "content-type": "application/json",
            "sec-fetch-site": "same-origin",
        }
        where = f"{_V1}{path}?{urlencode({'project': self._project.id})}"
        return self._project.server.request("POST", where, msgspec.json.encode(body), headers)


@pytest.fixture
def person(project: Project) -> Person:
    return Person(project)


@pytest.fixture
def spans(project: Project) -> list[Sent]:
    """Spans that were sent and can be queried."""
    sent = draw(random.Random(), 300, 6)
    assert project.post("/v1/traces", body_of(sent)).status == 200
    project.await_spans(len(sent))
    return sent


def test_a_tag_stays_when_the_trace_is_sent_again(project: Project, person: Person, spans: list[Sent]) -> None:
    trace_id = spans[0].trace_id
    answer = person.post("/edits/tags", chosen=[trace_id], add=["checked"])
    assert (answer.status, answer.json()["done"]) == (200, 1)
    wait_until(lambda: project.get("/traces?tag=checked")["items"], 20, "the tag")
    project.post("/v1/traces", body_of(spans))
    late = draw(random.Random(), 400, 1)
    project.post("/v1/traces", body_of(late))
    project.await_spans(len(spans) + 1)
    assert [each["trace_id"] for each in project.get("/traces?tag=checked")["items"]] == [trace_id]
    assert {each["value"] for each in project.get("/facets/tag")} >= {"checked"}


def test_a_deleted_trace_is_gone_and_what_comes_of_it_later_is_counted(
    project: Project, person: Person, spans: list[Sent]
) -> None:
    trace_id = spans[0].trace_id
    of_it = [sent for sent in spans if sent.trace_id == trace_id]
    before = project.get("/health")["dropped"].get("spans of deleted traces", 0)
    person.post("/edits/deletions", chosen=[trace_id])
    wait_until(lambda: project.get("/totals")["calls"] == len(spans) - len(of_it), 20, "the sums without it")
    assert project.sql(f"SELECT count() FROM spans WHERE trace_id = '{trace_id}'") == [(0,)]
    project.post("/v1/traces", body_of(of_it))
    wait_until(
        lambda: project.get("/health")["dropped"].get("spans of deleted traces", 0) >= before + len(of_it), 20, "it"
    )
    assert project.sql(f"SELECT count() FROM spans WHERE trace_id = '{trace_id}'") == [(0,)]


def test_a_list_can_be_had_as_parquet(project: Project, spans: list[Sent]) -> None:
    address = f"{project.server.base_url}{_V1}/export/traces?range=all&format=parquet"
    request = urllib.request.Request(address, headers={"x-headwater-key": project.key})  # noqa: S310 - our own server
    with urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310
        data = answer.read()
    assert data[:4] == data[-4:] == b"PAR1"
