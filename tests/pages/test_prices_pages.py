"""The price pages: what lacks a price, own prices, pricing again, and another model."""

import re
from collections.abc import Iterator
from html import unescape

import pytest

from tests.pages.html_page import HtmlPage
from tests.pages.sample_project import sample_ports, sample_spans
from tests.pages.sample_spans import NOW_NS
from tests.pages.site import Site, Visited, serve


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    """The sample project, to be changed."""
    with serve(sample_ports(NOW_NS, list(sample_spans(NOW_NS)))) as served:
        yield served


def words(answer: Visited) -> str:
    """A page's text without its marks."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", answer.text)).split())


def set_price(site: Site, path: str = "/prices/own/new", **fields: str) -> Visited:
    return site.submit(path, {"model": "riverbend-lora-7b", "input": "0.20", "output": "0.60", **fields})


def test_models_without_a_price_come_first_with_a_button_that_sets_one(site: Site):
    page = site.get("/prices?range=all")
    text = words(page)
    assert text.index("Without a price") < text.index("riverbend-lora-7b") < text.index("With a price")
    link = re.search(r'href="(/prices/own/new[^"]+)"[^>]*aria-label="Set a price for riverbend', page.text)
    assert link is not None
    assert 'value="riverbend-lora-7b"' in site.get(unescape(link[1])).text


def test_a_price_is_set_changed_and_removed_after_a_question(site: Site):
    answer = set_price(site, valid_from="2026-01-01", cache_read="$1,000.5")
    assert (answer.status, answer.headers["location"]) == (303, "/prices/own")
    listed = site.get("/prices/own")
    assert "Input $0.20 Output $0.60 Cache read $1000.5" in words(listed)
    assert "2026-01-01 00:00" in words(listed)
    price = next(address for address in HtmlPage(listed.text).addresses if re.fullmatch(r"/prices/own/\w{12}", address))
    assert "own price" in words(site.get("/prices?range=all"))
    assert 'value="2026-01-01T00:00:00.000000000Z"' in site.get(price).text
    assert set_price(site, price, input="0.30", whose="all").status == 303
    assert "every project" in words(site.get("/prices/own"))
    assert "Remove the own price of riverbend-lora-7b?" in words(site.get(f"{price}/remove"))
    assert site.submit(f"{price}/remove").status == 303
    assert site.get(price).status == 404
    assert "No own prices" in words(site.get("/prices/own"))


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"model": "two words"}, "Give a model's name"),
        ({"input": "cheap"}, "'cheap' is no amount"),
        ({"input": "-1"}, "-1 is no price"),
        ({"input": "", "output": ""}, "Give at least one price"),
        ({"valid_from": "soon"}, "Cannot read time"),
    ],
)
def test_what_cannot_be_meant_is_said_beside_what_was_typed(site: Site, fields: dict[str, str], said: str):
    answer = set_price(site, provider="typed-by-me", **fields)
    assert answer.status == 400
    assert said in words(answer)
    assert 'value="typed-by-me"' in answer.text


def test_what_would_change_is_shown_then_confirmed_then_followed_and_stopped(site: Site):
    page = site.get("/prices/reprice?range=7d")
    assert "What would change" in words(page)
    start, end = (
        re.search(f'name="{name}" value="([^"]+)"', page.text.partition('method="post"')[2])
        for name in ("start", "end")
    )
    assert start
    assert end
    answer = site.submit("/prices/reprice", {"start": start[1], "end": end[1]})
    assert answer.headers["location"] == "/prices/reprice/3"
    followed = site.get("/prices/reprice/3")
    assert 'hx-trigger="every 1s"' in followed.text
    assert "137 of about 411" in words(followed)
    assert "already" in words(site.get("/prices/reprice?range=7d"))
    assert site.submit("/prices/reprice").headers["location"] == "/prices/reprice"
    assert site.submit("/prices/reprice/3/stop").status == 303
    assert 'hx-trigger="every 1s"' not in site.get("/prices/reprice/3").text
    assert "the disk is full" in words(site.get("/prices/reprice/1"))


def test_another_model_is_compared_over_the_same_calls(site: Site):
    page = site.get("/prices/what-if?range=all&at_model=gpt-5-nano&model=gpt-5")
    text = words(page)
    assert "At gpt-5-nano" in text
    assert "tokenizer" in text
    assert "2 calls that generate no text" in text
    assert any("at_model=gpt-5-nano" in address for address in HtmlPage(page.text).addresses)
    refused = site.get("/prices/what-if?at_model=nobody-has-it")
    assert refused.status == 400
    assert "No price is known of 'nobody-has-it'" in words(refused)


def test_another_site_changes_nothing(site: Site):
    sent = {"origin": "https://elsewhere.example", "sec_fetch_site": "cross-site"}
    for path in ("/prices/own/new", "/prices/reprice", "/prices/reprice/2/stop"):
        assert site.submit(path, {"model": "x", "input": "1"}, sent=sent).status == 403
