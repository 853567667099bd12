"""The sessions, users and health pages, and what is shown when the server cannot answer."""

import re
from collections.abc import Iterator

import msgspec
import pytest

from headwater.clock import now_ns
from headwater.errors import Unavailable
from headwater.web import Deliveries, DeliveriesAsked, HealthShown, WebPorts, WebSettings
from tests.pages.html_page import HtmlPage
from tests.pages.sample_project import calm_health, sample_health, sample_ports
from tests.pages.site import Site, serve


def _words(text: str) -> str:
    return re.sub(r"\s+", " ", HtmlPage(text).words)


def _served(**changed: object) -> WebPorts:
    return msgspec.structs.replace(sample_ports(now_ns(), []), **changed)


def _no_deliveries(asked: DeliveriesAsked) -> Deliveries:
    return Deliveries(items=())


def _no_store(project: str) -> object:
    raise Unavailable("the store does not answer at 127.0.0.1:9", retry_after_s=7)


@pytest.fixture
def storeless() -> Iterator[Site]:
    """A server whose store is down."""
    with serve(_served(questions=_no_store)) as served:
        yield served


def test_a_session_tells_its_sums_and_leads_to_its_replay(site: Site):
    text = site.get("/sessions").text
    row = next(row for row in re.findall(r"<tr data-row.*?</tr>", text, re.DOTALL) if "chat-88213" in row)
    assert re.search(r"chat-88213 \d+ min ago 1 5 1 7.16k \$0.0039 — mira.holt", _words(row))
    assert 'href="/sessions/chat-88213"' in row


def test_a_user_tells_his_sums_and_leads_to_a_page_of_his(site: Site):
    text = site.get("/users?range=all").text
    assert len(re.findall(r"<tr data-row", text)) == 8
    assert 'href="/users/li.wei"' in text


def test_users_can_be_put_in_order_by_cost_and_by_failures(site: Site):
    text = site.get("/users?range=all&sort=-cost").text
    assert 'aria-sort="descending"><a href="/users?range=all&amp;sort=cost"' in text
    assert 'href="/users?range=all&amp;sort=-error_share"' in text


def test_an_empty_list_says_what_would_be_in_it(site: Site):
    assert "A user is known by the user.id" in site.get("/users?project=lab").text


def test_the_health_page_puts_what_is_wrong_first(site: Site):
    words = _words(site.get("/server/health").text)
    assert "Health 3 to look at" in words
    assert "1 envelope in quarantine; to be tried again after an upgrade 12 items dropped" in words
    assert "edge-2 running 4188 1 1 h 30 min 94 MiB" in words
    assert "ended unasked: signal 9 1 h ago" in words
    assert "edge-1 3 48 MiB 0.4 s" in words


def test_the_health_page_tells_what_the_disk_holds_and_how_long_it_lasts(site: Site):
    words = _words(site.get("/server/health").text)
    assert "212 GiB free of 480 GiB (44 %)" in words
    assert "Journal 92 MiB Store 5.54 GiB Catalog 1 MiB Ledger 3 MiB" in words
    assert "spans 18,204,113 42 4.48 GiB 47.5 GiB 10.6\N{MULTIPLICATION SIGN}" in words
    assert "What is loaded stays in the journal for 1 d, or shorter where it would pass 10 GiB" in words
    assert "At the rate of the last 1 d, 4.1 GiB a day, it lasts about 52 days." in words


def test_the_health_page_tells_what_the_proxy_does_and_refuses(site: Site):
    words = _words(site.get("/server/health").text)
    assert "Under way 14 Recorded 1,204,311 Connections opened 288" in words
    assert "Refused: rate_limit_exceeded 1,402 Refused: no_credential 3" in words


def test_an_sdk_that_lost_something_stands_first_and_says_why(site: Site):
    lost = "2 SDK instances lost items (364 items dropped); the reasons stand under Deliveries"
    assert lost in _words(site.get("/server/health").text)
    words = _words(site.get("/server/health/deliveries").text)
    rows = re.findall(r"(grading-job|support-desk) (\w{8}) ", words)
    assert rows == [("grading-job", "b" * 8), ("grading-job", "c" * 8), ("support-desk", "a" * 8)]
    assert "364 items dropped in the program: 312 queue full, 52 refused" in words
    assert "12 items made and not delivered" in words


def test_a_new_server_is_well_and_knows_what_it_does_not_know():
    with serve(_served(health=lambda: calm_health(now_ns()), deliveries=_no_deliveries)) as site:
        words = _words(site.get("/server/health").text)
        deliveries = _words(site.get("/server/health/deliveries?project=lab").text)
    assert "all is well" in words
    assert "No SDK of ours has sent anything in the last 24 hours." in deliveries
    assert "Loader lag —" in words
    assert "No journal has been opened yet." in words


def test_a_server_in_trouble_says_what_to_do():
    shown = sample_health(now_ns())
    changes = {
        "processes": (msgspec.structs.replace(shown.processes[2], state="failed", last_exit="signal 9"),),
        "journals": (msgspec.structs.replace(shown.journals[0], is_writable=False, problem="no space left"),),
        "store": msgspec.structs.replace(shown.store, is_up=False, problem="connection refused"),
    }
    health: HealthShown = msgspec.structs.replace(shown, **changes)
    with serve(_served(health=lambda: health)) as site:
        words = _words(site.get("/server/health").text)
    assert "the process 'loader' is failed: signal 9" in words
    assert "the store does not answer: connection refused; ingest goes on meanwhile" in words
    assert "the journal of 'edge-1' cannot be written: no space left; free some disk space" in words


def test_a_store_that_is_down_is_a_503_with_a_way_on(storeless: Site):
    answer = storeless.get("/traces?model=gpt-5")
    assert (answer.status, answer.headers["retry-after"]) == (503, "7")
    assert HtmlPage(answer.text).title == "The store does not answer · Headwater"
    assert 'href="/traces?model=gpt-5">Try again</a>' in answer.text
    assert 'href="/server/health"' in answer.text


def test_htmx_gets_the_whole_page_where_it_asked_for_a_whole_page(storeless: Site):
    answer = storeless.get("/traces", hx_request="true", hx_target="main")
    assert (answer.headers["hx-retarget"], answer.headers["hx-reselect"]) == ("#main", "#main")
    assert 'id="main"' in answer.text


def test_a_fault_of_ours_is_a_500_that_tells_no_secrets():
    def fails(project: str) -> object:
        raise RuntimeError("password=hunter2")

    with serve(_served(questions=fails)) as site:
        answer = site.get("/traces")
    assert answer.status == 500
    assert "hunter2" not in answer.text
    assert HtmlPage(answer.text).title == "Something went wrong here · Headwater"


def test_too_many_questions_are_refused_instead_of_kept_waiting():
    settings = WebSettings(question_threads=1, questions_waiting=0)
    with serve(_served(), settings) as site:
        assert site.get("/traces").status == 503


def test_the_snippets_take_the_address_that_was_set():
    with serve(sample_ports(now_ns(), []), WebSettings(base_url="https://traces.example")) as site:
        assert "https://traces.example/v1/traces" in site.get("/traces").text
