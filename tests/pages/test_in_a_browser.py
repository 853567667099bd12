"""The pages in a real browser: keys, clicks, what loads when it is seen, and a console without complaints."""

from pathlib import Path
from typing import cast

import pytest

from headwater.clock import now_ns
from tests.pages.browser import Browser
from tests.pages.pictures import PAGES, take_pictures
from tests.pages.sample_project import AGENT_TRACE, GIANT_TRACE, sample_ports
from tests.pages.sample_questions import SampleQuestions
from tests.pages.sample_spans import call
from tests.pages.site import Site, serve

pytestmark = pytest.mark.browser


def test_a_picture_can_be_taken_in_each_size_and_theme(window: Browser, site: Site, tmp_path: Path):
    taken = take_pictures(window, site.address, tmp_path, {"models": PAGES["models"]})
    assert len(taken) == 4
    assert all(path.read_bytes().startswith(b"\x89PNG") and path.stat().st_size > 5_000 for path in taken)


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("width", [1280, 390])
def test_a_page_fits_its_screen_and_the_console_is_silent(desk: Browser, site: Site, page: str, width: int):
    desk.look(width, 844, "light")
    desk.open(site.address + PAGES[page])
    assert desk.run("return document.documentElement.scrollWidth") <= width
    assert desk.complaints() == []


def test_j_k_and_enter_walk_the_list_and_open_a_trace(desk: Browser, site: Site):
    desk.open(f"{site.address}/traces?range=7d")
    desk.press("j", "j", "k")
    assert desk.run("return document.activeElement.href").endswith(AGENT_TRACE)
    desk.press("enter")
    desk.wait(f"location.pathname === '/traces/{AGENT_TRACE}'")


def test_a_slash_leads_to_the_search_and_enter_narrows_without_a_new_page(desk: Browser, site: Site):
    desk.open(f"{site.address}/traces?range=7d")
    desk.run("window.isSamePage = true")
    desk.press("/", *"ferrule", "enter")
    desk.wait("document.querySelectorAll('tr[data-row]').length === 1")
    assert desk.run("return [window.isSamePage, location.search, document.activeElement.id]") == [
        True,
        "?range=7d&text=ferrule",
        "f-text",
    ]
    assert desk.complaints() == []


def test_a_menu_narrows_and_its_chip_takes_it_back(desk: Browser, site: Site):
    desk.open(f"{site.address}/traces?range=7d")
    desk.click("#f-status option[value=error]")
    desk.wait("document.querySelector('.chip-value')?.textContent === 'error'")
    assert desk.run("return location.search") == "?range=7d&status=error"
    desk.click(".chip a")
    desk.wait("location.search === '?range=7d'")


def test_a_field_offers_what_was_seen(desk: Browser, site: Site):
    desk.open(f"{site.address}/traces?range=7d")
    desk.click("details.panel > summary")
    desk.click("#f-model")
    desk.press(*"clau")
    desk.wait("document.querySelectorAll('#l-model option').length === 1")
    assert desk.run("return document.querySelector('#l-model option').value") == "claude-sonnet-5"
    assert desk.run("return location.search") == "?range=7d"


def test_choosing_a_facet_adds_a_chip_and_keeps_the_panel_open(desk: Browser, site: Site):
    desk.open(f"{site.address}/traces?range=7d&model=gpt-5")
    desk.click("details.panel > summary")
    desk.click("#f-model")
    desk.press(*"gpt-5-mini", "enter")
    desk.wait("document.querySelectorAll('.chip').length === 2")
    assert desk.run("return new URLSearchParams(location.search).getAll('model').sort()") == ["gpt-5", "gpt-5-mini"]
    assert desk.run("return document.querySelector('details.panel').open")


def test_a_click_on_a_span_shows_it_and_names_it_in_the_address(desk: Browser, site: Site):
    desk.open(f"{site.address}/traces/{AGENT_TRACE}")
    desk.click("#s-a000000000000009")
    desk.wait("document.querySelector('.failure h3')?.textContent === 'RateLimitError'")
    assert desk.run("return location.search") == "?span=a000000000000009"
    assert desk.run("return document.querySelector('[aria-selected=true]').dataset.span") == "a000000000000009"
    assert desk.complaints() == []


def test_arrows_walk_fold_and_unfold_the_tree(desk: Browser, site: Site):
    desk.open(f"{site.address}/traces/{AGENT_TRACE}")
    desk.press("j", "down", "down")
    assert desk.run("return document.activeElement.dataset.span") == "a000000000000003"
    desk.press("left")
    assert desk.run("return document.activeElement.getAttribute('aria-expanded')") == "false"
    assert desk.run("return document.querySelector('#s-a000000000000004').hidden")
    desk.press("right", "left", "left")
    assert desk.run("return document.activeElement.dataset.span") == "a000000000000001"


def test_a_click_on_the_twist_folds_and_does_not_pick(desk: Browser, site: Site):
    desk.open(f"{site.address}/traces/{AGENT_TRACE}")
    desk.click("#s-a000000000000003 [data-twist]")
    assert desk.run("return document.querySelector('#s-a000000000000004').hidden")
    assert desk.run("return location.search") == ""


