"""The traces page."""

import re

from headwater.clock import now_ns
from tests.pages.html_page import HtmlPage
from tests.pages.sample_project import AGENT_TRACE, sample_ports
from tests.pages.sample_spans import agent_trace
from tests.pages.site import Site, serve


def _rows(text: str) -> list[str]:
    return re.findall(r"<tr data-row.*?</tr>", text, re.DOTALL)


def _chips(text: str) -> list[str]:
    return [
        " ".join(HtmlPage(chip).words.split()) for chip in re.findall(r'<li class="chip">.*?</li>', text, re.DOTALL)
    ]


def test_a_row_tells_the_trace_in_one_line(site: Site):
    row = next(row for row in _rows(site.get("/traces").text) if AGENT_TRACE in row)
    words = re.sub(r"\s+", " ", HtmlPage(row).words)
    assert "min ago answer_ticket Hi! My kayak paddle" in words
    assert "ok 9.84 s 840 ms 6.95k → 215 $0.0039 + text-embedding-3-small +2 mira.holt chat-88213" in words


def test_numbers_say_on_hover_what_they_mean(site: Site):
    row = next(row for row in _rows(site.get("/traces").text) if AGENT_TRACE in row)
    assert "title=\"6,948 input tokens, of which 6,144 were read from the provider's cache; 215 output tokens" in row
    assert "without 1 calls whose price is unknown" in row
    assert 'title="Time to the first token: 840.000 ms"' in row


def test_an_unknown_cost_is_a_dash_with_its_reason(site: Site):
    rows = _rows(site.get("/traces?range=7d&model=riverbend-lora-7b").text)
    assert all("Unknown is never counted as $0" in row for row in rows)
    assert rows


def test_filters_are_chips_that_can_be_taken_away(site: Site):
    text = site.get("/traces?range=7d&model=gpt-5&user=mira.holt&min_duration_ms=1000").text
    assert _chips(text) == ["Model gpt-5", "User mira.holt", "Duration ≥ 1 s"]
    assert (
        'href="/traces?range=7d&amp;user=mira.holt&amp;min_duration_ms=1000" aria-label="Remove the filter Model gpt-5"'
        in text
    )


def test_chips_ride_along_in_the_form_unless_a_field_shows_them(site: Site):
    text = site.get("/traces?range=7d&model=gpt-5&model=gpt-5-mini&text=paddle").text
    assert '<input type="hidden" name="model" value="gpt-5">' in text
    assert '<input type="hidden" name="model" value="gpt-5-mini">' in text
    form = text[text.index('<form id="filters"') : text.index("</form>", text.index('<form id="filters"'))]
    assert '<input type="hidden" name="text"' not in form
    assert 'name="text" value="paddle"' in form


def test_a_click_on_a_bar_leads_to_its_time(site: Site):
    text = site.get("/traces?range=24h&model=gpt-5").text
    links = re.findall(r'<a href="([^"]+)" tabindex="-1" class="slot">', text)
    assert links
    assert all("model=gpt-5&amp;start=" in link and "range=" not in link for link in links)


def test_the_table_sorts_by_its_heads(site: Site):
    text = site.get("/traces?range=7d&sort=-cost").text
    assert '<th scope="col" class="c-cost num" aria-sort="descending">' in text
    assert (
        'href="/traces?range=7d&amp;sort=cost" title="US dollars; a dash where no price is known. Sort by it, lowest'
        in text
    )
    assert 'href="/traces?range=7d" title="When it began. Sort by it, highest first"' in text


def test_pages_follow_each_other(site: Site):
    first = site.get("/traces?range=7d").text
    following = re.search(r'href="([^"]+)" rel="next"', first)
    assert following is not None
    second = site.get(following[1].replace("&amp;", "&")).text
    assert "First page" in second
    assert set(_rows(first)).isdisjoint(_rows(second))


def test_htmx_is_told_the_address_without_empty_fields(site: Site):
    answer = site.get("/traces?text=&range=7d&status=&model=&min_tokens=&sort=", hx_request="true")
    assert answer.headers["hx-push-url"] == "/traces?range=7d"


def test_sums_say_what_does_not_narrow_them(site: Site):
    text = site.get("/traces?range=7d&tool=find_order&model=gpt-5").text
    assert "What only traces have does not narrow them: Tool." in text


def test_nothing_found_offers_ways_out(site: Site):
    text = site.get("/traces?range=15m&user=nobody").text
    assert "No trace matches" in text
    assert 'href="/traces?range=15m">Clear the filters</a>' in text
    assert 'href="/traces?range=all&amp;user=nobody">Look at all time</a>' in text


def test_an_old_trace_is_not_taken_for_an_empty_project():
    now = now_ns()
    with serve(sample_ports(now, agent_trace(AGENT_TRACE, now - 40 * 86_400 * 10**9))) as site:
        text = site.get("/traces").text
    assert "No traces in the last 24 hours" in text
    assert "Send the first trace" not in text


def test_an_empty_project_says_how_to_send_the_first_trace(site: Site):
    page = HtmlPage(site.get("/traces?project=lab").text)
    assert "Send the first trace" in page.words
    assert f"export OTEL_EXPORTER_OTLP_ENDPOINT={site.address}\n" in page.words
    assert f"curl {site.address}/v1/traces" in page.words
