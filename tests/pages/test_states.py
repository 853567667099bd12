"""What a page shows while it waits, when nothing answers, and when somebody may not look."""

from collections.abc import Iterator

import msgspec
import pytest

from headwater.clock import now_ns
from headwater.errors import Unavailable
from headwater.query import Questions
from headwater.web import Person, ProjectListed, WebPorts
from tests.pages.browser import Browser
from tests.pages.html_page import HtmlPage
from tests.pages.sample_project import COOKIE, TOKEN, sample_ports, sample_spans
from tests.pages.site import Site, serve

ASKS_THE_STORE = (
    *("/overview", "/traces", "/calls", "/sessions", "/users", "/models", "/tools", "/scores", "/errors"),
    *("/prices", "/prices/what-if"),
)


class Outage:
    """A store that answers, or does not."""

    def __init__(self) -> None:
        self.is_on = False
        self.ports: WebPorts = sample_ports(now_ns(), list(sample_spans(now_ns()))[:40])

    def questions(self, project: str) -> Questions:
        """What the ports hand out; asking it anything raises while the store does not answer."""
        if self.is_on:
            raise Unavailable("the store does not answer; it is tried again")
        return self.ports.questions(project)


@pytest.fixture(scope="module")
def outage() -> Outage:
    """Whether the store of `shaky` is away."""
    return Outage()


@pytest.fixture(scope="module")
def shaky(outage: Outage) -> Iterator[Site]:
    """A site whose store can be taken away."""
    with serve(msgspec.structs.replace(outage.ports, questions=outage.questions)) as served:
        yield served


@pytest.mark.parametrize("path", ASKS_THE_STORE)
def test_without_a_store_a_page_says_so_and_asks_again(outage: Outage, shaky: Site, path: str):
    outage.is_on = True
    answer = shaky.get(path)
    outage.is_on = False
    assert answer.status == 503
    assert "retry-after" in answer.headers
    page = HtmlPage(answer.text)
    assert page.headings == ["The store does not answer"]
    assert "nothing is lost" in page.words
    assert "asks again by itself" in page.words


def test_the_console_keeps_a_statement_that_the_store_could_not_take(outage: Outage, shaky: Site):
    outage.is_on = True
    answer = shaky.get("/query?sql=select+1+as+one")
    outage.is_on = False
    assert answer.status == 503
    assert "select 1 as one" in HtmlPage(answer.text).words


def test_a_piece_without_a_store_asks_again_for_itself(outage: Outage, shaky: Site):
    outage.is_on = True
    answer = shaky.get("/overview/below?range=7d", hx_request="true")
    outage.is_on = False
    assert answer.status == 503
    assert 'hx-get="/overview/below?range=7d" hx-trigger="load delay:3s"' in answer.text


@pytest.mark.browser
def test_a_page_comes_by_itself_when_the_store_is_back(window: Browser, outage: Outage, shaky: Site):
    window.look(1280, 800, "light")
    window.open(f"{shaky.address}/login?token={TOKEN}")
    outage.is_on = True
    window.open(f"{shaky.address}/traces?range=7d")
    assert window.run("return document.querySelector('h1').textContent") == "The store does not answer"
    outage.is_on = False
    window.wait("document.querySelector('table.traces')")


@pytest.mark.browser
def test_what_takes_its_time_is_shown_by_a_line_and_told_to_screen_readers(desk: Browser, site: Site):
    desk.open(f"{site.address}/traces?range=7d")
    desk.run(
        "window.seen = []; new MutationObserver(() => window.seen.push("
        "[document.body.matches('.is-loading'), document.querySelector('#main').ariaBusy]"
        ")).observe(document.body, {attributes: true})"
    )
    desk.click("#f-status option[value=error]")
    desk.wait("document.querySelector('.chip-value')?.textContent === 'error'")
    desk.wait("!document.body.matches('.is-loading')")
    assert [True, "true"] in desk.run("return window.seen")
    assert desk.run("return document.querySelector('#main').ariaBusy") is None


def _none(_: Person) -> tuple[ProjectListed, ...]:
    return ()


def test_whoever_may_look_at_no_project_is_told_what_to_do():
    ports = msgspec.structs.replace(sample_ports(now_ns(), []), projects=_none)
    with serve(ports) as served:
        answer = served.get("/overview", cookie=COOKIE)
    page = HtmlPage(answer.text)
    assert answer.status == 404
    assert page.headings == ["No project yet"]
    assert "headwater projects" in page.words


def test_another_persons_project_is_not_told_of(site: Site):
    answer = site.get("/traces?project=secret")
    assert answer.status == 404
    assert HtmlPage(answer.text).headings == ["Nothing here"]


@pytest.mark.browser
def test_alerts_that_fire_are_counted_beside_their_place(desk: Browser, site: Site):
    desk.open(f"{site.address}/traces")
    assert desk.wait("document.querySelector('[data-go=l] .badge')?.firstChild.textContent") == "1"
    assert desk.complaints() == []
