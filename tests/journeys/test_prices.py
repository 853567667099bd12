"""From a missing price to the same sum everywhere: pages, SQL, API and commands of a real server, killed on the way."""

import random
import re
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
import urllib3

from headwater.access import Catalog
from tests.sending import body_of, draw
from tests.serving import JSON, Server, command, wait_until

_MINUTE_NS = 60_000_000_000
_NOON_NS = 1_795_003_200_000_000_000
_CALLS = 24
_PRICES = "/api/headwater/v1/prices"
_OLD = '[{"id": "old", "model": "nobody-asks-it", "usd_per_million": {"input": "1"}}]'


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that prices one call at a time, on a folder with prices as earlier versions kept them."""
    server = Server(tmp_path_factory.mktemp("prices"), extra={"HEADWATER_LOADER_REPRICE_CALLS": "1"})
    server.data.mkdir(parents=True)
    (server.data / "prices.json").write_text(_OLD)
    with server as running:
        for minute, sent in enumerate(draw(random.Random(3), 0, _CALLS, spans_in_trace=4)):
            answer = running.send(body_of([sent], at_ns=_NOON_NS + minute * _MINUTE_NS))
            assert answer.status == 200
        running.await_loaded()
        yield running


class Person:
    """Somebody in a browser, who may change things."""

    def __init__(self, server: Server) -> None:
        catalog = Catalog(f"sqlite:///{server.data / 'catalog.db'}")
        self._cookie = catalog.redeem_login(catalog.create_login_token())
        catalog.close()
        self._url = server.base_url

    def page(self, path: str) -> str:
        """A page's text without its marks."""
        answer = urllib3.request("GET", self._url + path, headers={"cookie": f"headwater_session={self._cookie}"})
        return " ".join(re.sub(r"<[^>]+>", " ", answer.data.decode()).split())

    def send(self, method: str, path: str, body: object = None) -> Any:
        """Send JSON to the API."""
        headers = {"cookie": f"headwater_session={self._cookie}", "content-type": JSON}
        answer = urllib3.request(method, self._url + path, body=msgspec.json.encode(body), headers=headers)
        assert answer.status == 200, answer.data
        return msgspec.json.decode(answer.data)


def nano_usd(server: Server) -> set[tuple[int, int]]:
    """The cost and the calls without one, as each way of asking tells them: one pair where all agree."""
    of_calls = server.sql("SELECT sum(cost_usd), countIf(cost_usd IS NULL) FROM calls")[0]
    of_traces = server.sql("SELECT sum(cost_usd), sum(unpriced_calls) FROM traces")[0]
    totals = server.request("GET", "/api/headwater/v1/totals").json()
    models = server.request("GET", f"{_PRICES}?range=all").json()["models"]
    told = [of_calls, of_traces, (totals["cost_usd"], totals["unpriced_calls"])]
    told.append((sum(each["cost_usd"] or 0 for each in models), sum(each["unpriced_calls"] for each in models)))
    return {(round(float(usd or 0) * 1e9), int(unpriced)) for usd, unpriced in told}


def test_a_file_of_prices_moved_into_the_catalog(server: Server) -> None:
    listed = command("prices", "list", "--data", str(server.data)).out
    assert "old\tnobody-asks-it\tany provider\tevery project\tall time\tinput $1" in listed.splitlines()
    assert not (server.data / "prices.json").exists()
    assert (server.data / "prices.json.taken-over").read_text() == _OLD


def test_a_price_is_set_and_stored_calls_are_priced_by_it_though_the_loader_is_killed(server: Server) -> None:
    ada = Person(server)
    price = {"model": "gpt-4o-mini", "usd_per_million": {"input": "1000", "output": "2000"}}
    own = ada.send("POST", f"{_PRICES}/own", price)
    shown = ada.send("GET", f"{_PRICES}/change")["whole"]
    wish = ada.send("POST", f"{_PRICES}/repricings", {})
    wait_until(lambda: ada.send("GET", f"{_PRICES}/repricings/{wish['id']}")["seen"] >= 3, 60, "the first calls")
    server.signal("loader")
    done = wait_until(lambda: _done(ada, wish["id"]), 90, "the re-pricing")
    assert (shown["changed_calls"], done["seen"]) == (_CALLS, _CALLS)
    assert nano_usd(server) == {(round(shown["after_usd"] * 1e9), 0)}
    assert f"own price {own['id']}" in ada.page(_a_call(server))
    assert "own price" in ada.page("/prices?range=all")


def test_the_command_shows_what_would_change_and_does_it(server: Server) -> None:
    data = ("--data", str(server.data))
    made = command("prices", "set", "gpt-4o-*", "--input", "$30", "--output", "60", *data).out
    assert "input $30, output $60" in made
    ran = command("prices", "reprice", *data, typed="y\n")
    assert "openai gpt-4o-mini" in ran.out
    assert f"{_CALLS} calls looked at, {_CALLS} priced anew" in ran.out
    assert len(nano_usd(server)) == 1


def test_the_command_says_what_it_cannot_take(server: Server) -> None:
    ran = command("prices", "set", "a model", "--input", "1", "--data", str(server.data))
    assert (ran.code, ran.out) == (1, "")
    assert "model: give a model's name" in ran.err


def _done(person: Person, wish_id: int) -> Any:
    wish = person.send("GET", f"{_PRICES}/repricings/{wish_id}")
    return wish if wish["state"] == "done" else None


def _a_call(server: Server) -> str:
    trace_id, span_id = server.sql("SELECT trace_id, span_id FROM calls LIMIT 1")[0]
    return f"/traces/{trace_id}?span={span_id}"
