"""Lists as files, and the sums of what the filters leave."""

import csv
import io
from collections.abc import Iterator

import msgspec
import pytest

from headwater.clock import now_ns
from headwater.errors import Unavailable
from headwater.query import CallListed, Page, Selection, TraceListed
from headwater.web.api.export import MAX_ROWS
from tests.pages.sample_project import AGENT_TRACE, KEY, sample_ports, sample_spans
from tests.pages.sample_questions import SampleQuestions
from tests.pages.sample_spans import NOW_NS, agent_trace, call
from tests.pages.site import Site, Visited, serve

V1 = "/api/headwater/v1"


@pytest.fixture(scope="module")
def week() -> Iterator[Site]:
    """421 traces of a week."""
    now = now_ns()
    with serve(sample_ports(now, list(sample_spans(now)))) as served:
        yield served


def _get(site: Site, path: str) -> Visited:
    return site.get(V1 + path, cookie="", x_headwater_key=KEY)


def _csv(answer: Visited) -> list[list[str]]:
    return list(csv.reader(io.StringIO(answer.text)))


def _lines(answer: Visited) -> list[dict[str, object]]:
    return [msgspec.json.decode(line) for line in answer.text.splitlines()]


def test_a_file_holds_all_that_the_list_holds_in_its_order(week: Site):
    listed = _get(week, "/traces?model=gpt-5&sort=-cost&limit=1000").json["items"]
    assert len(listed) > 50
    assert _lines(_get(week, "/export/traces?model=gpt-5&sort=-cost&format=jsonl")) == listed


def test_a_file_of_calls_is_read_page_by_page(week: Site):
    listed = _get(week, "/calls?limit=1000").json["items"]
    assert _lines(_get(week, "/export/calls?format=jsonl")) == listed


def test_csv_has_the_fields_of_the_chosen_columns(week: Site):
    answer = _get(week, "/export/traces?column=cost&column=tags&column=name&format=csv&limit=1")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"].startswith('attachment; filename="headwater-traces-')
    head, row, _ = _csv(answer)
    assert head == ["trace_id", "name", "input_preview", "cost_usd", "unpriced_calls", "tags"]
    assert (row[0], row[1], row[5]) == (AGENT_TRACE, "answer_ticket", '["web","vip"]')


def test_without_columns_all_fields_are_written(week: Site):
    assert _csv(_get(week, "/export/traces?limit=1"))[0] == list(TraceListed.__struct_fields__)
    assert _csv(_get(week, "/export/calls?limit=1"))[0] == list(CallListed.__struct_fields__)


def test_a_file_that_was_cut_says_so_and_the_rest_follows(week: Site):
    whole = _lines(_get(week, "/export/traces?format=jsonl"))
    *begin, cut = _lines(_get(week, "/export/traces?format=jsonl&limit=400"))
    assert (cut["is_cut"], cut["rows"]) == (True, 400)
    assert begin + _lines(_get(week, f"/export/traces?format=jsonl&cursor={cut['next']}")) == whole


def test_a_csv_file_that_was_cut_says_so_in_its_last_line(week: Site):
    assert _csv(_get(week, "/export/traces?limit=5"))[-1] == ["# cut after 5 rows; the rest follows with cursor=5"]
    assert _get(week, "/export/traces?limit=5").headers["x-headwater-max-rows"] == "5"


def test_a_spreadsheet_is_given_no_formulas():
    hostile = call("ab" * 16, "1" * 16, "gpt-5", (1, 0, 1), from_ns=NOW_NS, user_id="@x")
    hostile = msgspec.structs.replace(hostile, name="=cmd|' /C calc'!A0")
    with serve(sample_ports(NOW_NS, [hostile])) as site:
        _, row = _csv(_get(site, "/export/calls?column=user"))
        (line,) = _lines(_get(site, "/export/calls?column=user&format=jsonl"))
    assert (row[2], row[4]) == ("'=cmd|' /C calc'!A0", "'@x")
    assert line["name"] == "=cmd|' /C calc'!A0"


def test_a_store_that_fails_on_the_way_makes_no_whole_file():
    class Failing(SampleQuestions):
        def traces(self, *args: object, **kwargs: object) -> Page[TraceListed]:
            if kwargs.get("cursor"):
                raise Unavailable("the store went away")
            return msgspec.structs.replace(SampleQuestions.traces(self), next="50")

    def failing(project: str) -> Failing:
        return Failing(agent_trace(AGENT_TRACE, NOW_NS), NOW_NS)

    ports = msgspec.structs.replace(sample_ports(NOW_NS, []), questions=failing)
    with serve(ports) as site, pytest.raises(Exception, match=r"(?i)incomplete|broken|aborted"):
        _get(site, "/export/traces?format=jsonl")


@pytest.mark.parametrize(
    ("path", "field"),
    {
        "/export/traces?column=beauty": "column",
        "/export/traces?format=xml": "format",
        f"/export/traces?limit={MAX_ROWS + 1}": "limit",
        "/export/traces?cursor=broken": "cursor",
        "/export/calls?sort=errors": "sort",
        "/export/calls?kind=tool": "kind",
        "/selection?min_ttft_ms=5": "min_ttft_ms",
        "/tail?after=soon": "after",
        "/tail?range=moon": "range",
    }.items(),
)
def test_what_is_wrong_is_named_before_a_file_begins(week: Site, path: str, field: str):
    answer = _get(week, path)
    assert (answer.status, answer.json["error"]["field"]) == (400, field)


def test_a_selection_counts_what_the_list_holds(week: Site):
    listed = _get(week, "/traces?user=mira.holt&limit=1000").json["items"]
    selection = msgspec.json.decode(_get(week, "/selection?user=mira.holt").text, type=Selection)
    assert selection.traces == len(listed)
    assert selection.cost_usd == pytest.approx(sum(trace["cost_usd"] or 0 for trace in listed))
