"""What is done to marked rows of a list: tags, scores, sets, files, deletion; by form, and by keys in a browser."""

import csv
import io
import re
from collections.abc import Iterator
from urllib.parse import urlencode

import pytest

from headwater.clock import now_ns
from headwater.web import WebPorts
from tests.pages.browser import Browser
from tests.pages.html_page import HtmlPage
from tests.pages.sample_edits import SampleEdits
from tests.pages.sample_project import AGENT_TRACE, sample_ports, sample_spans
from tests.pages.site import Site, Visited, serve


@pytest.fixture
def ports() -> WebPorts:
    """A sample of its own, since it is changed."""
    now = now_ns()
    return sample_ports(now, list(sample_spans(now)))


@pytest.fixture
def own(ports: WebPorts) -> Iterator[Site]:
    with serve(ports) as served:
        yield served


def do(site: Site, what: str, *marks: str, at: str = "/traces/do?range=7d", **fields: str) -> Visited:
    """Press a button of the bar."""
    pairs = [*(("mark", mark) for mark in marks), *fields.items(), ("do", what)]
    sent = {"content_type": "application/x-www-form-urlencoded", "origin": site.address}
    return site.send_form(at, urlencode(pairs), sent)


def marks(site: Site, path: str = "/traces?range=7d") -> list[str]:
    return re.findall(r'name="mark" form="bulk" value="([^"]+)"', site.get(path).text)


def test_each_row_can_be_marked_and_tells_what_it_cost(own: Site):
    page = own.get("/traces?range=7d").text
    box = re.search(rf'<input[^>]+value="{AGENT_TRACE}"[^>]+>', page)
    assert box is not None
    assert 'form="bulk"' in box[0]
    assert 'aria-label="Select answer_ticket"' in box[0]
    assert 'data-cost="0.00' in box[0]
    assert 'data-lacking="1"' in box[0]
    assert "All 421 that match" in HtmlPage(page).words


def test_tags_go_to_the_marked_traces_and_into_the_filter(own: Site, ports: WebPorts):
    first, second, *_ = marks(own)
    answer = do(own, "tag", first, second, tags=" good , later")
    assert (answer.status, answer.headers["location"]) == (303, "/traces?range=7d")
    assert "Tagged%202%20traces%20with%20good%2C%20later" in answer.headers["set-cookie"]
    assert set(marks(own, "/traces?range=7d&tag=good")) == {first, second}
    assert 'value="good"' in own.get("/facets/tag").text
    do(own, "untag", first, tags="good")
    assert marks(own, "/traces?range=7d&tag=good") == [second]
    assert isinstance(ports.edit, SampleEdits)
    assert {edit.by for edit in ports.edit.done} == {"Mira"}


def test_a_score_of_marked_calls_is_of_each_call(own: Site, ports: WebPorts):
    call = marks(own, f"/calls?range=7d&trace={AGENT_TRACE}")[0]
    do(own, "score", call, at="/calls/do?range=7d", score_name="helpful", score_value="0.5", score_text="short")
    assert isinstance(ports.edit, SampleEdits)
    (edit,) = ports.edit.done
    assert (edit.kind, edit.name, edit.value, edit.text) == ("score", "helpful", 0.5, "short")
    assert [f"{target.trace_id}:{target.span_id}" for target in edit.targets] == [call]


def test_enter_in_a_field_does_what_the_field_is_for(own: Site, ports: WebPorts):
    do(own, "", marks(own)[0], score_name="tone", score_value="warm")
    assert isinstance(ports.edit, SampleEdits)
    assert (ports.edit.done[0].kind, ports.edit.done[0].label) == ("score", "warm")


def test_what_cannot_be_done_leaves_marks_and_words_as_they_were(own: Site):
    mark = marks(own)[0]
    answer = do(own, "score", mark, score_name="helpful", score_value="")
    assert answer.status == 400
    assert "Give a number, or a word such as good" in HtmlPage(answer.text).words
    assert 'name="score_name" value="helpful"' in answer.text
    assert re.search(rf'value="{mark}"[^>]+checked', answer.text)
    assert do(own, "tag", tags="x").status == 400


def test_all_that_match_can_be_meant(own: Site):
    do(own, "tag", at="/traces/do?range=7d&model=gpt-5", all="1", tags="bulk")
    listed = own.get("/api/headwater/v1/traces?range=7d&model=gpt-5&limit=1000").json["items"]
    assert listed
    assert all("bulk" in trace["tags"] for trace in listed)
    assert len(own.get("/api/headwater/v1/traces?range=7d&tag=bulk&limit=1000").json["items"]) == len(listed)


