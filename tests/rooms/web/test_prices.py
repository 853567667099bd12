"""The API of prices: the same words as the pages, and only a person changes anything."""

from collections.abc import Iterator

import pytest

from tests.pages.sample_project import KEY, sample_ports, sample_spans
from tests.pages.sample_spans import NOW_NS
from tests.pages.site import Site, serve

_V1 = "/api/headwater/v1/prices"
_PRICE = {"model": "house-*", "usd_per_million": {"input": "0.20", "output": "0.6"}, "valid_from": "2026-01-01"}


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    """The sample project, to be changed."""
    with serve(sample_ports(NOW_NS, list(sample_spans(NOW_NS)))) as served:
        yield served


def test_a_key_reads_models_with_their_prices(site: Site):
    found = site.get(f"{_V1}?range=all", cookie="", x_headwater_key=KEY).json["models"]
    by_model = {(each["provider"], each["model"]): each for each in found}
    gpt = next(each for (_, model), each in by_model.items() if model == "gpt-5")
    assert gpt["now"]["usd_per_million"]["input"] == 1.25
    assert gpt["now"]["version"].startswith("genai-prices ")
    lora = next(each for (_, model), each in by_model.items() if model == "riverbend-lora-7b")
    assert (lora["now"], lora["cost_usd"]) == (None, None)


def test_a_change_and_another_model_are_asked_for(site: Site):
    whole = site.get(f"{_V1}/change").json["whole"]
    assert whole["calls"] > 400
    traded = site.get(f"{_V1}/what-if?at_model=gpt-5-nano&range=all").json
    assert traded["whole"]["other_usd"] < traded["whole"]["cost_usd"]
    assert site.get(f"{_V1}/what-if?at_model=nobody").json["error"]["field"] == "model"
    assert site.get(f"{_V1}/what-if").json["error"]["field"] == "at_model"
    assert site.get(f"{_V1}/change?start=soon").json["error"]["field"] == "start"


def test_a_person_sets_changes_and_removes_a_price(site: Site):
    made = site.send("POST", f"{_V1}/own", _PRICE).json
    assert made["usd_per_million"] == {"input": "0.20", "output": "0.6"}
    assert site.get(f"{_V1}/own", cookie="", x_headwater_key=KEY).json == [made]
    changed = site.send("PUT", f"{_V1}/own/{made['id']}", {**_PRICE, "provider": "ollama"}).json
    assert (changed["id"], changed["provider"]) == (made["id"], "ollama")
    assert site.send("DELETE", f"{_V1}/own/{made['id']}").json == changed
    assert site.send("DELETE", f"{_V1}/own/{made['id']}").status == 404


def test_a_price_of_one_project_is_not_seen_from_another(site: Site):
    made = site.send("POST", f"{_V1}/own?project=lab", _PRICE).json
    assert site.get(f"{_V1}/own").json == []
    assert site.send("DELETE", f"{_V1}/own/{made['id']}").status == 404
    assert site.send("DELETE", f"{_V1}/own/{made['id']}?project=lab").status == 200


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"usd_per_million": {"water": "1"}}, "usd_per_million"),
        ({"usd_per_million": {"input": "x"}}, "input"),
        ({"model": ""}, "model"),
        ({"valid_from": "soon"}, "valid_from"),
    ],
)
def test_a_price_that_cannot_be_meant_names_its_field(site: Site, change: dict[str, object], field: str):
    answer = site.send("POST", f"{_V1}/own", {**_PRICE, **change})
    assert (answer.status, answer.json["error"]["field"]) == (400, field)


def test_a_person_prices_again_one_at_a_time(site: Site):
    asked = site.send("POST", f"{_V1}/repricings", {"start": "2026-01-01"}).json
    assert (asked["state"], asked["asked_by"]) == ("running", "Mira")
    assert site.send("POST", f"{_V1}/repricings", {}).status == 400
    assert site.get(f"{_V1}/repricings").json[0] == site.get(f"{_V1}/repricings/{asked['id']}").json == asked
    assert site.send("DELETE", f"{_V1}/repricings/{asked['id']}").json["state"] == "stopped"
    assert site.get(f"{_V1}/repricings/99").status == 404


def test_a_key_changes_nothing(site: Site):
    for method, path in (("POST", "own"), ("PUT", "own/x"), ("DELETE", "own/x"), ("POST", "repricings")):
        body = {} if path == "repricings" else _PRICE
        assert site.send(method, f"{_V1}/{path}", body, cookie="", x_headwater_key=KEY).status == 401
