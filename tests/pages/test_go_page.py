"""Finding a thing by its id, and the colours of the pages, without a script."""

import pytest

from tests.pages.html_page import HtmlPage
from tests.pages.sample_project import AGENT_TRACE
from tests.pages.site import Site


@pytest.mark.parametrize(
    ("given", "address"),
    [
        (AGENT_TRACE, f"/traces/{AGENT_TRACE}"),
        ("a000000000000005", f"/traces/{AGENT_TRACE}?span=a000000000000005"),
        ("chat-88213", "/sessions/chat-88213"),
        ("mira.holt", "/traces?user=mira.holt&range=all"),
    ],
)
def test_an_id_leads_to_what_has_it(site: Site, given: str, address: str):
    answer = site.get(f"/go?to={given}")
    assert (answer.status, answer.headers["location"]) == (303, address)


def test_an_id_of_several_things_lists_them(site: Site):
    answer = site.get("/go?to=b000000000000001")
    assert answer.status == 200
    assert len([each for each in HtmlPage(answer.text).addresses if "span=b000000000000001" in each]) > 1


def test_an_id_that_nobody_has_is_said_and_kept_in_the_field(site: Site):
    answer = site.get("/go?to=nobody")
    assert answer.status == 404
    assert "Nothing in this project has this id" in answer.text
    assert 'value="nobody"' in answer.text


def test_the_api_finds_it_too(site: Site):
    hits = site.get("/api/headwater/v1/find?id=chat-88213").json
    assert hits == [{"kind": "session", "id": "chat-88213", "trace_id": ""}]


def test_a_page_comes_in_the_colours_that_the_cookie_names(site: Site):
    page = site.get("/overview", cookie="a-session; headwater_theme=dark").text
    assert '<html lang="en" data-theme="dark">' in page
    assert '<html lang="en">' in site.get("/overview", cookie="a-session; headwater_theme=%22%3E").text
