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
    assert "1 orphan · 1 folded duplicate" in words


@pytest.mark.parametrize("path", ["", "/spans/a00000000000000c"])
def test_user_and_session_have_links(site: Site, path: str):
    text = site.get(f"/traces/{AGENT_TRACE}{path}", hx_request="true").text
    assert 'href="/users/mira.holt"' in text
    assert 'href="/sessions/chat-88213"' in text


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
    text = _panel(site, "a00000000000000a")
    roles = re.findall(r'<span class="role">(\w+)</span>', text)
    assert roles == ["system", "user", "assistant", "assistant"]
    assert re.search(r'<img src="data:image/png;base64,[^"]+" alt="Image in this message"', text)
    words = _words(text)
    assert "Reasoning 68 characters" in words
    assert 'find_order called with call_a1 { "order" : "RB-20418" } gave { "order" : "RB-20418" , "placed"' in words


def test_of_a_turn_only_what_is_new_is_in_sight(site: Site):
    """What was said before is one click away, and a result keeps the name of the tool that was called there."""
    text = _panel(site, "a00000000000000c")
    words = _words(text)
    assert "Input 6 · 1 new Goes on from the previous turn" in words
    assert f'href="/traces/{AGENT_TRACE}?span=a00000000000000a">the previous turn' in text
    assert text.index("Show the 5 messages said before") < text.index("You are the support agent")
    assert 'ship_replacement gave call_b2 { "tracking" : "1Z9F1" , "eta" : "Nov 20" }' in words


def test_a_cost_is_shown_line_by_line_beside_what_was_reported(site: Site):
    words = _words(_panel(site, "a00000000000000c"))
    assert "input 198 $1.25 $0.0002475 cache read 2,304 $0.125 $0.000288 output 96 $10 $0.00096 Sum $0.0014955" in words
    assert "As it was reported input_tokens 198 cache_read 2304 output_tokens 96" in words
    assert "Input 2,502 = 198 input + 2,304 cache read" in words
    assert "Prices: the price list genai-prices 0.2.3" in words


def test_failures_stand_at_the_top_with_a_jump_to_each(site: Site):
    text = site.get(f"/traces/{AGENT_TRACE}").text
    assert "1 failed span" in _words(text)
    assert 'data-jump="a000000000000009"' in text
    assert "RateLimitError 429 rate_limit_error: this request would exceed" in _words(text)


def test_the_critical_path_is_marked_and_own_time_told(site: Site):
    """A guardrail that ran first is on the path, the late evaluation beside the root's end is not."""
    text = site.get(f"/traces/{AGENT_TRACE}").text
    assert "Critical path call 75 % tool 9.6 % span 6.2 % agent 4.4 %" in _words(text)
    assert re.search(r'class="row k-guardrail is-critical" id="s-a000000000000002"', text)
    assert re.search(r'class="row k-evaluator" id="s-a00000000000000d"', text)
    assert "640 ms 29 ms self" in _words(text)


def test_a_whole_trace_says_that_it_is_whole(site: Site):
    assert "Trace is whole" in _words(site.get(f"/traces/{GIANT_TRACE}").text)


def test_the_map_leads_to_the_spans_of_a_time(site: Site):
    page = HtmlPage(site.get(f"/traces/{GIANT_TRACE}").text)
    jumps = [address for address in page.addresses if address.startswith(f"/traces/{GIANT_TRACE}?span=")]
    far = site.get(jumps[len(jumps) // 2])
    assert far.status == 200
    assert far.text.count('role="treeitem"') == 50


def test_markdown_is_read_in_what_models_say(site: Site):
    text = _panel(site, "a00000000000000c")
    assert "<strong>not</strong>" in text
    assert "<code>1Z9F1</code>" in text


def test_scores_stand_with_what_they_judge(site: Site):
    assert "Scores 2 helpful 0.94 by headwater tone warm Says sorry once, then acts by headwater" in _words(
        _panel(site, "a00000000000000c")
    )
    assert "2 scores" in _words(site.get(f"/traces/{AGENT_TRACE}").text)


def test_a_call_can_be_had_as_curl(site: Site):
    path = f"/traces/{AGENT_TRACE}/spans/a00000000000000c/curl"
    page, api = site.get(path, hx_request="true"), site.get(f"/api/headwater/v1{path}")
    assert "curl https://api.openai.com/v1/chat/completions" in HtmlPage(page.text).words
    assert api.text in HtmlPage(page.text).words
    assert api.headers["content-type"] == "text/plain; charset=utf-8"
    assert site.get(path.replace("c/curl", "b/curl"), hx_request="true").status == 404


def test_all_that_the_page_shows_is_in_the_api(site: Site):
    shown = site.get(f"/api/headwater/v1/traces/{AGENT_TRACE}?limit=3").json
    span = site.get(f"/api/headwater/v1/traces/{AGENT_TRACE}/spans/a00000000000000c").json
    assert [each["span_id"] for each in shown["outline"]["failures"]] == ["a000000000000009"]
    assert list(shown["outline"]["critical_ms"])[:2] == ["call", "tool"]
    assert shown["health"]["examples"]["orphans"] == ["a00000000000000d"]
    assert (span["previous"]["shared"], [score["name"] for score in span["scores"]]) == (5, ["helpful", "tone"])
    bare = site.get(f"/api/headwater/v1/traces/{AGENT_TRACE}?limit=3&outline=false").json
    assert bare["outline"] is None


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
    assert len(text) < 330_000
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