def test_raw_json_comes_when_it_is_opened(desk: Browser, site: Site):
    desk.open(f"{site.address}/traces/{AGENT_TRACE}?span=a000000000000005")
    desk.click("details[data-raw] > summary")
    desk.wait("document.querySelector('.raw .code')?.textContent.includes('\"span_id\": \"a000000000000005\"')")
    assert desk.complaints() == []


def test_a_giant_trace_loads_what_is_seen_and_lets_go_of_what_is_far(desk: Browser, site: Site):
    desk.open(f"{site.address}/traces/{GIANT_TRACE}")
    full_height = desk.run("return document.querySelector('#tree').scrollHeight")
    assert full_height >= 30_000 * 34
    for place in range(1, 12):
        desk.run(f"scrollTo(0, {place * 8000})")
        desk.wait("document.elementFromPoint(300, 400)?.closest('.row')")
    desk.run("scrollTo(0, document.body.scrollHeight)")
    desk.wait("document.querySelector('[aria-posinset=\"30000\"]')")
    desk.wait("document.querySelectorAll('.row').length < 900")
    assert desk.run("return document.querySelector('#tree').scrollHeight") == full_height
    assert desk.complaints() == []


def test_a_link_to_a_span_far_down_shows_it_in_sight(desk: Browser, site: Site):
    desk.open(f"{site.address}/traces/{GIANT_TRACE}?span={20_000:016x}")
    place = desk.wait("document.querySelector('.row.is-picked')?.getBoundingClientRect().top")
    assert 0 < place < 800


def test_copying_puts_the_text_on_the_clipboard_and_says_so(desk: Browser, site: Site):
    desk.open(f"{site.address}/traces/{AGENT_TRACE}")
    desk.chrome("Browser.grantPermissions", permissions=["clipboardReadWrite"])
    desk.click("[data-copy]")
    desk.wait("document.querySelector('#said').textContent === 'Copied'")
    assert desk.run("return navigator.clipboard.readText()") == AGENT_TRACE


def test_the_health_page_asks_again_by_itself(desk: Browser, site: Site):
    desk.open(f"{site.address}/server/health")
    desk.run("document.querySelector('#health h1').textContent = 'old'")
    desk.wait("document.querySelector('#health h1').textContent === 'Health'", seconds=8)
    assert desk.complaints() == []


def test_a_session_that_ended_leads_to_the_login_page_and_back(desk: Browser, site: Site):
    desk.open(f"{site.address}/traces/{AGENT_TRACE}")
    desk.chrome("Network.clearBrowserCookies")
    desk.click("#s-a000000000000005")
    desk.wait("location.pathname === '/login'")
    desk.click("#token")
    desk.press(*"one-time-token", "enter")
    desk.wait(f"location.pathname === '/traces/{AGENT_TRACE}'")


def test_signing_out_ends_the_session(desk: Browser, site: Site):
    desk.open(f"{site.address}/traces")
    desk.click("form[action='/logout'] button")
    desk.wait("location.pathname === '/login'")


def test_a_phone_shows_a_span_alone_and_leads_back_to_the_tree(phone: Browser, site: Site):
    phone.open(f"{site.address}/traces/{AGENT_TRACE}")
    phone.click("#s-a00000000000000c")
    phone.wait("document.querySelector('.back-to-tree')?.offsetParent !== null && location.search.includes('span=')")
    assert phone.run("return document.querySelector('#tree').offsetParent") is None
    phone.click(".back-to-tree")
    phone.wait("document.querySelector('#tree')?.offsetParent !== null")
    assert phone.complaints() == []


def test_columns_are_chosen_from_the_menu(desk: Browser, site: Site):
    desk.open(f"{site.address}/traces?range=7d&model=gpt-5")
    desk.click(".is-columns > summary")
    desk.click(".is-columns input[value=tags]")
    desk.click(".is-columns input[value=ttft]")
    desk.click(".is-columns button")
    desk.wait("document.querySelector('th.c-tags') && !document.querySelector('th.c-ttft')")
    assert desk.run("return new URLSearchParams(location.search).get('model')") == "gpt-5"
    assert desk.run("return new URLSearchParams(location.search).getAll('column')").count("tags") == 1
    assert desk.complaints() == []


def test_a_live_list_shows_what_comes_until_it_is_paused(window: Browser):
    ports = sample_ports(now_ns(), [])
    questions = cast("SampleQuestions", ports.questions("desk"))
    with serve(ports) as own:
        _arrive(questions, 1)
        window.look(1280, 800, "light")
        window.open(f"{own.address}/login?token=one-time-token")
        window.open(f"{own.address}/traces")
        window.click("[data-live-button]")
        _arrive(questions, 2)
        window.wait("document.querySelectorAll('tr[data-row]').length === 2")
        assert window.run("return document.querySelector('tr[data-row]').dataset.trace") == f"{2:032x}"
        window.click("[data-live-button]")
        assert window.run("return document.querySelector('[data-live-button]').textContent") == "Resume"
        _arrive(questions, 3)
        window.click("[data-live-button]")
        window.wait("document.querySelectorAll('tr[data-row]').length === 3")
        assert window.complaints() == []
        window.open("about:blank")


def _arrive(questions: SampleQuestions, number: int) -> None:
    now = now_ns()
    questions.arrive([call(f"{number:032x}", "1" * 16, "gpt-5", (10, 0, 5), from_ns=now)], now)
