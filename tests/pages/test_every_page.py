"""What holds for every page: a title, whole HTML without inline code, the headers that keep it private and safe."""

import pytest

from headwater.web import CONTENT_SECURITY_POLICY
from tests.pages.html_page import HtmlPage
from tests.pages.sample_project import AGENT_TRACE, GIANT_TRACE
from tests.pages.site import Site

PAGES = {
    "/login": "Sign in · Headwater",
    "/login?token=used": "Sign in · Headwater",
    "/traces": "Traces · Headwater",
    "/traces?range=all&sort=-cost&model=gpt-5&tag=web&text=order&min_cost_usd=0.0001": "Traces · Headwater",
    "/traces?start=2026-01-01T00:00:00Z&end=2026-01-02T00:00:00Z": "Traces · Headwater",
    "/traces?project=lab": "Traces · Headwater",
    f"/traces/{AGENT_TRACE}": "answer_ticket · Headwater",
    f"/traces/{AGENT_TRACE}?span=a000000000000005": "answer_ticket · Headwater",
    f"/traces/{AGENT_TRACE}?span=a000000000000006": "answer_ticket · Headwater",
    f"/traces/{AGENT_TRACE}?span=a000000000000009": "answer_ticket · Headwater",
    f"/traces/{GIANT_TRACE}": "nightly_regrade · Headwater",
    "/sessions": "Sessions · Headwater",
    "/sessions?project=lab": "Sessions · Headwater",
    "/users": "Users · Headwater",
    "/users?range=all": "Users · Headwater",
    "/server/health": "Health · Headwater",
    "/nowhere": "Nothing here · Headwater",
    "/traces/ffff": "Nothing here · Headwater",
    "/traces?min_tokens=many": "This address cannot be read · Headwater",
    "/traces?sort=beauty": "This address cannot be read · Headwater",
    "/traces?range=moon": "This address cannot be read · Headwater",
}
PIECES = (
    "/facets/model?model=gpt",
    f"/traces/{GIANT_TRACE}/spans?offset=100",
    f"/traces/{AGENT_TRACE}/spans/a000000000000005",
    f"/traces/{AGENT_TRACE}/spans/a000000000000005/raw",
)


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_whole_and_has_its_title_and_one_heading(site: Site, path: str):
    page = HtmlPage(site.get(path).text)
    assert page.faults == []
    assert page.title == PAGES[path]
    assert len(page.headings) == (
        0 if path.endswith("project=lab") and "traces" not in path and "sessions" not in path else 1
    )


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
