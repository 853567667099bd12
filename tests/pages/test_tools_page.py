"""The page of tools and agents."""

import re

from tests.pages.html_page import HtmlPage
from tests.pages.sample_project import AGENT_TRACE
from tests.pages.site import Site


def _rows(text: str, table: str) -> list[str]:
    inner = text.partition(f'aria-label="{table}"')[2].partition("</table>")[0]
    return re.findall(r"<tr data-row.*?</tr>", inner, re.DOTALL)


def _words(text: str) -> str:
    return re.sub(r"\s+", " ", HtmlPage(text).words)


def test_a_tool_leads_to_its_traces_its_failures_and_its_newest_error(site: Site):
    rows = _rows(site.get("/tools").text, "Tools")
    failed = next(row for row in rows if "has_error" in row)
    assert re.search(r'href="/traces\?range=7d&amp;tool=\w+" title="Show the traces', failed)
    assert f'href="/traces/{AGENT_TRACE}?span=' in failed


def test_a_loop_stands_first_and_leads_to_the_call_that_began_it(site: Site):
    text = site.get("/tools/below", hx_request="true").text
    (loop,) = _rows(text, "Loops")
    assert re.search(rf'href="/traces/{AGENT_TRACE}\?span=\w{{16}}"', loop)
    assert "The worst 1 of 3" in _words(text)
    assert text.index("Going in circles") < text.index('aria-label="Agents"')


def test_an_agent_tells_its_runs_steps_and_cost(site: Site):
    text = site.get("/tools/below?range=24h", hx_request="true").text
    row = next(row for row in _rows(text, "Agents") if "support-agent" in row)
    assert re.search(r"support-agent .* 1 0 % 9.84 s 9.84 s \d+ max \d+ .*\$0\.00", _words(row))
    assert 'href="/traces?range=24h&amp;agent=support-agent"' in row
    assert "Counted are the newest runs" in text


def test_one_order_sorts_both_tables_where_both_know_it(site: Site):
    agents = site.get("/tools/below?sort=-cost", hx_request="true").text
    assert re.search(r'aria-sort="descending"><a href="[^"]*sort=cost"', agents)
    assert "aria-sort" not in site.get("/tools?sort=-cost").text


def test_where_there_are_no_tools_the_page_says_what_makes_them(site: Site):
    text = site.get("/tools?range=24h&user=nobody").text
    assert "No tool matches" in text
    assert "headwater.span(kind=" in text
