"""The overview and the models page: numbers, what they compare with, and where each of them leads."""

import re
from urllib.parse import parse_qs, urlsplit

from tests.pages.html_page import HtmlPage
from tests.pages.site import Site


def _words(text: str) -> str:
    return re.sub(r"\s+", " ", HtmlPage(text).words)


def _card(text: str, key: str) -> str:
    found = re.search(rf'<section class="survey" aria-labelledby="card-{key}">.*?</section>', text, re.DOTALL)
    assert found is not None
    return found[0]


def _links(text: str) -> list[tuple[str, dict[str, list[str]]]]:
    addresses = [str(found[1]).replace("&amp;", "&") for found in re.finditer(r'href="([^"]+)"', text)]
    return [(urlsplit(each).path, parse_qs(urlsplit(each).query)) for each in addresses]


def test_the_first_page_is_the_overview(site: Site):
    answer = site.get("/?project=lab")
    assert (answer.status, answer.headers["location"]) == (303, "/overview?project=lab")
    places = re.search(r'<nav aria-label="Main".*?</nav>', site.get("/overview").text, re.DOTALL)
    assert places is not None
    assert _words(places[0]).split()[0] == "Overview"


def test_every_card_says_its_unit_and_has_a_chart(site: Site):
    text = site.get("/overview?range=24h").text
    cards = {key: _card(text, key) for key in ("calls", "errors", "cost", "tokens", "latency", "ttft")}
    assert all(card.count('class="slot"') >= 24 for card in cards.values())
    assert "US dollars per" in cards["cost"]
    assert [name in _words(cards["tokens"]) for name in ("In ", "Cached", "Out", "Reasoning")] == [True] * 4
    assert [name in _words(cards["latency"]) for name in ("p50", "p95", "p99")] == [True] * 3


def test_a_number_says_what_it_compares_with(site: Site):
    card = _card(site.get("/overview?range=1h").text, "calls")
    assert re.search(r'class="change\s*" title="[\d,]+, against [\d,]+ in the period before, \d{4}-', card)


def test_all_time_compares_with_nothing(site: Site):
    assert 'class="change' not in site.get("/overview?range=all").text
    assert "choose a time to compare it" in site.get("/overview/below?range=all").text


def test_numbers_and_buckets_lead_to_their_traces(site: Site):
    links = _links(_card(site.get("/overview?range=24h&model=gpt-5").text, "errors"))
    links = [link for link in links if link[0] == "/traces"]
    assert links[0] == ("/traces", {"range": ["24h"], "model": ["gpt-5"], "has_error": ["true"]})
    path, bucket = links[-1]
    assert (path, set(bucket)) == ("/traces", {"model", "has_error", "start", "end"})


def test_a_split_chart_has_a_colour_for_each_value_that_leads_to_its_traces(site: Site):
    text = site.get("/overview?range=24h&by=provider").text
    assert 'data-by="provider"' in _card(text, "cost")
    assert {query["provider"][0] for _, query in _links(text) if "provider" in query} >= {"openai", "anthropic"}


def test_filters_and_the_split_keep_each_other(site: Site):
    text = site.get("/overview?range=24h&by=model&user=mira.holt").text
    assert '<input type="hidden" name="user" value="mira.holt">' in text
    assert re.search(r'href="/overview\?range=24h&amp;by=model" aria-label="Remove the filter User', text)
    assert '<option value="model" selected>' in text


def test_what_moved_and_what_broke_come_by_themselves(site: Site):
    text = site.get("/overview?range=24h").text
    assert 'hx-get="/overview/below?range=24h" hx-trigger="load"' in text
    piece = site.get("/overview/below?range=24h", hx_request="true").text
    assert "<html" not in piece
    assert "Moved most" in piece


def test_a_kind_of_error_leads_to_its_traces(site: Site):
    text = site.get("/overview/below?range=all").text
    broken = [query for path, query in _links(text) if path == "/traces" and "error_type" in query]
    assert broken
    assert all("kind" in query for query in broken)


def test_a_project_without_traces_is_told_how_to_send_one(site: Site):
    for path in ("/overview?project=lab", "/models?project=lab"):
        assert "Send the first trace" in site.get(path).text


def test_a_time_without_calls_says_what_to_do(site: Site):
    words = _words(site.get("/overview?start=2020-01-01&end=2020-01-02").text)
    assert "Look at all time" in words


def test_models_stand_beside_their_numbers_and_lead_to_their_traces(site: Site):
    text = site.get("/models?range=7d").text
    row = next(row for row in re.findall(r"<tr data-row.*?</tr>", text, re.DOTALL) if ">gpt-5<" in row)
    assert _links(row)[0] == ("/traces", {"range": ["7d"], "provider": ["openai"], "model": ["gpt-5"]})
    assert "were read from the cache" in row
    assert "less than without the cache" in row


def test_providers_are_compared_where_there_are_several(site: Site):
    assert "Providers side by side" in site.get("/models?range=7d").text
    assert "Providers side by side" not in site.get("/models?range=7d&provider=openai").text


def test_a_head_sorts_by_its_column_and_then_the_other_way(site: Site):
    text = site.get("/models?range=7d&sort=-calls").text
    assert re.search(r'aria-sort="descending"><a href="/models\?range=7d&amp;sort=calls"', text)
    assert 'href="/models?range=7d&amp;sort=model"' in text
