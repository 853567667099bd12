"""An alert under a hand: the chart follows the form, its address can be sent on, and the form is saved as a whole."""

import pytest

from tests.pages.browser import Browser
from tests.pages.site import Site

pytestmark = pytest.mark.browser

HEADING = "document.querySelector('#would-name')?.textContent"


def test_the_chart_follows_what_is_typed_before_it_is_saved(desk: Browser, site: Site):
    desk.open(f"{site.address}/alerts/new?measure=calls&threshold=1000000&window=1h&user=a&user=b")
    desk.wait(f"{HEADING} === 'It would not have fired'")
    desk.run("const bound = document.querySelector('#a-threshold'); bound.value = ''; bound.focus()")
    desk.press("0")
    desk.run("document.querySelectorAll('[name=user][type=hidden]').forEach(each => each.remove())")
    desk.run("document.querySelector('#a-threshold').dispatchEvent(new Event('change', {bubbles: true}))")
    desk.wait(f"{HEADING}?.startsWith('It would have fired')")
    desk.wait("new URLSearchParams(location.search).get('threshold') === '0'")
    assert desk.run("return location.pathname") == "/alerts/new"
    assert desk.complaints() == []


def test_the_form_shows_only_what_the_condition_needs(desk: Browser, site: Site):
    shown = (
        "[...document.querySelectorAll('#alert label')].filter(each => each.offsetParent).map(each => each.innerText)"
    )
    desk.open(f"{site.address}/alerts/new?measure=no_data")
    assert not [label for label in desk.run(f"return {shown}") if label.startswith(("Bound", "Compared", "Past weeks"))]
    desk.open(f"{site.address}/alerts/new?measure=cost&comparison=unusually_high")
    assert [label for label in desk.run(f"return {shown}") if label.startswith("Past weeks")]


def test_an_alert_is_watched_by_its_button(desk: Browser, site: Site):
    desk.open(f"{site.address}/alerts/new?measure=p95&threshold=30&window=15m&called=By+hand")
    desk.wait(HEADING)
    desk.click("#alert .button:not(.is-plain)")
    desk.wait("document.querySelector('h1').textContent === 'By hand'")
    assert desk.wait("document.querySelector('#said').textContent") == "The alert “By hand” is watched"
    desk.open(f"{desk.run('return location.href')}/remove")
    desk.click(".button.is-danger")
    desk.wait("location.pathname === '/alerts'")
    assert desk.complaints() == []


def test_on_a_phone_nothing_is_wider_than_the_screen(phone: Browser, site: Site):
    for path in ("/alerts", "/alerts/new?measure=p95", "/alerts/channels"):
        phone.open(site.address + path)
        phone.wait("document.readyState === 'complete'")
        assert phone.run("return document.documentElement.scrollWidth") <= 390, path
