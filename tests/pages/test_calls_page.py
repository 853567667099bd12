"""The calls page, and the columns that the lists of traces and calls can show."""

import re

from tests.pages.html_page import HtmlPage
from tests.pages.sample_project import AGENT_TRACE
from tests.pages.site import Site


def _rows(text: str) -> list[str]:
    return re.findall(r"<tr data-row.*?</tr>", text, re.DOTALL)


def _heads(text: str) -> list[str]:
    heads = re.findall(r'<th scope="col" class="c-(?!mark).*?</th>', text, re.DOTALL)
    return [" ".join(HtmlPage(head).words.split()) for head in heads]


def _words(text: str) -> str:
    return re.sub(r"\s+", " ", HtmlPage(text).words)


def test_a_row_tells_a_call_and_leads_to_it_in_its_trace(site: Site):
    row = next(row for row in _rows(site.get(f"/calls?trace={AGENT_TRACE}").text) if "a000000000000005" in row)
    assert f'href="/traces/{AGENT_TRACE}?span=a000000000000005" data-open' in row
    assert "chat gpt-5" in _words(row)
    assert "gpt-5 openai ok" in _words(row)


def test_calls_are_each_shown_once(site: Site):
    text = site.get(f"/calls?trace={AGENT_TRACE}").text
    assert len(_rows(text)) == 5
    assert "5 calls" in _words(text)


def test_calls_have_filters_of_their_own(site: Site):
    text = site.get("/calls?range=7d&model=gpt-5&min_ttft_ms=500").text
    assert 'name="min_ttft_ms" type="number"' in text
    assert 'name="kind"' not in text
    assert "Only calls that have all of these." in text
    assert "First token ≥ 500 ms" in _words(text)


def test_calls_sort_by_what_a_page_can_be_continued_in(site: Site):
    text = site.get("/calls?range=7d&sort=-ttft").text
    assert '<th scope="col" class="c-ttft num" aria-sort="descending">' in text
    following = re.search(r'href="([^"]+)" rel="next"', text)
    assert following is not None
    second = site.get(following[1].replace("&amp;", "&")).text
    assert "sort=-ttft" in following[1]
    assert set(_rows(text)).isdisjoint(_rows(second))


def test_a_bar_of_the_chart_leads_to_the_calls_of_its_time(site: Site):
    assert re.search(r'<a href="/calls\?start=[^"]+" tabindex="-1" class="slot">', site.get("/calls?range=24h").text)


def test_no_call_offers_ways_out(site: Site):
    text = site.get("/calls?range=15m&user=nobody").text
    assert "No call matches" in text
    assert 'href="/calls?range=15m">Clear the filters</a>' in text


def test_a_text_is_counted_after_the_list_is_shown(site: Site):
    text = site.get("/calls?range=7d&text=paddle").text
    assert 'hx-get="/calls/sum?range=7d&amp;text=paddle" hx-trigger="load"' in text
    counted = _words(site.get("/calls/sum?range=7d&text=paddle", hx_request="true").text)
    assert re.search(r"\d+ calls?", counted)


def test_columns_are_chosen_in_the_address(site: Site):
    text = site.get("/traces?range=7d&column=cost&column=tags&column=errors").text
    assert _heads(text) == ["Trace", "Cost", "Errors", "Tags"]
    assert all(" ".join(re.findall(r'<td class="c-(\w+)', row)) == "mark name cost errors tags" for row in _rows(text))
    assert "web, vip" in _words(next(row for row in _rows(text) if AGENT_TRACE in row))


def test_chosen_columns_stay_when_the_list_is_sorted_filtered_and_turned(site: Site):
    text = site.get("/calls?range=7d&column=cost&column=output").text
    assert 'href="/calls?range=7d&amp;column=cost&amp;column=output&amp;cursor=' in text
    assert "column=cost&amp;column=output" in re.findall(r'href="([^"]+)" title="US dollars', text)[0]
    form = text[text.index('<form id="filters"') :]
    assert '<input type="hidden" name="column" value="output">' in form[: form.index("</form>")]
    assert 'href="/calls?range=7d">Usual columns</a>' in text


def test_every_column_can_be_shown(site: Site):
    for place in ("/traces", "/calls"):
        keys = re.findall(r'name="column" value="(\w+)"', site.get(f"{place}?range=7d").text)
        chosen = "&".join(f"column={key}" for key in keys)
        page = site.get(f"{place}?range=7d&{chosen}").text
        assert len(_heads(page)) == len(keys) + 1 > 15
        assert all(len(re.findall("<td", row)) == len(keys) + 2 for row in _rows(page))


def test_an_unknown_column_is_named_with_what_there_is(site: Site):
    answer = site.get("/traces?column=beauty")
    assert answer.status == 400
    assert "unknown column &#39;beauty&#39;; use some of time, name, status" in answer.text


def test_the_list_can_be_had_as_a_file_with_its_filters_order_and_columns(site: Site):
    text = site.get("/traces?range=7d&user=mira.holt&sort=-cost&column=cost").text
    asked = "range=7d&amp;user=mira.holt&amp;sort=-cost&amp;column=cost"
    assert f'href="/api/headwater/v1/export/traces?{asked}&amp;format=csv" download' in text
    assert f'href="/api/headwater/v1/export/traces?{asked}&amp;format=jsonl" download' in text
    assert "100,000 at most" in _words(text)
    answer = site.get(f"/api/headwater/v1/export/traces?{asked}&format=csv".replace("&amp;", "&"))
    assert answer.text.startswith("trace_id,name,input_preview,cost_usd,unpriced_calls\r\n")


def test_the_sum_is_of_exactly_what_the_filters_leave(site: Site):
    text = site.get("/traces?range=7d&tool=find_order&model=gpt-5").text
    assert "1 trace $0.0039 + 7.16k tokens" in _words(text)
    assert "without 1 calls whose price is unknown" in text