def test_a_few_traces_are_deleted_after_one_question(own: Site):
    first, second, *_ = marks(own)
    asked = do(own, "delete", first, second)
    assert asked.status == 200
    assert "Delete 2 traces?" in HtmlPage(asked.text).words
    assert 'name="confirmed" value="2"' in asked.text
    assert first in marks(own)
    gone = do(own, "delete", first, second, confirmed="2")
    assert gone.status == 303
    assert not {first, second} & set(marks(own))
    assert own.get(f"/traces/{first}").status == 404


def test_of_many_traces_the_number_must_be_typed(own: Site):
    asked = do(own, "delete", all="1")
    assert "Type 421 to say that you mean it" in " ".join(HtmlPage(asked.text).words.split())
    wrong = do(own, "delete", all="1", confirmed="42")
    assert (wrong.status, "It is 421 now: type that" in wrong.text) == (400, True)
    assert own.get("/api/headwater/v1/selection?range=7d").json["traces"] == 421


def test_marked_traces_go_into_a_set_that_is_a_list_of_its_own(own: Site):
    first, second, *_ = marks(own)
    do(own, "put", first, second, set_name="To label")
    page = own.get("/sets").text
    address = re.search(r'href="(/sets/\w+)"', page)
    assert address is not None
    assert "To label" in page
    listed = own.get(own.get(address[1]).headers["location"])
    assert set(re.findall(r'name="mark" form="bulk" value="([^"]+)"', listed.text)) == {first, second}
    assert "Set To label" in " ".join(HtmlPage(listed.text).words.split())
    set_id = address[1].rpartition("/")[2]
    do(own, "take", first, at=f"/traces/do?range=all&set={set_id}")
    assert marks(own, f"/traces?range=all&set={set_id}") == [second]


def test_marked_rows_can_be_had_as_a_file_of_the_shown_columns(own: Site):
    first, second, *_ = marks(own)
    answer = do(own, "csv", second, first, at="/traces/do?range=7d&column=tags&sort=start_time")
    assert answer.headers["content-type"].startswith("text/csv")
    head, *rows = csv.reader(io.StringIO(answer.text))
    assert head == ["trace_id", "name", "input_preview", "tags"]
    assert {row[0] for row in rows} == {first, second}


def test_a_page_of_another_site_can_do_nothing(own: Site):
    answer = own.send_form(
        "/traces/do",
        urlencode([("mark", AGENT_TRACE), ("do", "delete"), ("confirmed", "1")]),
        {"content_type": "application/x-www-form-urlencoded", "origin": "https://elsewhere.example"},
    )
    assert answer.status == 403
    assert AGENT_TRACE in marks(own)


def test_rows_are_marked_counted_and_tagged_with_the_keyboard_alone(own: Site, window: Browser):
    window.look(1280, 900, "light")
    window.open(f"{own.address}/login?token=one-time-token")
    window.open(f"{own.address}/traces?range=7d")
    window.press("j", "x", "j", "x")
    window.wait("document.querySelector('[data-bulk-count]').textContent === '2 traces selected'")
    assert "tokens" in window.run("return document.querySelector('[data-bulk-more]').title")
    window.run("document.querySelector('#bulk summary').focus()")
    window.press("enter")
    window.run("document.querySelector('#bulk input[name=tags]').focus()")
    window.press(*"seen", "enter")
    window.wait("document.querySelector('#said').textContent.startsWith('Tagged 2 traces with seen')")
    assert len(marks(own, "/traces?range=7d&tag=seen")) == 2
    assert window.complaints() == []


def test_shift_marks_a_range_and_the_head_a_page(own: Site, window: Browser):
    window.look(1280, 900, "dark")
    window.open(f"{own.address}/login?token=one-time-token")
    window.open(f"{own.address}/traces?range=7d")
    window.run(
        "const boxes = [...document.querySelectorAll('input[name=mark]')]; boxes[1].click();"
        "boxes[4].dispatchEvent(new MouseEvent('click', {bubbles: true, cancelable: true, shiftKey: true}))"
    )
    said = "return document.querySelector('[data-bulk-count]').textContent"
    assert window.run(said) == "4 traces selected"
    window.click("[data-mark-all]")
    assert window.run(said) == f"{len(marks(own))} traces selected"
    window.click("#bulk input[name=all]")
    assert window.run(said) == "All 421 traces selected"
    window.click("[data-bulk-clear]")
    assert window.run("return getComputedStyle(document.querySelector('#bulk')).display") == "none"
