"""Saved views and sets: made from a list, opened, renamed, chosen as a default, deleted."""

import re
from collections.abc import Iterator

import pytest

from headwater.clock import now_ns
from tests.pages.html_page import HtmlPage
from tests.pages.sample_project import AGENT_TRACE, sample_ports
from tests.pages.sample_spans import agent_trace
from tests.pages.site import Site, serve


@pytest.fixture
def own() -> Iterator[Site]:
    now = now_ns()
    with serve(sample_ports(now, agent_trace(AGENT_TRACE, now - 60 * 10**9))) as served:
        yield served


def _save(site: Site, name: str, **more: str) -> str:
    """Save a view of failed traces; return the address to change it at."""
    fields = {"page": "traces", "q.status": "error", "q.range": "7d", "name": name} | more
    answer = site.submit("/views", fields)
    assert answer.headers["location"] == "/traces?status=error&range=7d"
    found = re.findall(r'action="(/views/\w+)"', site.get("/views").text)
    return found[-1]


def test_a_list_offers_to_save_what_it_shows(own: Site):
    page = own.get("/traces?range=7d&status=error&column=cost").text
    form = page[page.index('action="/views"') :]
    for hidden in ('name="q.range" value="7d"', 'name="q.status" value="error"', 'name="q.column" value="cost"'):
        assert hidden in form


def test_a_saved_view_is_in_the_menu_of_its_list(own: Site):
    _save(own, "Failed this week")
    page = own.get("/traces?range=7d&status=error").text
    assert '<a href="/traces?status=error&amp;range=7d" aria-current="true"' in page
    assert "Failed this week" not in own.get("/calls").text


def test_a_default_opens_the_list_for_its_owner(own: Site):
    change = _save(own, "Mine", default="1")
    assert own.get("/traces").headers["location"] == "/traces?status=error&range=7d"
    assert own.get("/traces?range=24h").status == 200
    own.submit(change, {"do": "unchoose"})
    assert own.get("/traces").status == 200
    own.submit(change, {"do": "choose"})
    assert own.get("/traces").status == 303


def test_a_view_is_renamed_and_deleted(own: Site):
    change = _save(own, "Old")
    own.submit(change, {"do": "rename", "name": "New"})
    assert "New" in HtmlPage(own.get("/views").text).words
    own.submit(change, {"do": "delete"})
    assert "No views yet" in HtmlPage(own.get("/views").text).words
    assert own.submit(change, {"do": "delete"}).status == 404


def test_a_name_that_is_taken_is_said(own: Site):
    _save(own, "Twice")
    answer = own.submit("/views", {"page": "traces", "name": "Twice"})
    assert (answer.status, "choose another name" in answer.text) == (400, True)


def test_a_set_is_made_renamed_and_deleted(own: Site):
    own.submit("/sets", {"name": "Incident"})
    address = re.findall(r'action="(/sets/\w+)"', own.get("/sets").text)[0]
    assert own.get(address).headers["location"] == f"/traces?range=all&set={address.rpartition('/')[2]}"
    assert own.submit(address, {"do": "rename", "name": ""}).status == 400
    own.submit(address, {"do": "rename", "name": "Incident 7"})
    assert "Incident 7" in HtmlPage(own.get("/sets").text).words
    own.submit(address, {"do": "delete"})
    assert own.get(address).status == 404
    assert own.get(f"/traces?range=all&set={address.rpartition('/')[2]}").status == 404
