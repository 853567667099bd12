"""The palette: one field that goes to pages, ids and values and runs commands."""

import pytest

from tests.pages.browser import Browser
from tests.pages.sample_project import AGENT_TRACE
from tests.pages.site import Site

pytestmark = pytest.mark.browser

CHOSEN = "document.querySelector('#palette [aria-selected=true]')"


def _open(desk: Browser, site: Site, typed: str, at: str = "/overview") -> None:
    desk.open(site.address + at)
    desk.chord("control", "k")
    desk.wait("document.querySelector('#palette').open")
    desk.press(*typed)


def test_a_page_is_found_by_some_of_its_letters(desk: Browser, site: Site):
    _open(desk, site, "err")
    desk.press("enter")
    desk.wait("location.pathname === '/errors'")
    assert desk.complaints() == []


def test_the_field_tells_a_screen_reader_what_is_chosen(desk: Browser, site: Site):
    _open(desk, site, "")
    first = desk.wait(f"{CHOSEN}?.textContent")
    desk.press("down")
    assert desk.wait(f"{CHOSEN}.textContent") != first
    chosen = desk.run(f"return {CHOSEN}.id")
    assert desk.run("return document.activeElement.getAttribute('aria-activedescendant')") == chosen
    assert desk.run("return document.activeElement.getAttribute('role')") == "combobox"


@pytest.mark.parametrize(
    ("typed", "path", "query"),
    [
        (AGENT_TRACE, f"/traces/{AGENT_TRACE}", ""),
        ("a000000000000005", f"/traces/{AGENT_TRACE}", "?span=a000000000000005"),
        ("chat-88213", "/sessions/chat-88213", ""),
        ("mira.holt", "/traces", "?user=mira.holt&range=all"),
    ],
)
def test_an_id_leads_to_what_has_it(desk: Browser, site: Site, typed: str, path: str, query: str):
    _open(desk, site, typed)
    desk.wait("document.querySelector('#palette .palette-section')?.textContent === 'By id'")
    desk.press("enter")
    desk.wait(f"location.pathname + location.search === {path + query!r}")


def test_a_value_narrows_the_traces(desk: Browser, site: Site):
    _open(desk, site, "claude-s", "/traces?range=all")
    desk.wait(f"{CHOSEN}?.textContent.startsWith('Model: claude-sonnet-5')")
    desk.press("enter")
    desk.wait("location.search === '?model=claude-sonnet-5&range=all'")


def test_a_project_is_switched_to_on_the_page_that_is_open(desk: Browser, site: Site):
    _open(desk, site, "to lab", "/sessions")
    desk.press("enter")
    desk.wait("location.pathname + location.search === '/sessions?project=lab'")


def test_a_trace_that_was_open_is_offered_again(desk: Browser, site: Site):
    desk.open(f"{site.address}/traces/{AGENT_TRACE}")
    _open(desk, site, "")
    desk.wait("document.querySelector('#palette .palette-section')?.textContent === 'Recent'")
    assert "answer_ticket" in desk.run("return document.querySelector('#palette-list').textContent")


def test_escape_closes_it_and_gives_the_focus_back(desk: Browser, site: Site):
    desk.open(f"{site.address}/overview")
    desk.run("document.querySelector('.finder').focus()")
    desk.press("enter")
    desk.wait("document.querySelector('#palette').open")
    desk.press("escape")
    assert desk.run("return document.querySelector('#palette').open") is False
    assert desk.run("return document.activeElement.matches('.finder')")


def test_nothing_that_fits_is_said(desk: Browser, site: Site):
    _open(desk, site, "zzzzzzzz")
    desk.wait("!document.querySelector('.palette-none').hidden")
    desk.press("enter")
    assert desk.run("return document.querySelector('#palette').open")


def test_colours_are_chosen_at_once_and_kept_by_the_server(desk: Browser, site: Site):
    _open(desk, site, "colours: dark")
    desk.press("enter")
    desk.wait("document.documentElement.dataset.theme === 'dark'")
    desk.open(f"{site.address}/models")
    assert desk.run("return document.documentElement.dataset.theme") == "dark"
    ground = desk.run("return getComputedStyle(document.body).backgroundColor")
    assert ground == "rgb(14, 17, 20)"
    desk.click(".theme[value='']")
    desk.wait("!document.documentElement.dataset.theme")
    assert desk.run("return document.cookie") == ""


def test_signing_out_forgets_what_was_open(desk: Browser, site: Site):
    desk.open(f"{site.address}/traces/{AGENT_TRACE}")
    _open(desk, site, "sign out")
    desk.press("enter")
    desk.wait("location.pathname === '/login'")
    assert desk.run("return localStorage.getItem('headwater.seen')") is None
