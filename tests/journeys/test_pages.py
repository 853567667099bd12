"""From an exporter to a browser: the login link, the list, a trace with its messages, the health page."""

import http.cookiejar
import random
import re
import urllib.error
import urllib.request
from urllib.parse import urlsplit

import pytest

from tests.journeys.projects import Project
from tests.sending import Sent, body_of, draw
from tests.serving import command


class Browser:
    """Cookies and redirects, like a browser's."""

    def __init__(self) -> None:
        self.opener = urllib.request.build_opener(
            urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()), urllib.request.ProxyHandler({})
        )
        self.opener.addheaders = [("accept", "text/html")]

    def open(self, url: str) -> tuple[int, str, str]:
        """Open a page: status, the address it led to, its text."""
        try:
            with self.opener.open(url, timeout=20) as page:
                return page.status, page.url, page.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.url, error.read().decode()


@pytest.fixture
def browser(project: Project) -> Browser:
    """A browser that is signed in."""
    browser = Browser()
    status, url, _ = browser.open(login_link(project))
    assert (status, urlsplit(url).path) == (200, "/overview")
    return browser


@pytest.fixture
def spans(project: Project) -> list[Sent]:
    """Spans that were sent and can be queried."""
    sent = draw(random.Random(), 100, 6)
    assert project.post("/v1/traces", body_of(sent)).status == 200
    project.await_spans(len(sent))
    return sent


def login_link(project: Project) -> str:
    """A new one-time link."""
    return command("login", "--data", str(project.server.data)).out.strip()


def test_a_login_link_works_once(project: Project) -> None:
    link = login_link(project)
    assert Browser().open(link)[0] == 200
    status, _, text = Browser().open(link)
    assert status == 403
    assert "headwater login" in text


def test_nobody_sees_a_trace_without_signing_in(project: Project, spans: list[Sent]) -> None:
    status, url, text = Browser().open(f"{project.server.base_url}/traces/{spans[0].trace_id}?project={project.id}")
    assert status == 401 or urlsplit(url).path == "/login"
    assert spans[0].question not in text


def test_what_was_sent_is_on_the_pages(project: Project, browser: Browser, spans: list[Sent]) -> None:
    base, suffix = project.server.base_url, f"?project={project.id}"
    status, _, listed = browser.open(f"{base}/traces{suffix}")
    assert status == 200
    assert {sent.trace_id for sent in spans} <= set(re.findall(r"/traces/([0-9a-f]{32})", listed))
    status, _, shown = browser.open(f"{base}/traces/{spans[0].trace_id}{suffix}")
    assert status == 200
    assert f"chat {spans[0].number}" in shown
    status, _, panel = browser.open(f"{base}/traces/{spans[0].trace_id}/spans/{spans[0].span_id}{suffix}")
    assert status == 200
    assert spans[0].question in panel
    assert spans[0].answer in panel


def test_a_project_does_not_see_the_traces_of_another(project: Project, browser: Browser, spans: list[Sent]) -> None:
    default = browser.open(f"{project.server.base_url}/traces/{spans[0].trace_id}")
    assert default[0] == 404
    answer = project.server.request("GET", f"/api/headwater/v1/traces/{spans[0].trace_id}")
    assert answer.status == 404, "asked with the key of the default project"


def test_the_health_page_names_every_process(project: Project, browser: Browser) -> None:
    status, _, text = browser.open(f"{project.server.base_url}/server/health")
    assert status == 200
    assert all(name in text for name in ("edge-0", "loader", "store"))


@pytest.mark.parametrize("path", ["/health", "/ready", "/metrics"])
def test_probes_need_no_key_and_tell_nothing_of_what_is_observed(project: Project, path: str) -> None:
    status, _, text = Browser().open(f"{project.server.base_url}{path}")
    assert status == 200
    assert project.name not in text
    assert project.key not in text
