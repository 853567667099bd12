"""What people say of a trace and its spans, on its page: comments, scores, tags."""

import re
from collections.abc import Iterator

import pytest

from headwater.clock import now_ns
from tests.pages.html_page import HtmlPage
from tests.pages.sample_project import AGENT_TRACE, sample_ports
from tests.pages.sample_spans import agent_trace
from tests.pages.site import Site, serve

_PAGE = f"/traces/{AGENT_TRACE}"
_SPAN = "a000000000000005"


@pytest.fixture
def own() -> Iterator[Site]:
    now = now_ns()
    with serve(sample_ports(now, agent_trace(AGENT_TRACE, now - 60 * 10**9))) as served:
        yield served


def _words(site: Site, path: str) -> str:
    return " ".join(HtmlPage(site.get(path).text).words.split())


def test_a_comment_of_a_span_stands_with_its_author(own: Site):
    answer = own.submit(f"{_PAGE}/say", {"do": "comment", "span": _SPAN, "at": _SPAN, "text": "too long\nfor a phone"})
    assert (answer.status, answer.headers["location"]) == (303, f"{_PAGE}?span={_SPAN}")
    assert re.search(r"Mira \S.{0,9} Take back too long for a phone", _words(own, f"{_PAGE}?span={_SPAN}"))
    assert "1 comment" in _words(own, _PAGE)


def test_a_score_of_the_whole_trace_stands_beside_those_of_programs(own: Site):
    own.submit(
        f"{_PAGE}/say",
        {
            "do": "score",
            "span": "",
            "at": _SPAN,
            "score_name": "resolved",
            "score_value": "1",
            "text": "he said thanks",
        },
    )
    assert "resolved 1 he said thanks by Mira, of the whole trace" in _words(own, _PAGE)


def test_what_was_said_can_be_taken_back(own: Site):
    own.submit(f"{_PAGE}/say", {"do": "comment", "span": _SPAN, "at": _SPAN, "text": "never mind"})
    event = re.search(r'name="event" value="(\w+)"', own.get(f"{_PAGE}?span={_SPAN}").text)
    assert event is not None
    own.submit(f"{_PAGE}/say", {"do": "retract", "at": _SPAN, "event": event[1]})
    assert "never mind" not in own.get(f"{_PAGE}?span={_SPAN}").text


def test_a_tag_is_put_on_the_whole_trace(own: Site):
    own.submit(f"{_PAGE}/say", {"do": "tag", "at": "", "tags": "checked, good"})
    assert "web vip checked good" in _words(own, _PAGE)


def test_what_cannot_be_kept_is_said_beside_what_was_typed(own: Site):
    answer = own.submit(
        f"{_PAGE}/say", {"do": "score", "span": _SPAN, "at": _SPAN, "score_name": "", "score_value": "1", "text": "why"}
    )
    assert answer.status == 400
    assert "Say what is judged, such as helpful" in HtmlPage(answer.text).words
    assert 'name="text" value="why"' in answer.text


def test_nothing_is_said_of_what_is_not_there(own: Site):
    assert own.submit(f"/traces/{'f' * 32}/say", {"do": "comment", "text": "hello"}).status == 404
    assert own.submit(f"{_PAGE}/say", {"do": "comment", "span": "f" * 16, "text": "hello"}).status == 404


def test_hostile_words_stay_words(own: Site):
    fields = {"do": "comment", "span": _SPAN, "at": _SPAN, "text": "<script>alert(1)</script>"}
    own.submit(f"{_PAGE}/say", fields)
    page = own.get(f"{_PAGE}?span={_SPAN}").text
    assert "&lt;script&gt;alert(1)" in page
    assert "<script>alert" not in page
