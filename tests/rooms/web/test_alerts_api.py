"""The API of alerts: everything that the pages show and do, and who may do it."""

from collections.abc import Iterator

import pytest

from tests.pages.sample_project import AGENT_TRACE, KEY, calm_health, sample_ports
from tests.pages.sample_spans import NOW_NS, agent_trace
from tests.pages.site import Site, serve
from tests.rooms.alerts.receivers import HttpReceiver, http_receiver

API = "/api/headwater/v1/alerts"
WANTED = {
    "name": "Too slow",
    "measure": "p95",
    "threshold": 5_000,
    "window": "15m",
    "filters": "model=gpt-5&environment=production&range=7d",
}


@pytest.fixture(scope="module")
def own() -> Iterator[Site]:
    """A site that these tests may change."""
    spans = agent_trace(AGENT_TRACE, NOW_NS - 95 * 10**9)
    with serve(sample_ports(NOW_NS, spans, calm_health(NOW_NS))) as served:
        yield served


@pytest.fixture
def receiver() -> Iterator[HttpReceiver]:
    """An HTTP server that keeps what it is sent."""
    with http_receiver() as found:
        yield found


def test_the_list_says_how_each_stands_those_that_fire_first(api: Site):
    alerts = api.get(API, cookie="", x_headwater_key=KEY).json
    assert [alert["phase"] for alert in alerts] == ["firing", "ok", "ok"]
    assert alerts[0]["condition"] == "Error rate over 6 hours is above 1 %"
    assert (alerts[0]["value"], alerts[0]["bound"], alerts[0]["last_fired"] is None) == (0.071, 0.01, False)
    assert api.get(f"{API}/firing").json == {"firing": 1}
    assert api.get(f"{API}?project=lab").json == []


def test_the_history_says_what_was_told(api: Site):
    alert = api.get(API).json[0]["id"]
    first, second = api.get(f"{API}/{alert}/history").json["items"]
    assert (first["ended"], first["worst"], second["took_s"]) == (None, 0.071, 3_400)
    (told,) = first["tellings"]
    assert (told["channel"], told["word"], told["state"], told["answer"]) == ("#ops", "firing", "sent", "200 OK ok")
    page = api.get(f"{API}/{alert}/history?limit=1").json
    assert api.get(f"{API}/{alert}/history?limit=1&before={page['next']}").json["items"] == [second]
    assert api.get(f"{API}/nothing/history").status == 404


def test_an_alert_is_made_changed_silenced_and_deleted(own: Site):
    made = own.post(API, WANTED).json
    assert (made["condition"], made["phase"]) == ("Latency, p95 over 15 minutes is above 5 s", "ok")
    assert made["filters"] == "model=gpt-5&environment=production"
    one = f"{API}/{made['id']}"
    changed = own.send("PUT", one, {**WANTED, "threshold": 8_000, "severity": "critical"}).json
    assert (changed["threshold"], changed["severity"], changed["created"]) == (8_000, "critical", made["created"])
    silent = own.post(f"{one}/silence", {"until": "2100-01-01T00:00:00Z"}).json
    assert silent["silenced_until"] == "2100-01-01T00:00:00Z"
    assert own.post(f"{one}/silence", {}).json["silenced_until"] is None
    assert own.get(one, method="DELETE").json["name"] == "Too slow"
    assert own.get(one).status == 404


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"measure": "weather"}, "measure"),
        ({"window": "month"}, "window"),
        ({"threshold": -1}, "threshold"),
        ({"filters": "kind=tool"}, "kind"),
        ({"filters": "min_tokens=many"}, "min_tokens"),
        ({"channels": ["nowhere"]}, "channels"),
        ({"name": ""}, "name"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_what_cannot_be_watched_is_refused_by_field(own: Site, changed: dict[str, object], field: str):
    answer = own.post(API, {**WANTED, **changed})
    assert (answer.status, answer.json["error"]["field"]) == (400, field)


def test_a_key_reads_and_changes_nothing(own: Site):
    with_key = {"cookie": "", "x_headwater_key": KEY}
    assert own.get(API, **with_key).status == 200
    alert = own.get(API).json[0]["id"]
    bodies = {"": WANTED, f"/{alert}/silence": {}, f"/{alert}/test": None, "/channels": {"name": "a", "kind": "slack"}}
    for path, body in bodies.items():
        assert own.post(API + path, body, **with_key).status == 401
    assert own.get(f"{API}/{alert}", method="DELETE", **with_key).status == 401
    assert own.post(API, WANTED, sec_fetch_site="cross-site").status == 403


def test_what_would_have_fired_is_answered_look_by_look(api: Site):
    would = api.get(f"{API}/would?measure=calls&threshold=0&window=1h&past=1d").json
    assert (would["condition"], would["step_s"]) == ("Calls over 1 hour is above 0", 1_800)
    assert len(would["looks"]) == 86_400 // 1_800 + 1
    assert all(look["is_past"] == (look["value"] > 0) for look in would["looks"])
    assert api.get(f"{API}/would?measure=calls&past=1y").status == 400
    assert api.get(f"{API}/would?measure=p95&window=month").json["error"]["field"] == "window"


def test_a_channel_is_added_tested_and_deleted_and_its_address_never_told(own: Site, receiver: HttpReceiver):
    address = f"{receiver.url}/services/secret-part"
    made = own.post(f"{API}/channels", {"name": "Hook", "kind": "webhook", "url": address, "secret": "s3cret"})
    assert "secret-part" not in made.text
    assert "s3cret" not in made.text
    one = f"{API}/channels/{made.json['id']}"
    assert own.post(f"{one}/test").json == {"is_good": True, "answer": "200 OK thank you"}
    assert receiver.received[0].json["word"] == "test"
    assert "secret-part" not in own.get(f"{API}/channels").text
    alert = own.post(API, {**WANTED, "name": "Hooked", "channels": [made.json["id"]]}).json
    receiver.statuses = [500]
    assert own.post(f"{API}/{alert['id']}/test").json == [
        {"is_good": False, "answer": "500 Internal Server Error thank you"}
    ]
    assert receiver.received[1].json["alert"]["name"] == "Hooked"
    assert own.get(one, method="DELETE").status == 200
    assert own.post(f"{one}/test").status == 404


def test_a_channel_that_cannot_be_meant_is_refused_by_field(own: Site):
    answer = own.post(f"{API}/channels", {"name": "Hook", "kind": "webhook", "url": "gopher://secret-part"})
    assert (answer.status, answer.json["error"]["field"]) == (400, "url")
    assert "secret-part" not in answer.text


def test_another_projects_alert_is_not_there(own: Site):
    alert, channel = own.get(API).json[0]["id"], own.get(f"{API}/channels").json[0]["id"]
    assert own.get(f"{API}/{alert}?project=lab").status == 404
    assert own.post(f"{API}/{alert}/silence?project=lab", {}).status == 404
    assert own.get(f"{API}/channels/{channel}?project=lab", method="DELETE").status == 404
    assert own.post(f"{API}/channels/{channel}/test?project=lab").status == 404
