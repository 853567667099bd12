"""The settings: what people set up in the page, what is shown once, and what is refused beside its field."""

import re
from collections.abc import Iterator
from html import unescape

import pytest

from headwater.clock import now_ns
from headwater.web import WebPorts
from tests.pages.browser import Browser
from tests.pages.html_page import HtmlPage
from tests.pages.sample_project import KEY, sample_ports
from tests.pages.sample_questions import SampleQuestions
from tests.pages.sample_spans import call
from tests.pages.site import Site, Visited, serve

_TRACE = "c" * 32
_NOTHING_SHOWN = re.compile(r"\b(hw_|pulse_sk_|sk-prysm-)[\w-]{20,}")


@pytest.fixture(scope="module")
def ports() -> WebPorts:
    """The sample with a catalog of its own, and one trace that came now."""
    now = now_ns()
    made = sample_ports(now, [])
    questions = made.questions("desk")
    assert isinstance(questions, SampleQuestions)
    questions.arrive([call(_TRACE, "c" * 16, "gpt-5", (10, 0, 5), from_ns=now, took_ms=5)], now)
    return made


@pytest.fixture(scope="module")
def own(ports: WebPorts) -> Iterator[Site]:
    """A site whose settings may be changed."""
    with serve(ports) as served:
        yield served


def shown_key(page: Visited) -> str:
    """The key that a page shows once."""
    found = re.search(r'id="made-key"[^>]*>([^<]+)<', page.text)
    return found[1] if found else ""


def wrong(page: Visited) -> list[str]:
    """What a page says beside its fields."""
    return [unescape(words) for words in re.findall(r'class="wrong[^>]*>([^<]+)<', page.text)]


def toast(answer: Visited) -> str:
    """Where a change leads, when it was done."""
    assert answer.status == 303, HtmlPage(answer.text).words
    return answer.headers["location"]


def test_a_new_key_opens_the_project_and_is_shown_this_once(own: Site, ports: WebPorts):
    page = own.submit("/settings/keys", {"name": "harbour bot", "format": "pulse"})
    key = shown_key(page)
    assert page.status == 200
    assert key.startswith("pulse_sk_")
    principal = ports.catalog.authenticate(key)
    assert principal is not None
    assert principal.project_id == "desk"
    later = own.get("/settings/keys").text
    assert "harbour bot" in later
    assert _NOTHING_SHOWN.search(later) is None


def test_a_key_without_a_name_is_refused_beside_the_field(own: Site):
    page = own.submit("/settings/keys", {"name": "  ", "format": "prysm"})
    assert (page.status, wrong(page)) == (400, ["'' is no name: give 1 to 200 printable characters."])
    assert '<option value="prysm" selected>' in page.text


def test_a_key_of_another_product_is_taken_over_and_never_shown(own: Site, ports: WebPorts):
    answer = own.submit("/settings/keys/take-over", {"name": "tropir", "key": "0f9e8d7c-6b5a-4c3d-9e2f"})
    assert toast(answer) == "/settings/keys"
    assert ports.catalog.authenticate("0f9e8d7c-6b5a-4c3d-9e2f") is not None
    assert "0f9e8d7c-6b5a" not in own.get("/settings/keys").text


def test_a_weak_key_is_refused_with_what_to_do_and_not_written_back(own: Site):
    page = own.submit("/settings/keys/take-over", {"name": "weak", "key": "changemechangeme"})
    assert page.status == 400
    assert "create one and put it in the place of this one" in wrong(page)[0]
    assert "changemechangeme" not in page.text


def test_revoking_asks_first_and_the_key_opens_nothing_then(own: Site, ports: WebPorts):
    made = ports.catalog.create_key("desk", "to be revoked")
    question = own.get(f"/settings/keys/{made.id}/revoke")
    assert "Revoke the key “to be revoked”?" in question.text
    assert ports.catalog.authenticate(made.key) is not None
    assert toast(own.submit(f"/settings/keys/{made.id}/revoke")) == "/settings/keys"
    assert ports.catalog.authenticate(made.key) is None
    assert f"/settings/keys/{made.id}/revoke" not in own.get("/settings/keys").text


def test_a_key_of_another_project_is_not_there(own: Site, ports: WebPorts):
    made = ports.catalog.create_key("lab", "theirs")
    assert own.get(f"/settings/keys/{made.id}/revoke").status == 404
    assert own.submit(f"/settings/keys/{made.id}/revoke").status == 404
    assert ports.catalog.authenticate(made.key) is not None


