"""What senders write is text: in every field of every answer, on every page."""

import re
from collections.abc import Iterator
from typing import Any, cast
from urllib.parse import quote

import msgspec
import pytest

from headwater.clock import now_ns
from headwater.query import SpanShown
from headwater.web import HealthShown
from tests.pages.browser import Browser
from tests.pages.html_page import HtmlPage
from tests.pages.sample_project import sample_health, sample_ports
from tests.pages.sample_spans import agent_trace
from tests.pages.site import Site, serve

EVIL = "\"'><script>window.taken=1</script><img src=x onerror=window.taken=1>{{ 7*7 }}\u202e&amp;\x00"
TRACE = "e" * 32
_KEPT = {"trace_id", "span_id", "parent_span_id", "start_time", "end_time", "kind", "status", "folded_into"}
_ADDRESSES = (
    "javascript:window.taken=1",
    " javascript:window.taken=1",
    "data:text/html,<script>1</script>",
    "//evil.example/x",
)


def _evil(value: Any) -> Any:
    """Replace every text, wherever it stands, in names and in values."""
    if isinstance(value, str):
        return EVIL
    if isinstance(value, dict):
        pairs = cast("dict[str, Any]", value).items()
        return {EVIL + name: _evil(each) for name, each in pairs}
    if isinstance(value, list | tuple):
        return tuple(_evil(each) for each in cast("list[Any]", value))
    return value


def _evil_span(span: SpanShown) -> SpanShown:
    fields = {name: _evil(getattr(span, name)) for name in SpanShown.__struct_fields__ if name not in _KEPT}
    structs = {"events": span.events, "price_lines": span.price_lines, "folded_spans": span.folded_spans}
    return msgspec.structs.replace(span, **(fields | structs | {"input": _said(span), "name": EVIL}))


def _said(span: SpanShown) -> tuple[Any, ...]:
    """Parts under their own field names, so that each is drawn as what it is."""
    parts: list[dict[str, Any]] = [
        {"type": "text", "content": EVIL},
        {"type": "reasoning", "content": EVIL},
        {"type": "tool_call", "name": EVIL, "id": EVIL, "arguments": {EVIL: EVIL}},
        {"type": "tool_call_response", "id": EVIL, "response": EVIL},
        {"type": "blob", "modality": EVIL, "mime_type": "image/svg+xml", "content": "PHN2Zz4="},
        {"type": "blob", "modality": "image", "mime_type": "image/png", "content": '"><script>'},
        {"type": "file", "modality": EVIL, "file_id": EVIL},
        {"type": "generic", "generic_type": EVIL, "raw": {EVIL: [EVIL]}},
        *({"type": "uri", "modality": "image", "uri": address} for address in _ADDRESSES),
    ]
    return ({"role": EVIL, "name": EVIL, "finish_reason": EVIL, "parts": parts}, EVIL, {EVIL: EVIL})


def _evil_health(now: int) -> HealthShown:
    whole = sample_health(now)
    return msgspec.structs.replace(
        whole,
        processes=tuple(
            msgspec.structs.replace(each, name=EVIL, state=EVIL, last_exit=EVIL) for each in whole.processes
        ),
        journals=tuple(
            msgspec.structs.replace(each, writer=EVIL, is_writable=False, problem=EVIL) for each in whole.journals
        ),
        loader=msgspec.structs.replace(whole.loader, position=EVIL, problem=EVIL),
        store=msgspec.structs.replace(
            whole.store, is_up=False, address=EVIL, problem=EVIL, rows={EVIL: 1}, disk_bytes={EVIL: 2}
        ),
        quarantine=tuple(
            msgspec.structs.replace(each, position=EVIL, door=EVIL, reason=EVIL, time=EVIL) for each in whole.quarantine
        ),
        dropped={EVIL: 3},
        versions={EVIL: EVIL},
    )


@pytest.fixture(scope="module")
def evil_site() -> Iterator[Site]:
    """A project in which every text is hostile."""
    now = now_ns()
    spans = [_evil_span(span) for span in agent_trace(TRACE, now - 60 * 10**9)]
    with serve(sample_ports(now, spans, _evil_health(now))) as served:
        yield served


def _paths() -> list[str]:
    spans = [f"{number:x}" for number in (1, 5, 6, 9, 12)]
    own = [f"/traces/{TRACE}?span={'a'}{'0' * 14}{span}" for span in spans]
    asked = "%22%3E%3Cscript%3Ewindow.taken=1%3C/script%3E"
    return [
        *own,
        "/traces?range=all",
        f"/overview?range=all&by=user&model={asked}",
        "/overview?range=all&by=model",
        "/overview/below?range=7d",
        "/models?range=all",
        f"/traces?range=all&model={asked}&text={asked}&user={asked}&metadata=a%3D{asked}",
        f"/traces/{asked}",
        f"/login?token={asked}&next={asked}",
        "/sessions?range=all",
        f"/sessions/{quote(EVIL)}",
        f"/sessions/{quote(EVIL)}?sort=-start_time",
        "/errors?range=all",
        "/users?range=all",
        "/server/health",
        f"/traces?sort={asked}",
        f"/{asked}",
        "/calls?range=all",
        f"/calls?range=all&model={asked}&column=input&column=output&column=metadata",
        "/tools?range=all",
        f"/tools?range=all&tool={asked}",
        "/scores?range=all",
        f"/scores?range=all&score={asked}",
        "/models/prefixes?range=all",
        f"/compare?a={TRACE}:a000000000000005&b={TRACE}:a000000000000009",
        f"/compare?a={asked}&b={asked}",
        f"/users/{quote(EVIL)}?range=all",
        "/prices?range=all",
        f"/prices/own/new?provider={asked}&model={asked}",
        f"/alerts/new?measure=cost&user={asked}",
        f"/query?sql={asked}",
        f"/go?to={asked}",
        f"/settings?way={asked}",
    ]


