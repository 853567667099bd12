"""The page of two calls side by side, and where it is linked from."""

import re

import pytest

from headwater.errors import BadRequest
from headwater.web.pages.compare import read_place
from tests.pages.html_page import HtmlPage
from tests.pages.sample_project import AGENT_TRACE
from tests.pages.site import Site

A, B = f"{AGENT_TRACE}:a000000000000005", f"{AGENT_TRACE}:a00000000000000c"
SPAN = "a000000000000005"


def _words(text: str) -> str:
    return re.sub(r"\s+", " ", HtmlPage(text).words)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        (A, (AGENT_TRACE, SPAN)),
        (f"https://traces.example/traces/{AGENT_TRACE}?span={SPAN}", (AGENT_TRACE, SPAN)),
        (f"/traces/{AGENT_TRACE}/spans/{SPAN}", (AGENT_TRACE, SPAN)),
        (f"/traces/{AGENT_TRACE}", (AGENT_TRACE, "")),
        (SPAN, None),
    ],
)
def test_a_span_is_named_in_any_way_that_can_be_copied(text: str, place: tuple[str, str] | None):
    assert read_place(text) == place


def test_anything_else_names_no_span():
    with pytest.raises(BadRequest, match="is no span"):
        read_place("the other call")


def test_two_calls_are_compared_and_only_what_differs_is_shown(site: Site):
    text = site.get(f"/compare?a={A}&b={B}").text
    words = _words(text)
    assert re.search(r"Input tokens 2,024 [\d,]+ [^ ]\d+ %", words)
    assert "2 messages the same" in words
    assert re.search(r"assistant 3, only in the second", words)
    assert f'href="/compare?a={B.replace(":", "%3A")}&amp;b={A.replace(":", "%3A")}">Swap</a>' in text


def test_a_span_that_is_none_is_told_beside_its_field(site: Site):
    answer = site.get(f"/compare?a={A}&b=nonsense")
    assert answer.status == 400
    assert re.search(r'id="p-b">.*nonsense.* is no span', answer.text)
    assert f'value="{A}"' in answer.text


def test_a_call_links_to_its_comparison(site: Site):
    text = site.get(f"/traces/{AGENT_TRACE}?span=a00000000000000c").text
    assert f'href="/compare?a={B.replace(":", "%3A")}' in text


def test_models_lead_to_prompts_that_missed_the_cache(site: Site):
    text = site.get("/models/prefixes?range=7d", hx_request="true").text
    words = _words(text)
    assert re.search(r"The system message changed Keep times, names .* \$0\.0123 9\.5k", words)
    assert 'hx-get="/models/prefixes?range=7d"' in site.get("/models").text
