"""The page of a user."""

import re

from tests.pages.html_page import HtmlPage
from tests.pages.site import Site


def _words(text: str) -> str:
    return re.sub(r"\s+", " ", HtmlPage(text).words)


def test_a_user_tells_the_period_beside_the_one_before(site: Site):
    words = _words(site.get("/users/li.wei").text)
    assert re.search(r"Cost \$\d\S* 25 % of all [^ ]\d+ %", words)
    assert re.search(r"Traces \d+ \+\d+ %", words)
    assert "Changes are against the period of the same length before." in words


def test_each_number_leads_to_the_users_traces(site: Site):
    text = site.get("/users/li.wei").text
    for address in (
        "/traces?range=30d&amp;user=li.wei&amp;sort=-cost",
        "/traces?range=30d&amp;user=li.wei&amp;has_error=true",
        "/sessions?range=30d&amp;user=li.wei",
        "/traces?range=30d&amp;model=gpt-5&amp;user=li.wei",
        "/errors?range=30d&amp;user=li.wei",
    ):
        assert f'href="{address}"' in text, address


def test_a_user_without_traces_in_a_time_says_when_the_last_was(site: Site):
    text = site.get("/users/li.wei?start=2020-01-01&end=2020-01-02").text
    assert "No trace of this user matches" in text
    assert "The newest one ended" in text
