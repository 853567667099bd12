"""What holds for every page: a title, whole HTML without inline code, the headers that keep it private and safe."""

import gzip
from importlib.resources import files
from pathlib import Path

import pytest

from headwater.web import CONTENT_SECURITY_POLICY
from tests.pages.html_page import HtmlPage
from tests.pages.sample_project import AGENT_TRACE, GIANT_TRACE
from tests.pages.sample_rolled import ALERT
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
    "/views": "Saved views · Headwater",
    "/sets": "Saved sets · Headwater",
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
    "/tools": "Tools & agents · Headwater",
    "/tools?range=all&sort=-cost&tool=find_order": "Tools & agents · Headwater",
    "/tools/below?range=7d": "Agents and loops · Headwater",
    "/tools?project=lab": "Tools & agents · Headwater",
    "/tools?sort=beauty": "This address cannot be read · Headwater",
    "/scores": "Scores · Headwater",
    "/scores?range=all&score=helpful&sort=-time&by=agent&model=gpt-5": "Scores · Headwater",
    "/scores?project=lab": "Scores · Headwater",
    "/scores?by=weather": "This address cannot be read · Headwater",
    "/models/prefixes?range=7d": "Broken prefixes · Headwater",
    "/models/prefixes?project=lab": "Broken prefixes · Headwater",
    "/compare": "Compare · Headwater",
    "/compare?a=nonsense&b=a000000000000005": "Compare · Headwater",
    f"/compare?a={AGENT_TRACE}:a000000000000005&b={AGENT_TRACE}:a000000000000009": "Compare · Headwater",
    "/users/li.wei": "User li.wei · Headwater",
    "/users/li.wei?range=15m&model=gpt-5": "User li.wei · Headwater",
    "/users/nobody": "Nothing here · Headwater",
    "/users": "Users · Headwater",
    "/users?range=all": "Users · Headwater",
    "/alerts": "Alerts · Headwater",
    "/alerts?project=lab": "Alerts · Headwater",
    "/alerts/new": "New alert · Alerts · Headwater",
    "/alerts/new?measure=cost&comparison=unusually_high&user=a&user=b": "New alert · Alerts · Headwater",
    "/alerts/chart?measure=p95&threshold=5&past=1d": "When it would have fired · Headwater",
    "/alerts/channels": "Channels · Headwater",
    f"/alerts/{ALERT}": "Error rate over 1 % · Alerts · Headwater",
    f"/alerts/{ALERT}?measure=p95": "Error rate over 1 % · Alerts · Headwater",
    f"/alerts/{ALERT}/remove": "Delete the alert “Error rate over 1 %”? · Headwater",
    "/alerts/nothing": "Nothing here · Headwater",
    "/prices": "Prices · Headwater",
    "/prices?range=all&model=gpt-5": "Prices · Headwater",
    "/prices?range=15m&model=nobody": "Prices · Headwater",
    "/prices?project=lab": "Prices · Headwater",
    "/prices/own": "Own prices · Headwater",
    "/prices/own/new?provider=openai&model=riverbend-lora-7b": "Set a price · Headwater",
    "/prices/own/nothing": "Nothing here · Headwater",
    "/prices/reprice": "Price again · Headwater",
    "/prices/reprice?range=7d": "Price again · Headwater",
    "/prices/reprice?start=soon": "Price again · Headwater",
    "/prices/reprice/2": "Pricing again · Headwater",
    "/prices/reprice/99": "Nothing here · Headwater",
    "/prices/what-if": "What if · Headwater",
    "/prices/what-if?range=all&at_model=gpt-5-nano&model=gpt-5": "What if · Headwater",
    "/prices/what-if?at_model=nobody-has-it": "What if · Headwater",
    "/prices/what-if?project=lab&at_model=gpt-5": "What if · Headwater",
    "/query": "Query · Headwater",
    "/query?sql=select+1": "Query · Headwater",
    "/query?sql=drop": "Query · Headwater",
    "/server/health": "Health · Headwater",
    "/server/health/deliveries": "Deliveries · Headwater",
    "/server/health/deliveries?range=1h&offset=25&project=lab": "Deliveries · Headwater",
    "/server/health/deliveries?range=moon": "This address cannot be read · Headwater",
    f"/server/health/deliveries/{'b' * 32}": "grading-job · Headwater",
    "/server/health/deliveries/nobody": "Nothing here · Headwater",
    "/server/health/quarantine": "Quarantine · Headwater",
    "/server/health/quarantine?before=1": "Quarantine · Headwater",
    "/server/health/quarantine/3": "Envelope edge-1:90213 · Headwater",
    "/server/health/quarantine/3/discard": "Discard an envelope · Headwater",
    "/server/health/quarantine/99": "Nothing here · Headwater",
    "/server/health/loading": "Load again · Headwater",
    "/server/health/loading?start=2026-01-01T00:00:00Z&end=": "Load again · Headwater",
    "/server/health/loading?start=soon": "Load again · Headwater",
    "/server/health/attributes": "Attributes · Headwater",
    "/server/health/attributes?which=own": "Attributes · Headwater",
    "/server/health/attributes?project=lab": "Attributes · Headwater",
    "/server/health/attributes?which=moon": "This address cannot be read · Headwater",
    "/settings": "Send data · Headwater",
    "/settings?with=layer&project=lab": "Send data · Headwater",
    "/settings/keys": "Keys · Headwater",
    "/settings/keys/none/revoke": "Nothing here · Headwater",
    "/settings/providers": "Providers · Headwater",
    "/settings/providers/openai": "openai · Providers · Headwater",
    "/settings/providers/openai/forget": "Remove the secret for openai? · Headwater",
    "/settings/providers/openai/remove": "Remove openai for this project? · Headwater",
    "/settings/providers/none": "Nothing here · Headwater",
    "/settings/limits": "Limits · Headwater",
    "/settings/projects": "Projects · Headwater",
    "/settings/server": "Server · Headwater",
    "/settings/server?only=set": "Server · Headwater",
    "/go": "Find · Headwater",
    "/go?to=nobody": "Find · Headwater",
    "/go?to=b000000000000001": "Find · Headwater",
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
    "/settings/waiting?since=2026-01-01T00:00:00Z&project=lab",
    "/overview/below?range=7d",
    "/tools/below?range=7d",
    "/models/prefixes?range=7d",
    "/alerts/firing",
    f"/alerts/{ALERT}/spark",
    "/alerts/chart?measure=error_rate&threshold=1",
    "/alerts/chart?measure=weather",
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


def test_all_scripts_together_are_small_as_they_travel():
    scripts = [path.read_bytes() for path in Path(str(files("headwater.web"))).glob("static/**/*.js")]
    assert len(scripts) >= 6
    assert sum(len(gzip.compress(script)) for script in scripts) < 60_000
