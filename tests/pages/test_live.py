"""Live: new traces as server-sent events, from the page and from the API."""

import http.client
import threading
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from typing import Any, cast

import msgspec
import pytest

from headwater.clock import now_ns
from headwater.query import TraceListed
from headwater.web import WebSettings
from tests.pages.html_page import HtmlPage
from tests.pages.sample_project import COOKIE, KEY, sample_ports
from tests.pages.sample_questions import SampleQuestions
from tests.pages.sample_spans import call, text
from tests.pages.site import Site, serve

V1 = "/api/headwater/v1"


class Project:
    """A project in which something happens."""

    def __init__(self, settings: WebSettings | None = None) -> None:
        self.ports = sample_ports(now_ns(), [])
        self.questions = cast("SampleQuestions", self.ports.questions("desk"))
        self.settings = settings or WebSettings()

    def arrive(self, number: int, **fields: Any) -> int:
        """A trace of one call arrives now; returns when."""
        now = now_ns()
        spans = [
            call(f"{number:032x}", "1" * 16, "gpt-5", (10, 0, 5), from_ns=now, input=(text("user", "hi"),), **fields)
        ]
        self.questions.arrive(spans, now)
        return now


@pytest.fixture
def project() -> Project:
    """A project without traces."""
    return Project()


@pytest.fixture
def live(project: Project) -> Iterator[Site]:
    """Its site."""
    with serve(project.ports, project.settings) as served:
        yield served


@contextmanager
def _events(site: Site, path: str, **headers: str) -> Generator[Iterator[dict[str, str]]]:
    """Follow a stream: each event as its fields."""
    link = http.client.HTTPConnection(site.address.removeprefix("http://"), timeout=30)
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    link.request("GET", path, headers={"cookie": f"headwater_session={COOKIE}", **sent})
    answer = link.getresponse()
    assert (answer.status, answer.getheader("content-type")) == (200, "text/event-stream; charset=utf-8")
    try:
        yield _read(answer)
    finally:
        link.close()


def _read(answer: http.client.HTTPResponse) -> Iterator[dict[str, str]]:
    event: dict[str, str] = {}
    for line in answer:
        name, colon, value = line.decode().rstrip("\n").partition(": ")
        if colon:
            event[name] = f"{event[name]}\n{value}" if name in event else value
        elif event.get("event"):
            yield event
            event = {}
        else:
            event = {}


def _listed(event: dict[str, str]) -> TraceListed:
    assert event["event"] == "trace"
    return msgspec.json.decode(event["data"], type=TraceListed)


def test_a_trace_is_told_when_it_comes_and_again_when_it_grows(project: Project, live: Site):
    with _events(live, f"{V1}/tail", cookie="", x_headwater_key=KEY) as events:
        project.arrive(1, user_id="ann")
        assert _listed(next(events)).user_id == "ann"
        came_ns = project.arrive(1, user_id="bob")
        again = next(events)
    assert (_listed(again).user_id, again["id"]) == ("bob", str(came_ns))


def test_only_what_the_filters_leave_is_told(project: Project, live: Site):
    with _events(live, f"{V1}/tail?user=bob") as events:
        project.arrive(1, user_id="ann")
        project.arrive(2, user_id="bob")
        assert _listed(next(events)).trace_id == f"{2:032x}"


def test_line_ends_of_all_kinds_arrive_as_they_were_sent(project: Project, live: Site):
    hostile = "a\r\nb\rc\n\nd\u2028e\x0bf: id: 7"
    with _events(live, f"{V1}/tail") as events:
        project.arrive(1, user_id=hostile)
        assert _listed(next(events)).user_id == hostile
    with _events(live, "/traces/live") as events:
        assert "e\x0bf: id: 7" in next(events)["data"]


def test_who_comes_back_is_told_what_came_meanwhile(project: Project, live: Site):
    known_ns = project.arrive(1) - 60 * 10**9
    with _events(live, f"{V1}/tail", last_event_id=str(known_ns)) as events:
        assert _listed(next(events)).trace_id == f"{1:032x}"
    with _events(live, f"{V1}/tail?after={known_ns}") as events:
        assert _listed(next(events)).trace_id == f"{1:032x}"


def test_more_than_is_sent_at_once_is_said(project: Project, live: Site):
    for number in range(120):
        project.arrive(number)
    with _events(live, f"{V1}/tail") as events:
        assert next(events)["event"] == "cut"
        told = [_listed(next(events)).trace_id for _ in range(100)]
    assert told[-1] == f"{119:032x}"


def test_the_page_is_given_rows_as_it_shows_them(project: Project, live: Site):
    with _events(live, "/traces/live?range=24h&column=cost") as events:
        project.arrive(7, user_id="<b>ann</b>")
        row = next(events)["data"]
    assert row.startswith(f'<tr data-row data-trace="{7:032x}">')
    assert HtmlPage(row).faults == []
    assert row in live.get("/traces?range=24h&column=cost").text


def test_a_filter_that_is_wrong_is_refused_before_the_stream_begins(live: Site):
    assert live.get(f"{V1}/tail?colour=red").status == 400
    assert live.get("/traces/live?range=moon").status == 400


def test_a_stranger_is_told_nothing(live: Site):
    assert live.get(f"{V1}/tail", cookie="", x_headwater_key="wrong").status == 401


def test_there_are_only_so_many_seats_and_they_are_given_back():
    project = Project(WebSettings(tails=1))
    with serve(project.ports, project.settings) as site, _events(site, f"{V1}/tail") as events:
        project.arrive(1)
        next(events)
        assert site.get(f"{V1}/tail").json["error"]["message"].startswith("1 lists are followed live already")
        assert site.get(f"{V1}/tail?range=moon").status == 400


def test_a_stream_ends_when_the_server_stops(project: Project):
    stop = threading.Event()
    ports = msgspec.structs.replace(project.ports, is_stopping=stop.is_set)
    with serve(ports, project.settings) as site, _events(site, f"{V1}/tail") as events:
        project.arrive(1)
        next(events)
        stop.set()
        assert list(events) == []


@pytest.mark.parametrize(
    ("query", "is_offered"),
    {
        "range=7d": True,
        "range=7d&user=ann": True,
        "range=7d&sort=-cost": False,
        "range=7d&cursor=0": False,
        "end=2026-01-01T00:00:00Z": False,
    }.items(),
)
def test_live_is_offered_where_what_is_new_comes_first(project: Project, live: Site, query: str, is_offered: bool):
    project.arrive(1)
    assert ("data-live=" in live.get(f"/traces?{query}").text) is is_offered
