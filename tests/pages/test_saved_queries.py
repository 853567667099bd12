"""Saved queries of the console."""

from collections.abc import Iterator
from urllib.parse import urlencode

import pytest

from headwater.clock import now_ns
from tests.pages.sample_project import sample_ports
from tests.pages.site import Site, Visited, serve

FORM = {"content-type": "application/x-www-form-urlencoded", "sec-fetch-site": "same-origin"}


@pytest.fixture(scope="module")
def console() -> Iterator[Site]:
    """A site whose queries are its own."""
    with serve(sample_ports(now_ns(), [])) as served:
        yield served


def _post(site: Site, path: str, **fields: str) -> Visited:
    return site.send_form(path, urlencode(fields), FORM)


def _ids(site: Site) -> dict[str, str]:
    return {each["name"]: each["id"] for each in site.get("/api/headwater/v1/queries").json}


def test_a_query_is_saved_shown_renamed_and_deleted(console: Site):
    saved = _post(console, "/query/saved", name="Costs by model", sql="SELECT 1")
    assert (saved.status, saved.headers["location"]) == (303, "/query?sql=SELECT+1")
    assert ">Costs by model</a>" in console.get("/query").text
    query_id = _ids(console)["Costs by model"]
    assert _post(console, f"/query/saved/{query_id}", name="Costs").status == 303
    assert _ids(console)["Costs"] == query_id
    gone = _post(console, f"/query/saved/{query_id}/forget")
    assert (gone.status, gone.headers["location"]) == (303, "/query?sql=SELECT+1")
    assert "Costs" not in _ids(console)


def test_a_name_that_is_taken_is_said_beside_the_field(console: Site):
    _post(console, "/query/saved", name="Twice", sql="SELECT 1")
    again = _post(console, "/query/saved", name="Twice", sql="SELECT 2")
    assert again.status == 400
    assert "is there already; choose another name" in again.text
    assert 'value="Twice" required' in again.text
    assert "SELECT 2</textarea>" in again.text


def test_the_api_saves_changes_and_deletes_too(console: Site):
    made = console.send("POST", "/api/headwater/v1/queries", {"name": "By API", "sql": "SELECT 3"}).json
    path = f"/api/headwater/v1/queries/{made['id']}"
    assert console.send("PUT", path, {"sql": "SELECT 4"}).json["sql"] == "SELECT 4"
    assert console.send("DELETE", path).json["name"] == "By API"
    assert "By API" not in _ids(console)


def test_a_result_comes_as_json_lines(site: Site):
    answer = site.post("/api/headwater/v1/query", {"sql": "SELECT 1", "format": "jsonl"})
    assert answer.headers["content-type"].startswith("application/x-ndjson")
    assert answer.text.count("\n") == len(answer.text.splitlines()) > 0
    assert 'data-download="jsonl"' in site.get("/query?sql=select+1").text
