"""The query page: a statement in its address, the answer as table, chart and files, and what is said of errors."""

import re
from collections.abc import Iterator
from html import unescape
from typing import Any
from urllib.parse import quote

import msgspec
import pytest

from headwater.clock import now_ns
from headwater.errors import BadRequest, Unavailable
from headwater.query import Table
from tests.pages.browser import Browser
from tests.pages.html_page import HtmlPage
from tests.pages.sample_project import KEY, TOKEN, sample_ports
from tests.pages.site import Site, Visited, serve

TRACE = "5b8efff798038103d269b633813fc60c"
HOSTILE = "</template><script>alert(1)</script>&amp;\r\n\x00é😕"
TABLES = {
    "mixed": Table(
        columns=("trace_id", "user_id", "cost_usd", "tags", "note"),
        types=("String", "String", "Nullable(Decimal(18, 9))", "Array(LowCardinality(String))", "String"),
        rows=((TRACE, "mira holt", None, ("a", "b"), HOSTILE), ("x", "", 0.25, (), "n" * 300)),
        elapsed_ms=12.5,
        is_truncated=True,
    ),
    "hours": Table(
        columns=("hour", "model", "p95_ms"),
        types=("DateTime('UTC')", "LowCardinality(String)", "Float64"),
        rows=tuple((f"2026-11-18T{hour:02}:00:00Z", model, hour * 90.0) for hour in range(8) for model in ("a", "b")),
        elapsed_ms=3.0,
        is_truncated=False,
    ),
    "big": Table(
        columns=("n",),
        types=("UInt64",),
        rows=tuple((2**64 - 1 - at,) for at in range(600)),
        elapsed_ms=3.0,
        is_truncated=False,
    ),
    "none": Table(columns=("n",), types=("UInt8",), rows=(), elapsed_ms=1.0, is_truncated=False),
}


class Answers:
    """A project that answers each statement by its name."""

    def sql(self, statement: str, limits: Any = None) -> Table:
        if statement == "down":
            raise Unavailable("the store does not answer", retry_after_s=7)
        if statement not in TABLES:
            raise BadRequest(f"Unknown expression identifier `{statement}`. (UNKNOWN_IDENTIFIER)")
        return TABLES[statement]


@pytest.fixture(scope="module")
def console() -> Iterator[Site]:
    """A site whose questions are answered by name."""
    changed: dict[str, Any] = {"questions": lambda _: Answers()}  # pyright: ignore[reportUnknownLambdaType]
    with serve(msgspec.structs.replace(sample_ports(now_ns(), []), **changed)) as served:
        yield served


def words_of(answer: Visited) -> str:
    page = HtmlPage(re.sub(r"<template.*?</template>", "", answer.text, flags=re.DOTALL))
    assert page.faults == []
    return re.sub(r"\s+", " ", page.words)


def carried(answer: Visited, kind: str) -> str:
    """The text that the page carries to be downloaded."""
    found = re.search(rf'<template data-result="{kind}">(.*?)</template>', answer.text, re.DOTALL)
    assert found is not None
    return found[1]


def test_a_page_without_a_statement_offers_examples_and_tells_of_the_views(console: Site):
    answer = console.get("/query")
    words = words_of(answer)
    assert "Begin with one of these" in words
    assert "ttft_ms Float64 time to the first token, NULL when unknown" in words
    (href,) = re.findall(r'<a class="example" href="(/query\?sql=[^"]+)"><b>Users by cost', answer.text)
    assert "SELECT%0A++user_id" in unescape(href)


def test_an_answer_tells_its_rows_its_time_its_types_and_that_it_was_cut(console: Site):
    answer = console.get("/query?sql=mixed")
    words = words_of(answer)
    assert "2 rows in 12 ms , cut off there: narrow the statement or add a LIMIT" in words
    assert "cost_usd Decimal(18, 9) tags Array(String)" in words
    assert 'NULL </td><td class="v-json">["a","b"]' in unescape(answer.text).replace("NULL<", "NULL <")
    assert "n" * 241 not in re.sub(r"<template.*?</template>|title=\"n*", "", answer.text, flags=re.DOTALL)


def test_ids_lead_to_what_they_name(console: Site):
    text = console.get("/query?sql=mixed").text
    assert f'<a href="/traces/{TRACE}">{TRACE}</a>' in text
    assert '<a href="/traces?user=mira+holt&amp;range=all">mira holt</a>' in text
    assert ">x</td>" in text


@pytest.mark.parametrize("name", ["mixed", "hours", "big"])
def test_what_is_downloaded_is_the_answer_of_the_api_to_the_letter(console: Site, name: str):
    page = console.get(f"/query?sql={name}")
    asked = {"sql": name}
    as_json = console.post("/api/headwater/v1/query", asked, cookie="", x_headwater_key=KEY)
    as_csv = console.post("/api/headwater/v1/query", {**asked, "format": "csv"}, cookie="", x_headwater_key=KEY)
    assert msgspec.json.decode(carried(page, "json")) == as_json.json
    assert msgspec.json.decode(carried(page, "csv")) == as_csv.text


