"""The pages beside the health page: deliveries, the quarantine, loading again, attributes that nobody reads."""

import re
from collections.abc import Iterator
from urllib.parse import unquote

import pytest

from headwater.clock import now_ns
from headwater.web import WebPorts
from tests.pages.html_page import HtmlPage
from tests.pages.sample_loss import HOSTILE
from tests.pages.sample_project import KEY, sample_ports, sample_spans
from tests.pages.site import Site, Visited, serve

_HEALTH = "/server/health"


@pytest.fixture
def ports() -> WebPorts:
    """Ports of a test's own, for what changes."""
    return sample_ports(now_ns(), [])


@pytest.fixture
def own(ports: WebPorts) -> Iterator[Site]:
    """A site of a test's own."""
    with serve(ports) as served:
        yield served


def _words(answer: Visited) -> str:
    return re.sub(r"\s+", " ", HtmlPage(answer.text).words)


def _said(answer: Visited) -> str:
    return unquote(answer.headers["set-cookie"].partition("headwater_said=")[2].partition(";")[0])


def test_what_came_is_told_by_key_with_its_losses_in_words(site: Site):
    words = _words(site.get(f"{_HEALTH}/deliveries"))
    assert re.search(r"3fa85b1c9d02 Support desk \S+ \w+ ago 1,204 37.3 MiB 48,120 48,080 40 0 0", words)
    assert re.search(r"no key Support desk 1 h ago 9 \S+ KiB 320 303 0 12 5", words)
    assert "5 items on disk that could not be read: see the quarantine" in words
    assert "40 items on disk and not loaded yet" in words


def test_the_chart_shows_each_fate_and_what_came_in_all(site: Site):
    text = site.get(f"{_HEALTH}/deliveries?range=1h").text
    assert text.count('class="is-set_aside"') == 2  # a column, and the key of the chart
    assert re.search(r"<title>[^<]+UTC, 1 min\n\s*\d+ queryable\n\s*5 set aside", text)
    assert 'aria-label="Items that came over time, by what became of them"' in text


def test_an_instance_is_told_minute_by_minute(site: Site):
    answer = site.get(f"{_HEALTH}/deliveries/{'b' * 32}")
    assert re.search(r"\d\d:\d\d 2 40 40 36 0 364 \d{4}-", _words(answer))
    assert "364 items dropped in the program: 312 queue full, 52 refused" in _words(answer)
    assert 'title="312 queue full; 52 refused; "' in answer.text


def test_the_quarantine_is_listed_newest_first_and_inert(site: Site):
    answer = site.get(f"{_HEALTH}/quarantine")
    assert re.findall(r"edge-1:\d+", _words(answer))[:3] == ["edge-1:90213", "edge-1:90212", "edge-1:90211"]
    assert HOSTILE not in answer.text
    assert "&lt;script&gt;" in answer.text


def test_an_envelope_can_be_looked_at_without_harm_and_saved_as_it_came(site: Site):
    shown = site.get(f"{_HEALTH}/quarantine/3")
    assert HOSTILE not in shown.text
    assert "Received" in _words(shown)
    body = site.get(f"{_HEALTH}/quarantine/3/body")
    assert body.text == f'{{"name": "{HOSTILE}"}}'
    assert body.headers["content-type"] == "application/octet-stream"
    assert body.headers["content-disposition"] == 'attachment; filename="envelope-3.bin"'


def test_one_is_tried_again_and_what_became_of_it_is_said(own: Site):
    answer = own.submit(f"{_HEALTH}/quarantine/2/retry")
    assert (answer.status, _said(answer)) == (303, "Asked: the loader tries again within a second or two")
    words = _words(own.get(f"{_HEALTH}/quarantine"))
    assert "done Tried one again for Mira" in words
    assert ": 1 loaded." in words
    assert "edge-1:90212" not in words


def test_all_are_tried_again_and_those_that_fail_stay(own: Site):
    own.submit(f"{_HEALTH}/quarantine/retry")
    words = _words(own.get(f"{_HEALTH}/quarantine"))
    assert "partly Tried all again for Mira" in words
    assert "2 loaded, 1 still cannot be read" in words
    assert "1 envelope " in words


def test_discarding_asks_first_and_counts_what_is_lost(own: Site, ports: WebPorts):
    assert "Its 10 items will count as dropped" in _words(own.get(f"{_HEALTH}/quarantine/2/discard"))
    answer = own.submit(f"{_HEALTH}/quarantine/2/discard")
    assert _said(answer) == "Discarded: 10 items count as dropped"
    assert own.get(f"{_HEALTH}/quarantine/2").status == 404
    assert ports.wishes.quarantine(None, 5).total == 2


@pytest.mark.parametrize("path", ["quarantine/retry", "quarantine/2/retry", "quarantine/2/discard", "loading"])
def test_nobody_else_changes_anything(own: Site, ports: WebPorts, path: str):
    assert own.submit(f"{_HEALTH}/{path}", sent={"origin": "https://elsewhere.example"}).status == 403
    assert own.submit(f"{_HEALTH}/{path}", cookie="").headers["location"].startswith("/login")
    assert own.submit(f"{_HEALTH}/{path}", sent={"x_headwater_key": KEY}).status == 303
    assert (ports.wishes.quarantine(None, 5).total, ports.wishes.reloads(5).items) == (3, ())


def test_loading_again_says_how_much_before_it_begins(own: Site):
    assert "812 envelopes , 48 MiB, all that is kept" in _words(own.get(f"{_HEALTH}/loading"))
    counted = own.get(f"{_HEALTH}/loading?start=2026-01-01&end=2026-01-02")
    assert "812 envelopes , 48 MiB, in the time above" in _words(counted)
    answer = own.submit(f"{_HEALTH}/loading", {"start": "2026-01-01", "end": "2026-01-02"})
    assert answer.status == 303
    words = _words(own.get(f"{_HEALTH}/loading"))
    assert "received from 2026-01-01 00:00:00 until 2026-01-02 00:00:00" in words
    assert "Mira done 812 0" in words


@pytest.mark.parametrize(
    ("start", "end", "why"),
    [("soon", "", "cannot read time &#39;soon&#39;"), ("2026-01-02", "2026-01-01", "it is not after the start")],
)
def test_times_that_make_no_sense_are_said_beside_their_field(own: Site, start: str, end: str, why: str):
    answer = own.submit(f"{_HEALTH}/loading", {"start": start, "end": end})
    assert answer.status == 400
    assert why in answer.text
    assert f'value="{start}"' in answer.text


def test_attributes_that_nobody_reads_are_listed_with_a_masked_example(site: Site):
    answer = site.get(f"{_HEALTH}/attributes")
    words = _words(answer)
    assert "llm.headers 893 Bearer [masked" in words
    assert "sk-proj-" not in answer.text
    assert HOSTILE not in answer.text
    assert "shop.basket" not in words
    assert re.search(r'href="/traces/[0-9a-f]{32}\?span=[0-9a-f]{16}"', answer.text)


def test_a_programs_own_attributes_are_told_apart(site: Site):
    words = _words(site.get(f"{_HEALTH}/attributes?which=own"))
    assert "shop.basket" in words
    assert "llm.headers" not in words


def test_what_is_understood_whole_says_so():
    with serve(sample_ports(now_ns(), list(sample_spans(now_ns()))[:3])) as site:
        assert "No spans in the last 24 hours" in _words(site.get(f"{_HEALTH}/attributes?project=lab"))
