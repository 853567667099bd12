"""The pages of alerts: how each stands, when one would have fired, what can be done about it, and the channels."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from headwater.clock import now_ns
from tests.pages.html_page import HtmlPage
from tests.pages.sample_project import COOKIE, sample_ports, sample_spans
from tests.pages.site import Site, Visited, serve
from tests.rooms.alerts.receivers import HttpReceiver, http_receiver

API = "/api/headwater/v1/alerts"
SLOW = {"called": "Too slow", "measure": "p95", "comparison": "above", "threshold": "2.5", "window": "15m"}


@pytest.fixture(scope="module")
def own() -> Iterator[Site]:
    """The sample project, for these tests to change."""
    now = now_ns()
    with serve(sample_ports(now, list(sample_spans(now)))) as served:
        yield served


@pytest.fixture
def receiver() -> Iterator[HttpReceiver]:
    """An HTTP server that keeps what it is sent."""
    with http_receiver() as found:
        yield found


def _words(text: str) -> str:
    return re.sub(r"\s+", " ", HtmlPage(text).words)


def _said(site: Site, answer: Visited, path: str = "/alerts") -> str:
    """What the page after a change says once."""
    cookie = re.search(r"headwater_said=([^;]*)", answer.headers["set-cookie"])
    assert cookie is not None
    page = site.get(path, cookie="", Cookie=f"headwater_session={COOKIE}; headwater_said={cookie[1]}")
    found = re.search(r'data-said="([^"]*)"', page.text)
    assert found is not None
    return found[1]


def test_the_list_says_how_each_stands(site: Site):
    words = _words(site.get("/alerts").text)
    assert re.search(r"firing Error rate over 1 % Error rate over 6 hours is above 1 % 7.1 % 1 %", words)
    assert "Budget of $100 a month silenced Cost over the month so far" in words
    assert "#ops" in words


def test_where_nothing_is_watched_there_is_something_to_start_from(site: Site):
    text = site.get("/alerts?project=lab").text
    assert "Nothing is watched yet" in text
    starts: list[str] = re.findall(r'class="start-from" href="([^"]+)"', text)
    assert len(starts) == 5
    for start in starts:
        address = start.replace("&amp;", "&")
        assert parse_qs(urlsplit(address).query)["project"] == ["lab"]
        assert site.get(address).status == 200


def test_the_badge_counts_what_fires(site: Site):
    badge = site.get("/alerts/firing", hx_request="true").text
    assert _words(badge).split()[:2] == ["1", "firing"]
    assert site.get("/alerts/firing?project=lab", hx_request="true").text.strip() == ""


def test_the_chart_shows_when_it_would_have_fired(site: Site):
    piece = site.get("/alerts/chart?measure=calls&comparison=above&threshold=3&window=1h", hx_request="true")
    assert re.search(r"It would have fired (once|\d+ times)", _words(piece.text))
    assert re.search(r'<path class="fired" d="M[^"]+z"', piece.text)
    assert 'class="layer t-bound"' in piece.text
    assert piece.headers["hx-replace-url"].startswith("/alerts/new?measure=calls&comparison=above&threshold=3")


def test_a_condition_that_never_held_says_so(site: Site):
    piece = site.get("/alerts/chart?measure=cost&threshold=1000000&window=1d&past=28d", hx_request="true")
    assert "It would not have fired" in piece.text


def test_what_is_typed_wrong_is_said_in_the_chart(site: Site):
    assert "is no number" in site.get("/alerts/chart?measure=p95&threshold=many", hx_request="true").text
    assert "a month so far is for sums" in site.get("/alerts/chart?measure=p95&window=month", hx_request="true").text


def test_the_unit_follows_what_is_chosen(site: Site):
    asked = ("measure=p95", "measure=cost", "measure=no_data", "measure=cost&comparison=unusually_high")
    pieces = [site.get(f"/alerts/chart?{words}", hx_request="true").text for words in asked]
    found = [re.search(r'id="a-unit" hx-swap-oob="true">([^<]*)<', piece) for piece in pieces]
    assert [each and each[1] for each in found] == [
        "seconds",
        "US dollars",
        "not needed",
        "times the usual spread",
    ]


def test_an_alert_is_made_from_its_address_and_changed(own: Site):
    page = own.get("/alerts/new?measure=p95&threshold=2.5&window=15m&model=gpt-5&called=Too+slow").text
    assert 'name="threshold" inputmode="decimal" value="2.5"' in page
    assert 'name="model" type="text" value="gpt-5"' in page
    made = own.submit("/alerts", {**SLOW, "model": "gpt-5"})
    assert made.status == 303
    place = made.headers["location"]
    alert = own.get(f"{API}/{place.rpartition('/')[2]}").json
    assert (alert["threshold"], alert["filters"]) == (2_500, "model=gpt-5")
    assert "is watched" in _said(own, made, place)
    changed = own.submit(place, {**SLOW, "threshold": "4", "hold": "300"})
    assert changed.status == 303
    alert = own.get(f"{API}/{place.rpartition('/')[2]}").json
    assert (alert["threshold"], alert["hold_s"], alert["filters"]) == (4_000, 300, "")


def test_what_cannot_be_watched_keeps_what_was_typed(own: Site):
    refused = own.submit("/alerts", {**SLOW, "threshold": "a lot", "user": "mira.holt"})
    assert refused.status == 400
    assert 'value="a lot"' in refused.text
    assert 'value="mira.holt"' in refused.text
    assert "is no number" in _words(refused.text)
    taken = own.submit("/alerts", {**SLOW, "called": "p95 over 20 s"})
    assert taken.status == 400
    assert 'aria-describedby="a-called-wrong"' in taken.text


def test_one_page_has_its_history_and_whom_it_told(own: Site):
    alert = own.get(API).json[0]["id"]
    words = _words(own.get(f"/alerts/{alert}").text)
    assert "firing → #ops: told" in words
    assert re.search(r"7.1 % show firing", words)


def test_an_alert_is_silenced_for_a_while_or_until_a_time(own: Site):
    place = f"/alerts/{own.get(API).json[0]['id']}"
    own.submit(f"{place}/silence", {"for": "3600"})
    assert "Silenced until" in _words(own.get(place).text)
    assert own.get("/alerts/firing", hx_request="true").text.strip() == ""
    later = datetime.now(UTC) + timedelta(days=2)
    own.submit(f"{place}/silence", {"until": f"{later:%Y-%m-%dT%H:%M}"})
    assert f"{later:%Y-%m-%d %H:%M} UTC" in _words(own.get(place).text)
    assert "The silence is over" in _said(own, own.submit(f"{place}/silence"), place)


def test_deleting_asks_first(own: Site):
    made = own.submit("/alerts", {**SLOW, "called": "For a moment"}).headers["location"]
    question = own.get(f"{made}/remove").text
    assert "Delete the alert “For a moment”?" in _words(question)
    assert own.get(made).status == 200
    assert own.submit(f"{made}/remove").headers["location"] == "/alerts"
    assert own.get(made).status == 404


def test_a_channel_is_added_tested_and_deleted(own: Site, receiver: HttpReceiver):
    address = f"{receiver.url}/services/secret-part"
    assert own.submit("/alerts/channels", {"name": "Hook", "kind": "slack", "url": address}).status == 303
    page = own.get("/alerts/channels").text
    assert "secret-part" not in page
    tests = re.findall(r'action="(/alerts/channels/\w+/test)"[^>]*><button[^>]*aria-label="Send a test to Hook"', page)
    said = _said(own, own.submit(tests[0]), "/alerts/channels")
    assert said == "It took the test: 200 OK thank you"
    assert "Test of a channel" in receiver.received[0].json["text"]
    receiver.statuses = [404]
    assert "did not take the test: 404" in _said(own, own.submit(tests[0]), "/alerts/channels")
    gone = own.submit(tests[0].replace("/test", "/remove"))
    assert gone.status == 303
    assert "Hook" not in own.get("/alerts/channels").text


def test_a_channel_that_cannot_be_meant_keeps_no_secret(own: Site):
    refused = own.submit("/alerts/channels", {"name": "Hook", "kind": "webhook", "url": "ftp://secret-part", "to": ""})
    assert refused.status == 400
    assert "secret-part" not in refused.text
    assert 'value="Hook"' in refused.text
    assert "write an address such as" in _words(refused.text)


def test_the_test_of_an_alert_goes_to_its_channels(own: Site, receiver: HttpReceiver):
    channel = own.post(f"{API}/channels", {"name": "Tested", "kind": "webhook", "url": receiver.url}).json["id"]
    made = own.submit("/alerts", {**SLOW, "called": "Tested", "channel": channel}).headers["location"]
    said = _said(own, own.submit(f"{made}/test"), made)
    assert said == "Tested took it: 200 OK thank you"
    assert receiver.received[0].json["links"]["alert"].startswith("http://127.0.0.1:3000/alerts/")


def test_nothing_is_changed_for_another_site(own: Site):
    for path in ("/alerts", "/alerts/channels", f"/alerts/{own.get(API).json[0]['id']}/silence"):
        assert own.submit(path, SLOW, sent={"sec_fetch_site": "cross-site"}).status == 403


def test_a_card_of_the_overview_begins_an_alert_with_its_filters(site: Site):
    text = site.get("/overview?range=24h&model=gpt-5&environment=production").text
    found = re.findall(r'class="alert-on" href="([^"]+)"', text)
    assert len(found) == 6
    assert "/alerts/new?measure=error_rate&amp;model=gpt-5&amp;environment=production" in found


def test_the_list_draws_the_last_day_of_each(site: Site):
    text = site.get("/alerts").text
    places = re.findall(r'hx-get="(/alerts/\w+/spark)"', text)
    assert len(places) == 3
    assert "over the last day" in site.get(places[0], hx_request="true").text
