"""Signing in and out, and who may see what."""

import pytest

from tests.pages.sample_project import AGENT_TRACE, COOKIE, TOKEN
from tests.pages.site import Site


def test_a_link_signs_in_and_leads_to_the_traces(site: Site):
    answer = site.get(f"/login?token={TOKEN}", cookie="")
    assert (answer.status, answer.headers["location"]) == (303, "/overview")
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith(f"headwater_session={COOKIE};")
    assert {"HttpOnly", "SameSite=lax", "Path=/"} <= {part.strip() for part in cookie.split(";")}


def test_a_link_leads_back_to_where_one_was(site: Site):
    answer = site.get(f"/login?token={TOKEN}&next=%2Ftraces%2F{AGENT_TRACE}%3Fspan%3Da1", cookie="")
    assert answer.headers["location"] == f"/traces/{AGENT_TRACE}?span=a1"


@pytest.mark.parametrize(
    "elsewhere",
    ["//evil.example", "/%5Cevil.example", "https://evil.example", "javascript:1", "%2F%09%2Fevil.example", "evil"],
)
def test_a_link_never_leads_elsewhere(site: Site, elsewhere: str):
    assert site.get(f"/login?token={TOKEN}&next={elsewhere}", cookie="").headers["location"] == "/overview"


def test_a_used_link_says_how_to_get_another(site: Site):
    answer = site.get("/login?token=used", cookie="")
    assert answer.status == 403
    assert "This link no longer works" in answer.text
    assert "headwater login" in answer.text
    assert "set-cookie" not in answer.headers


def test_a_link_checker_does_not_use_a_link_up(site: Site):
    assert "set-cookie" not in site.get(f"/login?token={TOKEN}", method="HEAD", cookie="").headers


@pytest.mark.parametrize("path", ["/traces", "/traces/abc", "/sessions", "/users", "/server/health", "/facets/model"])
@pytest.mark.parametrize("cookie", ["", "ended"])
def test_a_stranger_is_led_to_the_login_page(site: Site, path: str, cookie: str):
    answer = site.get(path, cookie=cookie)
    assert answer.status == 303
    assert answer.headers["location"].startswith("/login")


def test_a_stranger_comes_back_to_the_same_address(site: Site):
    answer = site.get("/traces?model=gpt-5&range=7d", cookie="")
    assert answer.headers["location"] == "/login?next=%2Ftraces%3Fmodel%3Dgpt-5%26range%3D7d"


def test_a_stranger_in_mid_page_is_led_out_of_it(site: Site):
    address = f"{site.address}/traces/{AGENT_TRACE}?span=a1"
    answer = site.get(f"/traces/{AGENT_TRACE}/spans/a1", cookie="", hx_request="true", hx_current_url=address)
    assert answer.headers["hx-redirect"] == f"/login?next=%2Ftraces%2F{AGENT_TRACE}%3Fspan%3Da1"
    assert answer.text == ""


def test_signing_out_takes_the_cookie_back(site: Site):
    answer = site.post("/logout", origin=site.address)
    assert (answer.status, answer.headers["location"]) == (303, "/login")
    assert 'headwater_session=""' in answer.headers["set-cookie"]


@pytest.mark.parametrize(
    "sent", [{"origin": "https://evil.example"}, {"sec_fetch_site": "cross-site"}, {"sec_fetch_site": "same-site"}]
)
def test_a_page_of_another_site_cannot_sign_one_out(site: Site, sent: dict[str, str]):
    answer = site.post("/logout", **sent)
    assert answer.status == 403
    assert "set-cookie" not in answer.headers


def test_a_project_that_is_not_ones_own_is_not_there(site: Site):
    assert site.get("/traces?project=secret").status == 404


def test_addresses_name_the_project_only_where_they_must(site: Site):
    assert "project=" not in site.get("/sessions").text.replace("/sessions?project=", "")
    assert 'href="/sessions?project=lab"' in site.get("/traces?project=lab").text
