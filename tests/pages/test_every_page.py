"""What holds for every page: a title, whole HTML without inline code, the headers that keep it private and safe."""

import pytest

from headwater.web import CONTENT_SECURITY_POLICY
from tests.pages.html_page import HtmlPage
from tests.pages.sample_project import AGENT_TRACE, GIANT_TRACE
from tests.pages.site import Site

PAGES = {
    "/login": "Sign in · Headwater",
    "/login?token=used": "Sign in · Headwater",
    "/overview": "Overview · Headwater",
    "/overview?range=7d&by=model&model=gpt-5": "Overview · Headwater",
    "/overview?project=lab": "Overview · Headwater",
    "/overview?by=weather": "This address cannot be read · Headwater",
    "/overview/below?range=7d": "What moved and broke · Headwater",
    "/models": "Models · Headwater",
    "/models?range=all&sort=model": "Models · Headwater",
    "/models?sort=beauty": "This address cannot be read · Headwater",
    "/traces": "Traces · Headwater",
    "/traces?range=all&sort=-cost&model=gpt-5&tag=web&text=order&min_cost_usd=0.0001": "Traces · Headwater",
    "/traces?start=2026-01-01T00:00:00Z&end=2026-01-02T00:00:00Z": "Traces · Headwater",
    "/traces?project=lab": "Traces · Headwater",
    f"/traces/{AGENT_TRACE}": "answer_ticket · Headwater",
    f"/traces/{AGENT_TRACE}?span=a000000000000005": "answer_ticket · Headwater",
    f"/traces/{AGENT_TRACE}?span=a000000000000006": "answer_ticket · Headwater",
    f"/traces/{AGENT_TRACE}?span=a000000000000009": "answer_ticket · Headwater",
    f"/traces/{GIANT_TRACE}": "nightly_regrade · Headwater",
    "/traces?range=7d&column=cost&column=tags": "Traces · Headwater",
    "/traces?column=beauty": "This address cannot be read · Headwater",
    "/calls": "Calls · Headwater",
    "/calls?range=all&sort=-ttft&text=order&column=cost&column=metadata": "Calls · Headwater",
    "/calls?range=15m&user=nobody": "Calls · Headwater",
    "/calls?kind=tool": "This address cannot be read · Headwater",
    "/sessions": "Sessions · Headwater",
    "/sessions?project=lab": "Sessions · Headwater",
    "/sessions/chat-88213": "Session chat-88213 · Headwater",
    "/sessions/chat-88213?sort=-start_time": "Session chat-88213 · Headwater",
    "/sessions/none": "Nothing here · Headwater",
    "/sessions/chat-88213?cursor=broken": "This address cannot be read · Headwater",
    "/errors": "Errors · Headwater",
    "/errors?range=all&sort=-last_seen&model=gpt-5": "Errors · Headwater",
    "/errors?range=24h&project=lab": "Errors · Headwater",
    "/errors?sort=beauty": "This address cannot be read · Headwater",
    "/users": "Users · Headwater",
    "/users?range=all": "Users · Headwater",
    "/query": "Query · Headwater",
    "/query?sql=select+1": "Query · Headwater",
    "/query?sql=drop": "Query · Headwater",
    "/server/health": "Health · Headwater",
    "/nowhere": "Nothing here · Headwater",
    "/traces/ffff": "Nothing here · Headwater",
    "/traces?min_tokens=many": "This address cannot be read · Headwater",
    "/traces?sort=beauty": "This address cannot be read · Headwater",
    "/traces?range=moon": "This address cannot be read · Headwater",
}
PIECES = (
    "/traces/sum?range=7d",
    "/calls/sum?range=7d&text=order",
    "/facets/model?model=gpt",
    "/overview/below?range=7d",
    f"/traces/{GIANT_TRACE}/spans?offset=100",
    f"/traces/{AGENT_TRACE}/spans/a000000000000005",
    f"/traces/{AGENT_TRACE}/spans/a000000000000005/raw",
)


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_whole_and_has_its_title_and_one_heading(site: Site, path: str):
    page = HtmlPage(site.get(path).text)
    assert page.faults == []
    assert page.title == PAGES[path]
    assert len(page.headings) == (0 if path.endswith("project=lab") and "users" in path else 1)


@pytest.mark.parametrize("path", PIECES)
def test_a_piece_of_a_page_is_whole(site: Site, path: str):
    answer = site.get(path, hx_request="true")
    assert answer.status == 200
    assert HtmlPage(answer.text).faults == []


@pytest.mark.parametrize("path", [*PAGES, *PIECES, "/api/headwater/v1/traces", "/logout"])
def test_an_answer_is_private_and_runs_no_code_but_ours(site: Site, path: str):
    headers = site.get(path).headers
    assert headers["content-security-policy"] == CONTENT_SECURITY_POLICY
    assert "unsafe" not in headers["content-security-policy"]
    assert headers["cache-control"] == "no-store"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["x-frame-options"] == "DENY"


def test_a_static_file_is_kept_for_good_under_an_address_that_changes_with_it(site: Site):
    page = HtmlPage(site.get("/login").text)
    styles = next(address for address in page.addresses if ".css?v=" in address)
    assert site.get(styles, cookie="").headers["cache-control"] == "public, max-age=31536000, immutable"
    assert {address.partition("?")[0] for address in page.addresses if address.startswith("/static/")} == {
        "/static/mark.svg",
        "/static/headwater.css",
        "/static/headwater.js",
        "/static/vendor/htmx/htmx-2.0.11.min.js",
    }


def test_every_address_on_the_pages_leads_somewhere(site: Site):
    found = {address for path in PAGES for address in HtmlPage(site.get(path).text).addresses}
    own = {address for address in found if address.startswith("/") and not address.startswith("/logout")}
    sample = sorted(own)[:: max(1, len(own) // 250)]
    answers = {address: site.get(address, hx_request="true").status for address in sample}
    assert {address: status for address, status in answers.items() if status >= 400} == {}


def test_the_script_is_small(site: Site):
    scripts = [site.get(f"/static/{name}").text for name in ("headwater.js", "vendor/htmx/htmx-2.0.11.min.js")]
    assert sum(map(len, scripts)) < 80_000
