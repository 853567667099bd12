"""Edits, saved views and saved sets by the API: for people alone to change, for keys to read."""

from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from headwater.query import CallFilters, ListFile, TraceFilters
from tests.pages.sample_project import AGENT_TRACE, KEY, sample_ports
from tests.pages.sample_questions import SampleQuestions
from tests.pages.sample_spans import NOW_NS, agent_trace
from tests.pages.site import Site, Visited, serve

V1 = "/api/headwater/v1"
_CALL = "a000000000000005"


@pytest.fixture
def own() -> Iterator[Site]:
    """One trace, on a site that may be changed."""
    with serve(sample_ports(NOW_NS, agent_trace(AGENT_TRACE, NOW_NS - 95 * 10**9))) as served:
        yield served


def _send(site: Site, method: str, path: str, body: object = None) -> Visited:
    return site.send(method, V1 + path, body, sec_fetch_site="same-origin")


def _post(site: Site, path: str, **body: Any) -> Visited:
    return _send(site, "POST", path, body)


def _trace(site: Site) -> Any:
    return site.get(f"{V1}/traces/{AGENT_TRACE}").json


def test_tags_are_added_and_removed(own: Site):
    answer = _post(own, "/edits/tags", chosen=[AGENT_TRACE], add=["good"], remove=["web"])
    assert answer.json == {"done": 1, "is_shown": True}
    assert _trace(own)["trace"]["tags"] == ["vip", "good"]


def test_what_matches_can_be_meant(own: Site):
    everything = {"thing": "calls", "query": f"trace={AGENT_TRACE}"}
    assert _post(own, "/edits/scores", matching=everything, name="ok", value=1).json["done"] > 1
    assert _post(own, "/edits/tags", matching=everything, add=["all"]).json["done"] == 1


def test_scores_and_comments_are_given_and_taken_back(own: Site):
    _post(own, "/edits/scores", chosen=[f"{AGENT_TRACE}:{_CALL}"], name="helpful", label="yes", text="it was")
    _post(own, "/edits/comments", chosen=[f"{AGENT_TRACE}:{_CALL}"], text="note")
    span = own.get(f"{V1}/traces/{AGENT_TRACE}/spans/{_CALL}").json
    score, comment = span["scores"][-1], span["comments"][-1]
    assert (score["name"], score["label"], score["author"], score["comment"]) == ("helpful", "yes", "Mira", "it was")
    assert (comment["text"], comment["author"]) == ("note", "Mira")
    _post(own, "/edits/retractions", trace=AGENT_TRACE, events=[score["id"], comment["id"]])
    after = own.get(f"{V1}/traces/{AGENT_TRACE}/spans/{_CALL}").json
    assert (after["comments"], len(after["scores"])) == ([], len(span["scores"]) - 1)


def test_a_trace_is_deleted(own: Site):
    assert _post(own, "/edits/deletions", chosen=[AGENT_TRACE]).json["done"] == 1
    assert own.get(f"{V1}/traces/{AGENT_TRACE}").status == 404


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("tags", {"chosen": [AGENT_TRACE]}, "add"),
        ("tags", {"chosen": [AGENT_TRACE], "add": ["x"], "remove": ["x"]}, "add"),
        ("tags", {"chosen": ["nonsense"], "add": ["x"]}, "chosen"),
        ("tags", {"chosen": [], "add": ["x"]}, "chosen"),
        ("scores", {"chosen": [AGENT_TRACE], "name": " ", "value": 1}, "name"),
        ("scores", {"chosen": [AGENT_TRACE], "name": "x"}, "value"),
        ("comments", {"chosen": [AGENT_TRACE], "text": "  "}, "text"),
        ("retractions", {"trace": AGENT_TRACE, "events": ["x"]}, "events"),
        ("deletions", {"chosen": [AGENT_TRACE], "matching": {}}, "chosen"),
    ],
)
def test_what_can_mean_nothing_is_refused_by_field(own: Site, path: str, body: dict[str, Any], field: str):
    answer = _send(own, "POST", f"/edits/{path}", body)
    assert (answer.status, answer.json["error"].get("field")) == (400, field)