def test_a_provider_s_secret_is_stored_and_only_its_end_is_shown(own: Site, ports: WebPorts):
    assert (
        toast(own.submit("/settings/providers/openai", {"secret": "sk-live-0123456789Q7xz"}))
        == "/settings/providers/openai"
    )
    for path in ("/settings/providers", "/settings/providers/openai"):
        text = own.get(path).text
        assert "…Q7xz" in text
        assert "0123456789" not in text
    assert toast(own.submit("/settings/providers/openai/forget")) == "/settings/providers/openai"
    assert ports.catalog.credentials("desk") == []


def test_a_secret_that_is_a_key_of_ours_is_refused_and_not_shown(own: Site):
    page = own.submit("/settings/providers/anthropic", {"secret": "hw_0123456789abcdef"})
    assert page.status == 400
    assert "give the provider's key" in wrong(page)[0]
    assert "0123456789" not in page.text


def test_an_upstream_is_added_with_what_to_paste_and_removed_again(own: Site):
    given = {"name": "my-vllm", "base_url": "http://10.0.0.7:8000", "is_private_ok": "on", "credential": "none"}
    assert toast(own.submit("/settings/providers", {**given, "whose": "all"})) == "/settings/providers/my-vllm"
    page = own.get("/settings/providers/my-vllm").text
    assert f"{own.address}/my-vllm<" in page
    assert 'name="secret"' not in page
    assert "for every project?" in own.get("/settings/providers/my-vllm/remove").text
    assert toast(own.submit("/settings/providers/my-vllm/remove")) == "/settings/providers"
    assert own.get("/settings/providers/my-vllm").status == 404


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"name": "My", "base_url": "https://a.example"}, "is no name of an upstream"),
        ({"name": "traces", "base_url": "https://a.example"}, "choose another name for the upstream"),
        ({"name": "mine", "base_url": "http://10.0.0.7"}, "is a private address: tick the box that allows it"),
        ({"name": "mine", "base_url": "https://a.example", "provider": "?"}, "is no provider's name"),
    ],
)
def test_what_cannot_be_an_upstream_is_refused_beside_its_field(own: Site, given: dict[str, str], says: str):
    page = own.submit("/settings/providers", given)
    assert page.status == 400
    assert says in wrong(page)[0]
    assert f'value="{given["base_url"]}"' in page.text
    assert "--private" not in page.text


def test_a_built_in_upstream_is_not_removed(own: Site):
    assert own.submit("/settings/providers/openai/remove").status == 400


def test_a_limit_is_added_in_words_and_removed_again(own: Site, ports: WebPorts):
    key = ports.catalog.create_key("desk", "grading")
    given = {"amount": "1,500", "measure": "requests", "window": "hour", "per": "user", "key_id": key.id}
    assert toast(own.submit("/settings/limits", given)) == "/settings/limits"
    (limit,) = ports.catalog.limits("desk")
    assert "1,500 requests an hour, each user, key &#39;grading&#39;" in own.get("/settings/limits").text
    assert toast(own.submit(f"/settings/limits/{limit.id}/remove")) == "/settings/limits"
    assert ports.catalog.limits("desk") == []


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"amount": "many"}, "Amount 'many' is no number"),
        ({"amount": "0"}, "Amount 0 is no limit: give more than 0; revoke a key to end it."),
        ({"amount": "1.5"}, "requests are whole"),
        ({"amount": "1", "measure": "weather"}, "nothing here knows"),
        ({"amount": "1", "key_id": "none"}, "No good key"),
    ],
)
def test_what_can_be_no_limit_is_refused_with_the_reason(own: Site, given: dict[str, str], says: str):
    page = own.submit("/settings/limits", given)
    assert page.status == 400
    assert says in wrong(page)[0]


def test_a_limit_on_calls_at_one_moment_needs_no_time(own: Site, ports: WebPorts):
    toast(own.submit("/settings/limits", {"amount": "8", "measure": "concurrent", "window": "minute"}))
    (limit,) = ports.catalog.limits("desk")
    assert limit.window == ""
    ports.catalog.remove_limit(limit.id)


def test_a_project_comes_with_its_first_key(own: Site, ports: WebPorts):
    page = own.submit("/settings/projects", {"name": "Harbour"})
    principal = ports.catalog.authenticate(shown_key(page))
    assert principal is not None
    assert principal.project_id == ports.catalog.project("Harbour").id
    again = own.submit("/settings/projects", {"name": "Harbour"})
    assert (again.status, wrong(again)) == (400, ["A project 'Harbour' is there already; choose another name."])


