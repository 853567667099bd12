"""The settings over the JSON API: a key reads its own project's, a person changes, and no secret comes back."""

from collections.abc import Iterator

import pytest

from headwater.web import WebPorts
from tests.pages.sample_project import KEY, sample_ports
from tests.pages.sample_spans import NOW_NS
from tests.pages.site import Site, serve

_API = "/api/headwater/v1"
_SECRET = "sk-live-0123456789Q7xz"


@pytest.fixture(scope="module")
def ports() -> WebPorts:
    """An empty project with a catalog of its own."""
    return sample_ports(NOW_NS, [])


@pytest.fixture(scope="module")
def api(ports: WebPorts) -> Iterator[Site]:
    """A site whose settings may be changed."""
    with serve(ports) as served:
        yield served


def test_a_key_is_made_listed_and_revoked(api: Site, ports: WebPorts):
    made = api.send("POST", f"{_API}/keys", {"name": "bot", "format": "prysm"}).json
    assert made["key"].startswith("sk-prysm-")
    assert ports.catalog.authenticate(made["key"]) is not None
    ended = api.send("DELETE", f"{_API}/keys/{made['id']}")
    assert (ended.status, ended.json["name"], ended.json["format"]) == (200, "bot", "prysm")
    assert ports.catalog.authenticate(made["key"]) is None
    listed = api.get(f"{_API}/keys")
    assert [key["revoked"] is not None for key in listed.json if key["id"] == made["id"]] == [True]
    assert made["key"] not in listed.text


def test_a_key_of_another_product_is_taken_over(api: Site, ports: WebPorts):
    wanted = {"name": "old", "take_over": "0f9e8d7c-6b5a-4c3d-9e2f"}
    assert api.send("POST", f"{_API}/keys", wanted).status == 200
    assert ports.catalog.authenticate("0f9e8d7c-6b5a-4c3d-9e2f") is not None
    again = api.send("POST", f"{_API}/keys", wanted)
    assert again.status == 400
    assert "0f9e8d7c-6b5a" not in again.text


def test_an_upstream_and_its_secret_come_and_go(api: Site):
    given = {"name": "vllm", "base_url": "http://10.0.0.7:8000", "is_private_ok": True}
    assert api.send("POST", f"{_API}/upstreams", given).json["client_base"] == "/vllm"
    stored = api.send("PUT", f"{_API}/credentials/vllm", {"secret": _SECRET})
    assert (stored.json["hint"], stored.json["problem"]) == ("Q7xz", "")
    listed = api.get(f"{_API}/upstreams")
    assert {each["name"]: each["whose"] for each in listed.json} == {
        "vllm": "project",
        "anthropic": "built in",
        "openai": "built in",
        "intern": "environment",
    }
    assert _SECRET not in stored.text + listed.text + api.get(f"{_API}/credentials").text
    assert api.send("DELETE", f"{_API}/upstreams/vllm").status == 200
    assert api.get(f"{_API}/credentials").json == []


def test_a_secret_is_forgotten_by_itself(api: Site):
    assert api.send("PUT", f"{_API}/credentials/openai", {"secret": _SECRET}).status == 200
    assert api.send("DELETE", f"{_API}/credentials/openai").json == []
    assert api.send("PUT", f"{_API}/credentials/nowhere", {"secret": _SECRET}).status == 404


def test_a_limit_is_added_told_in_words_and_removed(api: Site):
    made = api.send("POST", f"{_API}/limits", {"measure": "cost_usd", "amount": 50, "window": "month"}).json
    assert made["words"] == "50.00 USD a month"
    assert api.get(f"{_API}/limits").json == [made]
    assert api.send("DELETE", f"{_API}/limits/{made['id']}").json == made
    assert api.send("DELETE", f"{_API}/limits/{made['id']}").status == 404


def test_what_cannot_be_meant_is_a_bad_request(api: Site):
    assert api.send("POST", f"{_API}/limits", {"measure": "tokens", "amount": 5}).status == 400
    assert api.send("POST", f"{_API}/keys", {"name": "x", "format": "gold"}).json["error"]["field"] == "format"
    assert api.send("POST", f"{_API}/projects", {"name": ""}).status == 400
    secret = api.send("PUT", f"{_API}/credentials/openai", {"secret": "s p a c e d"})
    assert secret.status == 400
    assert "s p a c e d" not in secret.text


def test_a_project_is_made_with_a_key_and_changed(api: Site, ports: WebPorts):
    made = api.send("POST", f"{_API}/projects", {"name": "Pier"}).json
    assert ports.catalog.authenticate(made["key"]["key"]) is not None
    path = f"{_API}/projects/{made['project']['id']}"
    changed = api.send("PATCH", path, {"name": "Quay", "is_usage_injected": False}).json
    assert (changed["name"], changed["is_usage_injected"]) == ("Quay", False)
    assert api.send("PATCH", f"{_API}/projects/none", {"name": "x"}).status == 404


def test_a_project_s_key_reads_its_own_and_changes_nothing(api: Site):
    as_key = {"cookie": "", "x_headwater_key": KEY}
    assert [project["id"] for project in api.get(f"{_API}/projects", **as_key).json] == ["desk"]
    for path in ("keys", "upstreams", "credentials", "limits"):
        assert api.get(f"{_API}/{path}", **as_key).status == 200
    assert api.get(f"{_API}/settings", **as_key).status == 401
    for method, path, body in (
        ("POST", "keys", {"name": "x"}),
        ("DELETE", "keys/x", None),
        ("PUT", "credentials/openai", {"secret": _SECRET}),
        ("POST", "limits", {"measure": "tokens", "amount": 5, "window": "day"}),
        ("POST", "projects", {"name": "x"}),
    ):
        assert api.send(method, f"{_API}/{path}", body, **as_key).status == 401


def test_a_page_of_another_site_changes_nothing(api: Site):
    assert api.send("POST", f"{_API}/keys", {"name": "x"}, origin="https://evil.example").status == 403


def test_a_person_reads_the_server_s_settings_without_its_secrets(api: Site):
    found = {setting["variable"]: setting for setting in api.get(f"{_API}/settings").json}
    assert found["HEADWATER_SECRET_KEY"]["value"] == "set, not shown"
    assert found["HEADWATER_JOURNAL_CAP_BYTES"]["origin"] == "command line"


def test_the_description_names_every_route_of_the_settings(api: Site):
    paths = api.get(f"{_API}/openapi.json").json["paths"]
    found = {path.removeprefix(_API): set(paths[path]) for path in paths}
    assert found["/keys"] == found["/limits"] == found["/upstreams"] == found["/projects"] == {"get", "post"}
    assert found["/keys/{key_id}"] == found["/limits/{limit_id}"] == found["/upstreams/{name}"] == {"delete"}
    assert found["/credentials/{upstream}"] == {"put", "delete"}
    assert found["/settings"] == {"get"}
