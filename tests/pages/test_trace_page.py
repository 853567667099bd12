"""The trace page: its tree, and the panel of a span."""

import re

import pytest

from tests.pages.html_page import HtmlPage
from tests.pages.sample_project import AGENT_TRACE, GIANT_TRACE
from tests.pages.site import Site


def _words(text: str) -> str:
    return re.sub(r"\s+", " ", HtmlPage(text).words)


def _panel(site: Site, span_id: str) -> str:
    return site.get(f"/traces/{AGENT_TRACE}/spans/{span_id}", hx_request="true").text


def test_the_head_tells_the_totals_and_what_is_odd(site: Site):
    words = _words(site.get(f"/traces/{AGENT_TRACE}").text)
    assert "Duration 9.84 s First token 840 ms Calls 5 Tokens 6.95k → 215 Cost $0.0039 + Errors 1" in words
    assert "1 orphan 1 folded duplicate" in words


def test_user_and_session_lead_to_their_traces(site: Site):
    text = site.get(f"/traces/{AGENT_TRACE}").text
    assert 'href="/traces?user=mira.holt&amp;range=all"' in text
    assert 'href="/traces?session=chat-88213&amp;range=all"' in text


def test_the_tree_tells_depth_place_and_state_to_screen_readers(site: Site):
    text = site.get(f"/traces/{AGENT_TRACE}?span=a000000000000004").text
    row = re.search(r'<a role="treeitem"[^>]*id="s-a000000000000004"[^>]*>', text)
    assert row is not None
    assert 'aria-level="3" aria-posinset="4" aria-setsize="13" aria-selected="true"' in row[0]
    assert text.count('tabindex="0"') == 1
    assert 'aria-label="retrieval"' in text


def test_a_folded_call_is_greyed_and_says_why(site: Site):
    text = site.get(f"/traces/{AGENT_TRACE}").text
    assert re.search(r'class="row k-call is-folded" id="s-a000000000000006"', text)
    assert "told twice; this telling is folded into a000000000000005 and not counted" in text


def test_a_conversation_shows_roles_tools_reasoning_and_images(site: Site):
    text = _panel(site, "a00000000000000c")
    roles = re.findall(r'<span class="role">(\w+)</span>', text)
    assert roles == ["system", "user", "assistant", "tool", "assistant", "tool", "assistant"]
    assert re.search(r'<img src="data:image/png;base64,[^"]+" alt="Image in this message">', text)
    words = _words(text)
    assert "Reasoning 68 characters" in words
    assert 'find_order called with call_a1 { "order" : "RB-20418" }' in words
    assert 'ship_replacement gave call_b2 { "tracking" : "1Z9F1" , "eta" : "Nov 20" }' in words


def test_a_cost_is_shown_line_by_line_beside_what_was_reported(site: Site):
    words = _words(_panel(site, "a00000000000000c"))
    assert "input 198 $1.25 $0.0002475 cache read 2,304 $0.125 $0.000288 output 96 $10 $0.00096 Sum $0.0014955" in words
    assert "As it was reported input_tokens 198 cache_read 2304 output_tokens 96" in words
    assert "Prices: genai-prices 0.2.3" in words


def test_a_failure_shows_its_message_and_stack_trace(site: Site):
    words = _words(_panel(site, "a000000000000009"))
    assert "RateLimitError 429 rate_limit_error: this request would exceed" in words
    assert 'File "desk/agent.py", line 88' in words
    assert "No usage was reported, so nothing can be priced." in words


def test_a_span_has_an_address_of_its_own(site: Site):
    plain = site.get(f"/traces/{AGENT_TRACE}/spans/a000000000000005")
    assert (plain.status, plain.headers["location"]) == (303, f"/traces/{AGENT_TRACE}?span=a000000000000005")
    assert 'data-shown-span="a000000000000005"' in site.get(plain.headers["location"]).text


def test_a_giant_trace_sends_one_window_and_places_for_the_rest(site: Site):
    text = site.get(f"/traces/{GIANT_TRACE}").text
    assert len(text) < 300_000
    assert text.count('role="treeitem"') == 50
    places = re.findall(r'class="chunk is-waiting".*?height="(\d+)"', text, re.DOTALL)
    assert sum(map(int, places)) == (30_000 - 50) * 34


def test_a_window_of_a_giant_trace_goes_on_where_the_last_ended(site: Site):
    text = site.get(f"/traces/{GIANT_TRACE}/spans?offset=29950", hx_request="true").text
    assert text.count('role="treeitem"') == 50
    assert 'aria-posinset="29951"' in text
    assert 'aria-posinset="30000"' in text


@pytest.mark.parametrize("offset", ["30000", "77", "-1", "x", "9" * 30])
def test_an_offset_that_is_no_windows_is_refused(site: Site, offset: str):
    assert site.get(f"/traces/{GIANT_TRACE}/spans?offset={offset}", hx_request="true").status in (400, 404)


@pytest.mark.parametrize("part", ["", "input", "input.9.0", "input.0.9", "other.0.0", "input.x.0", "input.-1.0"])
def test_a_text_that_is_not_there_is_refused(site: Site, part: str):
    path = f"/traces/{AGENT_TRACE}/spans/a000000000000009/text?part={part}"
    assert site.get(path).status in (400, 404) or part == "input"


def test_a_missing_span_says_so_in_its_place(site: Site):
    answer = site.get(f"/traces/{AGENT_TRACE}/spans/ffff", hx_request="true")
    assert answer.status == 404
    assert "<html" not in answer.text
    assert "no span &#39;ffff&#39; in this trace" in answer.text