def test_a_project_is_renamed_and_keeps_its_id(own: Site, ports: WebPorts):
    made = ports.catalog.create_project("Before")
    assert toast(own.submit(f"/settings/projects/{made.id}/name", {"name": "After"})) == "/settings/projects"
    assert ports.catalog.project("After").id == made.id
    taken = own.submit(f"/settings/projects/{made.id}/name", {"name": "Lab"})
    assert (taken.status, len(wrong(taken))) == (400, 1)


def test_asking_for_usage_in_streams_is_switched(own: Site, ports: WebPorts):
    toast(own.submit("/settings/projects/lab/usage", {"is_usage_injected": "off"}))
    assert not ports.catalog.project("lab").is_usage_injected
    toast(own.submit("/settings/projects/lab/usage", {"is_usage_injected": "on"}))
    assert ports.catalog.project("lab").is_usage_injected


def test_the_server_s_settings_say_where_each_comes_from(own: Site):
    words = " ".join(HtmlPage(own.get("/settings/server").text).words.split())
    assert "HEADWATER_SECRET_KEY set, not shown environment 32 bytes" in words
    assert "HEADWATER_JOURNAL_CAP_BYTES 10737418240 10 GiB command line" in words
    assert "keeps what is loaded for 1 d" in words
    given = own.get("/settings/server?only=set").text
    assert "HEADWATER_JOURNAL_CAP_BYTES" in given
    assert "HEADWATER_PORT" not in given


@pytest.mark.parametrize(
    "path", ["/settings", "/settings/keys", "/settings/providers", "/settings/limits", "/settings/projects"]
)
def test_nobody_changes_a_setting_but_a_person_on_our_own_pages(own: Site, path: str):
    assert own.submit(path, cookie="").headers["location"].startswith("/login")
    assert own.submit(path, sent={"x_headwater_key": KEY}).headers["location"].startswith("/login")
    assert own.submit(path, sent={"origin": "https://evil.example"}).status == 403


def test_every_snippet_has_the_address_and_a_place_for_the_key(own: Site):
    page = own.get("/settings").text
    snippets = re.findall(r'<pre class="code" id="snippet-([\w-]+)"[^>]*>(.*?)</pre>', page, re.DOTALL)
    assert len(snippets) >= 18
    assert [name for name, text in snippets if own.address not in text and "pip install" not in text] == []
    assert all(f'data-copy-from="#snippet-{name}"' in page for name, _ in snippets)


def test_a_key_made_beside_a_snippet_stands_in_all_that_take_it(own: Site):
    page = own.submit("/settings?with=prysm", {"format": "prysm"})
    key = shown_key(page)
    assert key.startswith("sk-prysm-")
    assert f"PRYSM_API_KEY={key}" in page.text
    assert f"x-headwater-key={key}" in page.text
    assert "&#34;api_key&#34;: &#34;YOUR_KEY&#34;" in page.text, "pulse's package refuses this one"
    assert 'value="prysm" checked' in page.text


def test_the_wait_is_answered_with_nothing_until_a_trace_has_come(own: Site):
    assert own.get("/settings/waiting?since=2100-01-01T00:00:00Z").status == 204
    piece = own.get("/settings/waiting?since=2026-01-01T00:00:00Z")
    assert f'href="/traces/{_TRACE}"' in piece.text
    assert "hx-get" not in piece.text, "it asks no more"
    assert own.get("/settings/waiting?since=2026-01-01T00:00:00Z&project=lab").text.count("headwater doctor") == 1
    assert own.get("/settings/waiting").status == 400


@pytest.mark.browser
def test_making_a_key_keeps_the_address_and_leads_to_the_key(window: Browser, own: Site):
    window.look(1280, 800, "light")
    window.open(f"{own.address}/login?token=one-time-token")
    window.open(f"{own.address}/settings")
    window.click("#way-proxy + label")
    window.click(".way:has(#snippet-proxy-1) button:not([type])")
    window.wait("document.querySelector('#made-key')")
    assert window.run("return location.pathname + location.search") == "/settings?with=proxy"
    assert window.run("return document.activeElement.className") == "once"
    assert window.run("return document.querySelector('#snippet-proxy-1').checkVisibility()")
    assert window.complaints() == []
