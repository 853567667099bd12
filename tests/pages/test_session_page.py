"""The page of a session: its conversation, replayed."""

import re

from tests.pages.html_page import HtmlPage
from tests.pages.sample_project import AGENT_TRACE
from tests.pages.site import Site

SESSION = "/sessions/chat-88213"


def _words(text: str) -> str:
    return re.sub(r"\s+", " ", HtmlPage(text).words)


def _turns(site: Site, query: str = "") -> dict[str, str]:
    """The page's turns by their number, in the order of the page."""
    text = site.get(SESSION + query).text.partition('<nav class="pager"')[0]
    _, *turns = text.split('<li class="turn-place" id="turn-')
    return {turn.partition('"')[0]: _words(turn.partition(">")[2]) for turn in turns}


def test_the_head_tells_what_the_session_comes_to(site: Site):
    words = _words(site.get(SESSION).text)
    assert re.search(r"Calls 5 Traces 1 Tokens 6.95k → 215 Cost \$0.0039 Errors 1 Began \d+ min ago", words)
    assert 'href="/traces?session=chat-88213&amp;range=all"' in site.get(SESSION).text


def test_each_turn_shows_only_what_is_new(site: Site):
    turns = _turns(site)
    assert list(turns) == ["1", "2", "3", "4", "5"]
    assert [number for number, words in turns.items() if "My kayak paddle from order RB-20418" in words] == ["2"]
    assert "Nothing new was sent: it had all been said before" in turns["4"]


def test_a_turn_tells_what_it_took_and_what_the_session_has_cost_so_far(site: Site):
    words = _turns(site)["5"]
    assert "Took 2.28 s First token 690 ms Tokens 2.5k → 96 Cost $0.0015 So far $0.0039" in words
    assert "Sent again 5 messages" in words


def test_a_result_stands_under_the_call_of_its_tool(site: Site):
    turns = _turns(site)
    assert re.search(r'find_order called with call_a1 .*"RB-20418".* gave .*"tracking"', turns["2"])
    assert re.search(r'ship_replacement called with call_b2 .* gave .*"1Z9F1"', turns["4"])
    assert "gave" not in turns["3"] + turns["5"]


def test_system_messages_and_reasoning_are_folded(site: Site):
    text = site.get(SESSION).text
    assert re.search(r'<details class="earlier"><summary>System message<span class="tally">\d+ characters', text)
    assert re.search(r'<details class="reasoning"><summary>Reasoning<span class="faint"> 68 characters', text)


def test_a_turn_that_failed_says_how(site: Site):
    assert "RateLimitError 429 rate_limit_error: this request would exceed" in _turns(site)["3"]


def test_a_turn_leads_to_its_call_and_to_its_trace(site: Site):
    text = site.get(SESSION).text
    assert f'href="/traces/{AGENT_TRACE}?span=a000000000000005"' in text
    assert f'href="/traces/{AGENT_TRACE}"' in text


def test_the_time_between_turns_is_told(site: Site):
    assert _turns(site)["5"].startswith(" 950 ms later 5 gpt-5")


def test_the_newest_turns_can_stand_first(site: Site):
    assert list(_turns(site, "?sort=-start_time")) == ["5", "4", "3", "2", "1"]
    assert 'href="/sessions/chat-88213?sort=-start_time">Newest first</a>' in site.get(SESSION).text


def test_a_session_that_is_not_there_says_so(site: Site):
    answer = site.get("/sessions/none")
    assert answer.status == 404
    assert "no session &#39;none&#39; in this project" in answer.text