def test_a_key_changes_nothing(own: Site):
    body = {"chosen": [AGENT_TRACE], "add": ["x"]}
    assert own.post(f"{V1}/edits/tags", body, cookie="", x_headwater_key=KEY).status == 401
    assert own.post(f"{V1}/views", {"name": "x"}, cookie="", x_headwater_key=KEY).status == 401
    assert own.post(f"{V1}/edits/tags", body, sec_fetch_site="cross-site").status == 403
    assert own.get(f"{V1}/sets", cookie="", x_headwater_key=KEY).json == []


def test_views_are_saved_changed_and_deleted(own: Site):
    made = _post(own, "/views", page="calls", name="Slow", query="min_duration_ms=5000", is_default=True).json
    assert (made["page"], made["query"], made["is_default"]) == ("calls", "min_duration_ms=5000", True)
    changed = _send(own, "PUT", f"/views/{made['id']}", {"name": "Slower", "is_default": False}).json
    assert (changed["name"], changed["is_default"]) == ("Slower", False)
    assert [view["name"] for view in own.get(f"{V1}/views?page=calls").json] == ["Slower"]
    assert _send(own, "DELETE", f"/views/{made['id']}").json["name"] == "Slower"
    assert own.get(f"{V1}/views").json == []


def test_a_set_is_made_filled_looked_at_and_deleted(own: Site):
    made = _post(own, "/sets", name="To label").json
    put = _post(own, f"/sets/{made['id']}/traces", chosen=[AGENT_TRACE, "f" * 32]).json
    assert (put["changed"], put["set"]["traces"]) == (2, 2)
    assert [each["trace_id"] for each in own.get(f"{V1}/traces?set={made['id']}").json["items"]] == [AGENT_TRACE]
    assert own.get(f"{V1}/selection?set={made['id']}").json["traces"] == 1
    taken = _send(own, "DELETE", f"/sets/{made['id']}/traces", {"chosen": [AGENT_TRACE]}).json
    assert taken["set"]["traces"] == 1
    assert own.get(f"{V1}/traces?set={made['id']}").json["items"] == []
    assert _send(own, "DELETE", f"/sets/{made['id']}").json["name"] == "To label"
    assert own.get(f"{V1}/traces?set={made['id']}").status == 404


def test_a_set_narrows_lists_and_nothing_else(own: Site):
    answer = own.get(f"{V1}/series?set=any")
    assert (answer.status, answer.json["error"]["field"]) == (400, "set")


def test_a_parquet_file_holds_the_chosen_columns_and_says_when_it_is_cut():
    asked: list[tuple[Any, ...]] = []

    class Filing(SampleQuestions):
        def calls_file(self, filters: CallFilters, sort: str = "", fields: Any = (), limit: int = 0) -> ListFile:
            asked.append((filters.models, sort, tuple(fields), limit))
            return ListFile(data=b"PAR1", rows=2, matching=9)

        def traces_file(self, filters: TraceFilters, sort: str = "", fields: Any = (), limit: int = 0) -> ListFile:
            return ListFile(data=b"PAR1", rows=1, matching=1)

    def filing(project: str) -> Filing:
        return Filing([], NOW_NS)

    ports = msgspec.structs.replace(sample_ports(NOW_NS, []), questions=filing)
    with serve(ports) as site:
        path = "/export/calls?format=parquet&model=gpt-5&sort=-cost&column=cost&limit=2"
        cut = site.get(V1 + path, cookie="", x_headwater_key=KEY)
        whole = site.get(f"{V1}/export/traces?format=parquet", cookie="", x_headwater_key=KEY)
        refused = site.get(f"{V1}/export/traces?format=parquet&cursor=x", cookie="", x_headwater_key=KEY)
    assert asked == [(("gpt-5",), "-cost", ("trace_id", "span_id", "name", "input_preview", "cost_usd"), 2)]
    assert cut.headers["x-headwater-cut"] == "2 of 9 rows"
    assert cut.headers["content-disposition"].endswith('.parquet"')
    assert "x-headwater-cut" not in whole.headers
    assert refused.status == 400