@pytest.mark.parametrize("path", _paths())
def test_a_hostile_text_stays_text(evil_site: Site, path: str):
    answer = evil_site.get(path)
    page = HtmlPage(answer.text)
    assert page.faults == []
    assert "<script>window" not in answer.text
    assert "49" not in page.title


@pytest.mark.parametrize("piece", ["", "/raw"])
def test_a_hostile_text_stays_text_in_pieces(evil_site: Site, piece: str):
    answer = evil_site.get(f"/traces/{TRACE}/spans/a000000000000005{piece}", hx_request="true")
    assert HtmlPage(answer.text).faults == []


def test_no_address_of_a_sender_is_loaded_or_runs(evil_site: Site):
    page = HtmlPage(evil_site.get(f"/traces/{TRACE}?span=a000000000000005").text)
    assert [address for address in page.addresses if "evil" in address or "javascript" in address] == []
    assert "javascript:window.taken=1" in page.words


def test_a_whole_text_is_given_as_plain_text(evil_site: Site):
    answer = evil_site.get(f"/traces/{TRACE}/spans/a000000000000005/text?part=input.0.0")
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert answer.text == EVIL


@pytest.mark.browser
def test_nothing_of_it_runs_in_a_browser(window: Browser, evil_site: Site):
    window.look(1280, 800, "light")
    window.open(f"{evil_site.address}/login?token=one-time-token")
    for path in _paths():
        window.open(evil_site.address + path)
        window.run("document.querySelectorAll('details').forEach(d => d.open = true)")
        assert window.run("return window.taken") is None


_MARKDOWN = """# <script>window.taken=1</script>
[a](javascript:window.taken=1) ![b](http://evil.example/x.png) <img src=x onerror=window.taken=1>
- <b onclick=window.taken=1>
```html"><script>window.taken=1</script>
</pre><script>window.taken=1</script>
```
| <script>1</script> | [c](data:text/html,<script>window.taken=1</script>) |
|---|---|
> \u202eright to left\u202c \u0627\u0644\u0639\u0631\u0628\u064a\u0629 \x00
"""


@pytest.fixture(scope="module")
def odd_site() -> Iterator[Site]:
    """A span that is told Markdown full of traps, and one message of five megabytes."""
    now = now_ns()
    first, *rest = agent_trace(TRACE, now - 60 * 10**9)
    said: tuple[Any, ...] = (
        {"role": "user", "parts": [{"type": "text", "content": "<b>*[" * 1_000_000}]},
        {"role": "assistant", "parts": [{"type": "text", "content": _MARKDOWN}]},
    )
    with serve(sample_ports(now, [msgspec.structs.replace(first, input=said, output=said[1:]), *rest])) as served:
        yield served


def test_markdown_full_of_traps_is_laid_out_and_stays_text(odd_site: Site):
    text = odd_site.get(f"/traces/{TRACE}?span=a000000000000001").text
    page = HtmlPage(text)
    assert page.faults == []
    assert [address for address in page.addresses if "javascript" in address or address.startswith("data:text")] == []
    assert "<script>window.taken" not in text
    assert "<script>window.taken=1</script>" in page.words
    assert "evil.example" not in "".join(re.findall(r"<img[^>]*>", text))


def test_what_reads_from_right_to_left_turns_nothing_else_around_and_a_nul_is_a_sign(odd_site: Site):
    text = odd_site.get(f"/traces/{TRACE}/spans/a000000000000001", hx_request="true").text
    assert re.search(r'<blockquote dir="auto">\u202eright to left', text)
    assert "\x00" not in text
    assert "\u2400" in text


def test_a_message_of_five_megabytes_does_not_weigh_down_the_page(odd_site: Site):
    text = odd_site.get(f"/traces/{TRACE}?span=a000000000000001").text
    assert len(text) < 400_000
    assert "of 5,000,000 characters" in text
    whole = odd_site.get(f"/traces/{TRACE}/spans/a000000000000001/text?part=input.0.0").text
    assert len(whole) == 5_000_000


@pytest.mark.parametrize(
    "path",
    [
        "/traces?range=all&column=name&column=output",
        "/calls?range=all&column=name&column=output",
        "/sessions/chat-88213",
        f"/compare?a={TRACE}:a000000000000001&b={TRACE}:a000000000000005",
    ],
)
def test_the_same_messages_weigh_down_no_other_page(odd_site: Site, path: str):
    answer = odd_site.get(path)
    assert (answer.status, HtmlPage(answer.text).faults) == (200, [])
    assert len(answer.text) < 600_000
    assert "\x00" not in answer.text
    assert "<script>window.taken" not in answer.text


@pytest.mark.browser
def test_nothing_of_the_markdown_runs_in_a_browser(window: Browser, odd_site: Site):
    window.look(1280, 800, "light")
    window.open(f"{odd_site.address}/login?token=one-time-token")
    window.open(f"{odd_site.address}/traces/{TRACE}?span=a000000000000001")
    assert window.run("return window.taken") is None
    assert window.run("return document.querySelectorAll('#panel img, #panel b').length") == 0
