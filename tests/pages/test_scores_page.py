"""The page of scores and feedback."""

import re

from tests.pages.html_page import HtmlPage
from tests.pages.sample_project import AGENT_TRACE
from tests.pages.site import Site


def _words(text: str) -> str:
    return re.sub(r"\s+", " ", HtmlPage(text).words)


def test_a_name_has_its_numbers_its_histogram_and_its_labels(site: Site):
    text = site.get("/scores").text
    words = _words(text)
    assert "helpful 1 score Mean 0.94 Median 0.94" in words
    assert "tone 1 score" in words
    assert "warm" in words
    assert '<title>0.9 to 1: 1</title><rect class="hit"' in text
    assert "by headwater" in words


def test_a_judgement_leads_to_what_it_judges_and_says_why(site: Site):
    text = site.get("/scores").text
    rows = re.findall(r"<tr data-row.*?</tr>", text.partition('aria-label="Judgements"')[2], re.DOTALL)
    assert f'href="/traces/{AGENT_TRACE}?span=a00000000000000c"' in rows[0]
    assert "tone of a step warm 50 % Says sorry once, then acts headwater" in _words(rows[0])


def test_one_name_is_shown_alone_and_the_address_says_so(site: Site):
    text = site.get("/scores?range=7d&score=helpful").text
    judged = text.partition('aria-label="Judgements"')[2]
    assert "helpful" in judged
    assert "tone" not in judged
    assert '<input type="hidden" name="score" value="helpful">' in text
    assert 'href="/scores?range=7d&amp;sort=-scaled&amp;score=helpful">Best first</a>' in text


def test_scores_are_split_by_what_was_judged(site: Site):
    text = site.get("/scores?by=prompt").text
    assert 'href="/traces?range=30d&amp;metadata=prompt.name%3Dgpt-5"' in text
    assert "By prompt" in _words(text)


def test_where_nothing_was_judged_the_page_says_what_would(site: Site):
    assert "headwater.score(" in site.get("/scores?user=nobody").text