def test_what_senders_wrote_is_no_markup(console: Site):
    page = HtmlPage(console.get("/query?sql=mixed").text)
    assert page.faults == []
    assert console.get(f"/query?sql={quote(HOSTILE)}").text.count("<script>") == 0


def test_rows_beyond_what_is_drawn_are_told_of(console: Site):
    answer = console.get("/query?sql=big")
    assert "The first 500 rows are drawn; CSV and JSON hold all 600." in words_of(answer)
    assert answer.text.count("<tr>") == 501
    assert ">18446744073709551615<" in answer.text


def test_no_rows_say_so(console: Site):
    assert "The statement ran and nothing fits it." in words_of(console.get("/query?sql=none"))


def test_times_and_numbers_are_drawn_a_line_for_each_category(console: Site):
    answer = console.get("/query?sql=hours")
    assert "p95_ms , milliseconds a b" in words_of(answer)
    assert answer.text.count('<path class="q-line') == 2
    assert "2026-11-18 07:00:00 UTC\na: 630 ms\nb: 630 ms" in answer.text


def test_an_error_of_the_engine_is_shown_with_what_to_do(console: Site):
    answer = console.get("/query?sql=colour")
    words = words_of(answer)
    assert answer.status == 400
    assert "Unknown expression identifier `colour`" in words
    assert "Check the names against the columns of the view" in words
    assert ">\ncolour</textarea>" in answer.text


def test_a_store_that_is_down_leaves_the_statement_where_it_is(console: Site):
    answer = console.get("/query?sql=down")
    assert (answer.status, answer.headers["retry-after"]) == (503, "7")
    assert "Wait a moment and run it again" in words_of(answer)


def test_a_statement_too_long_for_an_address_is_sent_elsewhere(console: Site):
    answer = console.get("/query?sql=" + "x" * 6_001)
    assert answer.status == 400
    assert "send it with POST /api/headwater/v1/query" in words_of(answer)


def test_a_statement_that_another_site_leads_to_waits_for_a_click(console: Site):
    answer = console.get("/query?sql=hours", sec_fetch_site="cross-site")
    assert "Another site led here with this statement." in words_of(answer)
    assert "result-said" not in answer.text


@pytest.fixture
def editor(window: Browser, console: Site) -> Browser:
    """The empty console in a browser, with the caret in the editor."""
    window.look(1280, 800, "light")
    window.open(f"{console.address}/login?token={TOKEN}")
    window.open(f"{console.address}/query")
    window.complaints()
    window.click("#sql")
    return window


@pytest.mark.browser
def test_ctrl_enter_runs_without_a_new_page_and_the_address_can_be_shared(editor: Browser):
    editor.run("window.isSamePage = true")
    editor.press(*"hours")
    editor.chord("control", "enter")
    editor.wait("document.querySelector('#result-said')?.textContent.includes('16 rows')")
    assert editor.run("return [window.isSamePage, location.search, document.activeElement.id]") == [
        True,
        "?sql=hours",
        "sql",
    ]
    assert editor.run("return document.querySelector('[data-share]').dataset.copyLink").endswith("/query?sql=hours")
    assert editor.complaints() == []


@pytest.mark.browser
def test_an_error_takes_the_place_of_the_result(editor: Browser):
    editor.press(*"colour")
    editor.chord("control", "enter")
    editor.wait("document.querySelector('#result .failure')?.textContent.includes('colour')")
    assert editor.run("return document.querySelectorAll('#result').length") == 1


@pytest.mark.browser
def test_tab_indents_and_escape_lets_the_focus_out(editor: Browser):
    editor.press("a", "tab", "b")
    assert editor.run("return document.querySelector('#sql').value") == "a  b"
    editor.press("escape", "tab")
    assert editor.run("return document.activeElement.id") != "sql"


@pytest.mark.browser
def test_a_click_on_a_column_puts_its_name_where_the_caret_is(editor: Browser):
    editor.press(*"SELECT")
    editor.click("[data-insert='span_id']")
    assert editor.run("return document.querySelector('#sql').value") == "SELECT span_id"


@pytest.mark.browser
def test_a_download_is_the_answer_to_the_letter(editor: Browser, console: Site):
    editor.open(f"{console.address}/query?sql=mixed")
    editor.run(
        """URL.createObjectURL = (blob) => { blob.text().then((text) => { window.saved = text; }); return "#"; }"""
    )
    editor.click("[data-download='csv']")
    text = editor.wait("window.saved")
    asked = {"sql": "mixed", "format": "csv"}
    assert text == console.post("/api/headwater/v1/query", asked, cookie="", x_headwater_key=KEY).text
