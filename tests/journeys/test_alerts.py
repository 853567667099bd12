"""Alerts from end to end: calls fail, somebody is told, and told of the end; a killed loader tells nothing twice."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from headwater.access import Catalog
from tests.rooms.alerts.receivers import HttpReceiver, http_receiver
from tests.serving import JSON, Server, wait_until

API = "/api/headwater/v1/alerts"
# What failed so long ago leaves a window of five minutes in a few seconds.
_AGO_S = 296
_QUICK = {
    "HEADWATER_ALERTS_EVERY_S": "1",
    "HEADWATER_ALERTS_DELAY_S": "1",
    "HEADWATER_ALERTS_ALLOW_PRIVATE": "true",
}


class Person:
    """Somebody who is signed in, and changes things by the API."""

    def __init__(self, server: Server) -> None:
        catalog = Catalog(f"sqlite:///{server.data / 'catalog.db'}")
        self._cookie = catalog.redeem_login(catalog.create_login_token())
        catalog.close()
        self._server = server

    def post(self, path: str, body: Any) -> Any:
        """Post JSON as a browser does."""
        headers = {"content-type": JSON, "cookie": f"headwater_session={self._cookie}"}
        answer = self._server.request("POST", path, msgspec.json.encode(body), headers)
        assert answer.status == 200, answer.body
        return answer.json()

    def get(self, path: str) -> Any:
        """Ask the JSON API."""
        answer = self._server.request("GET", path, headers={"cookie": f"headwater_session={self._cookie}"})
        assert answer.status == 200, answer.body
        return answer.json()


@pytest.fixture
def receiver() -> Iterator[HttpReceiver]:
    """Where the webhook goes."""
    with http_receiver() as found:
        yield found


def failed_calls(count: int, ago_s: int) -> bytes:
    """Calls that failed some time ago, as an exporter sends them."""
    start_ns = time.time_ns() - ago_s * 10**9
    spans = [
        {
            "traceId": f"{number + 1:032x}",
            "spanId": f"{number + 1:016x}",
            "name": "chat",
            "startTimeUnixNano": str(start_ns),
            "endTimeUnixNano": str(start_ns + 10**7),
            "status": {"code": 2, "message": "overloaded"},
            "attributes": [
                {"key": "gen_ai.operation.name", "value": {"stringValue": "chat"}},
                {"key": "gen_ai.request.model", "value": {"stringValue": "gpt-5"}},
            ],
        }
        for number in range(count)
    ]
    return msgspec.json.encode({"resourceSpans": [{"scopeSpans": [{"spans": spans}]}]})


def told_states(person: Person, alert: str) -> list[str]:
    """What became of the notices of the only time that an alert fired."""
    (line,) = person.get(f"{API}/{alert}/history")["items"]
    return [told["state"] for told in line["tellings"]]


def test_who_is_told_of_failures_is_told_of_their_end(tmp_path: Path, receiver: HttpReceiver):
    with Server(tmp_path, extra=_QUICK) as server:
        person = Person(server)
        channel = person.post(f"{API}/channels", {"name": "Hook", "kind": "webhook", "url": receiver.url})["id"]
        wanted = {"name": "Errors", "measure": "error_rate", "threshold": 0.05, "channels": [channel]}
        alert = person.post(API, {**wanted, "filters": "model=gpt-5"})["id"]
        assert person.post(f"{API}/{alert}/test", {}) == [{"is_good": True, "answer": "200 OK thank you"}]
        wait_until(lambda: person.get(f"{API}/{alert}")["looked"], 20, "the first look")
        assert server.send(failed_calls(5, _AGO_S), content_type=JSON).status == 200
        firing = receiver.await_count(2)[1].json
        assert (firing["word"], firing["value"], firing["alert"]["name"]) == ("firing", 1.0, "Errors")
        assert person.get(f"{API}/firing") == {"firing": 1}
        wait_until(lambda: told_states(person, alert) == ["sent"], 10, "what was told to be noted")
        server.signal("loader")
        assert receiver.await_count(3)[2].json["word"] == "resolved"
        wait_until(lambda: person.get(f"{API}/firing") == {"firing": 0}, 5, "the alert to be over")
        wait_until(lambda: told_states(person, alert) == ["sent", "sent"], 10, "what was told to be noted")
    assert [got.json["word"] for got in receiver.received] == ["test", "firing", "resolved"]
