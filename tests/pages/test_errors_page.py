"""The errors page: failures in groups."""

import re

from tests.pages.html_page import HtmlPage
from tests.pages.sample_project import AGENT_TRACE
from tests.pages.site import Site


def _words(text: str) -> str:
    return re.sub(r"\s+", " ", HtmlPage(text).words)


def _rows(site: Site, query: str) -> list[str]:
    return re.findall(r"(?s)<tr data-row.*?</tr>", site.get(f"/errors?{query}").text)


def test_a_group_tells_what_failed_where_how_often_and_whom_it_struck(site: Site):
    row = next(row for row in _rows(site, "range=all") if "429 rate_limit_error" in row)
    words = _words(row)
    assert re.search(r"RateLimitError claude-sonnet-5 anthropic 429 rate_limit_error: this request would exceed", words)
    assert re.search(r" 1 [\d.]+ % 1 1 \d+ min ago \d+ min ago", words)


def test_a_group_opens_the_traces_that_have_it_and_the_newest_failure(site: Site):
    row = next(row for row in _rows(site, "range=all") if "429 rate_limit_error" in row)
    assert (
        'href="/traces?range=all&amp;kind=call&amp;model=claude-sonnet-5&amp;provider=anthropic'
        '&amp;error_type=RateLimitError"'
    ) in row
    assert f'href="/traces/{AGENT_TRACE}?span=a000000000000009"' in row


def test_the_most_frequent_stand_first_and_a_head_turns_the_order(site: Site):
    counts = [int(count) for row in _rows(site, "range=all") for count in re.findall(r'title="(\d+) failures? in', row)]
    assert counts == sorted(counts, reverse=True)
    text = site.get("/errors?range=all&sort=-last_seen").text
    assert 'aria-sort="descending"><a href="/errors?range=all&amp;sort=last_seen"' in text


def test_a_trend_says_in_words_what_it_draws(site: Site):
    row = _rows(site, "range=all")[0]
    assert re.search(r'role="img" aria-label="Trend: at most \d+ in one hour, the one from 20', row)
    assert re.search(r'<path class="errors" d="M[\d.]+ 24V', row)


def test_the_page_sums_its_failures(site: Site):
    text = site.get("/errors?range=all").text
    (failures,) = [int(found) for found in re.findall(r'Failures</dt><dd title="(\d+) spans that failed', text)]
    assert failures == sum(int(found) for found in re.findall(r'title="(\d+) failures? in', text))


def test_a_bar_of_the_chart_narrows_the_time(site: Site):
    assert re.search(
        r'href="/errors\?start=[^"&]+&amp;end=[^"&]+" tabindex="-1" class="slot"', site.get("/errors").text
    )


def test_filters_narrow_the_groups_and_no_status_is_offered(site: Site):
    text = site.get("/errors?range=all&model=claude-sonnet-5").text
    assert "claude-sonnet-5" in text
    assert "gpt-5-mini" not in "".join(_rows(site, "range=all&model=claude-sonnet-5"))
    assert 'name="status"' not in text


def test_nothing_that_failed_is_said_as_such(site: Site):
    text = site.get("/errors?project=lab&range=24h").text
    assert "Nothing failed in the last 24 hours" in text
    assert 'href="/errors?project=lab&amp;range=all">Look at all time</a>' in text
