"""The pages by keyboard alone: nothing that a pointer does is out of its reach."""

import pytest

from tests.pages.browser import Browser
from tests.pages.sample_project import AGENT_TRACE, TOKEN
from tests.pages.site import Site

pytestmark = pytest.mark.browser

FOCUSED = "document.activeElement"


def tab_to(window: Browser, selector: str, most: int = 80) -> None:
    """Press Tab until an element has the focus."""
    for _ in range(most):
        if window.run(f"return {FOCUSED}.matches({selector!r})"):
            return
        window.press("tab")
    raise AssertionError(f"{most} tabs led to no {selector}, but to {window.run(f'return {FOCUSED}.outerHTML')[:200]}")


def test_from_signing_in_to_what_was_said_in_a_call(window: Browser, site: Site):
    window.look(1280, 800, "light")
    window.chrome("Network.clearBrowserCookies")
    window.open(f"{site.address}/login")
    tab_to(window, "#token")
    window.press(*TOKEN, "enter")
    window.wait("location.pathname === '/overview'")
    tab_to(window, "#places a[href='/traces']")
    window.press("enter")
    window.wait("location.pathname === '/traces' && document.querySelector('[data-open]')")
    tab_to(window, "[data-open]")
    window.press("enter")
    window.wait(f"location.pathname === '/traces/{AGENT_TRACE}'")
    tab_to(window, ".row")
    window.press("down", "down", "enter")
    window.wait("document.querySelector('#panel [data-shown-span=a000000000000003]')")
    window.press("tab")
    assert window.run(f"return Boolean({FOCUSED}.closest('#panel'))")
    window.press("escape")
    assert window.run(f"return {FOCUSED}.dataset.span") == "a000000000000003"
    assert window.complaints() == []


def test_the_first_tab_offers_to_skip_the_side_bar(desk: Browser, site: Site):
    desk.open(f"{site.address}/traces")
    desk.press("tab", "enter", "tab")
    assert desk.run(f"return Boolean({FOCUSED}.closest('main'))")


def test_a_filter_is_opened_chosen_and_taken_away(desk: Browser, site: Site):
    desk.open(f"{site.address}/traces?range=7d")
    tab_to(desk, "details.panel > summary")
    desk.press("enter")
    tab_to(desk, "#f-model")
    desk.press(*"gpt-5-mini", "enter")
    desk.wait("document.querySelector('.chip-value')?.textContent === 'gpt-5-mini'")
    desk.press("escape")
    desk.wait("!document.querySelector('details.panel').open")
    tab_to(desk, ".chip a")
    desk.press("enter")
    desk.wait("location.search === '?range=7d'")


def test_escape_closes_a_menu_and_goes_back_to_what_opened_it(desk: Browser, site: Site):
    desk.open(f"{site.address}/traces?range=7d")
    tab_to(desk, ".is-columns > summary")
    desk.press("enter", "tab", "escape")
    assert not desk.run("return document.querySelector('.is-columns').open")
    assert desk.run(f"return {FOCUSED}.matches('.is-columns > summary')")


def test_two_keys_go_to_a_page(desk: Browser, site: Site):
    desk.open(f"{site.address}/overview")
    desk.press("g", "s")
    desk.wait("location.pathname === '/sessions'")


def test_a_question_mark_shows_the_shortcuts_and_escape_hides_them(desk: Browser, site: Site):
    desk.open(f"{site.address}/traces")
    tab_to(desk, "details.panel > summary")
    desk.press("?")
    desk.wait("document.querySelector('#shortcuts').open")
    desk.press("tab", "tab", "tab")
    assert desk.run(f"return {FOCUSED} === document.body || Boolean({FOCUSED}.closest('#shortcuts'))")
    desk.press("escape")
    desk.wait("!document.querySelector('#shortcuts').open")
    assert desk.run(f"return {FOCUSED}.matches('details.panel > summary')")


def test_the_menu_of_a_phone_opens_closes_and_gives_the_focus_back(phone: Browser, site: Site):
    phone.open(f"{site.address}/overview")
    tab_to(phone, "[popovertarget=places]")
    phone.press("enter", "tab")
    assert phone.run(f"return Boolean({FOCUSED}.closest('#places'))")
    phone.press("escape")
    assert phone.run("return document.querySelector('#places:popover-open')") is None
    assert phone.run(f"return {FOCUSED}.matches('[popovertarget=places]')")
