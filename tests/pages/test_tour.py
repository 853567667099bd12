"""The tour: offered where the server says so, led from page to page, ended by a key, and not offered twice."""

from collections.abc import Iterator

import pytest

from headwater.clock import now_ns
from headwater.web import WebSettings
from tests.pages.axe import axe_in, findings
from tests.pages.browser import Browser
from tests.pages.sample_project import TOKEN, sample_ports
from tests.pages.sample_spans import agent_trace
from tests.pages.site import Site, serve

pytestmark = pytest.mark.browser

TRACE = "d" * 32
STEPS = 8


@pytest.fixture
def toured(window: Browser) -> Iterator[Browser]:
    """A window that has just signed in to a server with a tour."""
    now = now_ns()
    spans = agent_trace(TRACE, now - 60 * 10**9)
    with serve(sample_ports(now, list(spans)), WebSettings(tour=True)) as site:
        window.look(1280, 800, "light")
        window.open(f"{site.address}/login?token={TOKEN}")
        window.complaints()
        yield window
        window.open("about:blank")


def test_the_tour_leads_through_the_pages_and_is_over(toured: Browser):
    toured.click("[data-tour-start]")
    seen: list[str] = []
    for number in range(1, STEPS + 1):
        toured.wait(f"document.querySelector('#tour:popover-open #tour-count')?.textContent === '{number} of {STEPS}'")
        seen.append(toured.run("return location.pathname"))
        toured.run("document.querySelector('[data-tour-next]').focus()")
        toured.press("enter")
    toured.wait("!document.querySelector('#tour:popover-open')")
    assert seen == ["/overview", "/overview", "/traces", *[f"/traces/{TRACE}"] * 2, seen[5], "/query", "/query"]
    assert seen[5].startswith("/sessions/")
    toured.run("location.reload()")
    toured.wait("document.readyState === 'complete' && document.querySelector('#tour-offer').hidden")
    assert toured.complaints() == []


def test_escape_ends_it_and_no_thanks_is_remembered(toured: Browser):
    toured.click("[data-tour-start]")
    toured.wait("document.querySelector('#tour:popover-open')")
    toured.press("escape")
    toured.wait("!document.querySelector('#tour:popover-open')")
    assert toured.run("return localStorage.getItem('headwater.tour.over')") == "yes"


def test_the_palette_starts_it_again(toured: Browser):
    toured.click("#tour-offer [data-tour-end]")
    toured.chord("control", "k")
    toured.press(*"take the tour", "enter")
    toured.wait("document.querySelector('#tour:popover-open #tour-count')?.textContent.startsWith('1 of')")


def test_its_words_keep_nobody_out(toured: Browser):
    with axe_in(toured):
        toured.run("location.reload()")
        toured.wait("!document.querySelector('#tour-offer').hidden && Boolean(window.axe)")
        assert findings(toured) == []
        toured.click("[data-tour-start]")
        toured.wait("document.querySelector('#tour:popover-open')")
        assert findings(toured) == []


def test_no_tour_is_offered_where_it_is_not_told_to(site: Site):
    assert "tour" not in site.get("/overview").text
