"""Charts under a hand: the tip, marking a time, keys, and a segment that leads to its traces."""

import pytest

from tests.pages.browser import Browser
from tests.pages.site import Site

pytestmark = pytest.mark.browser

PLOT = "document.querySelector('[aria-labelledby=card-calls] svg[data-zoom]')"


def _mouse(desk: Browser, *steps: tuple[str, float]) -> None:
    """Move, press and let go of the mouse over the chart of calls; places are parts of its width."""
    box = desk.run(f"const box = {PLOT}.getBoundingClientRect(); return [box.left, box.top, box.width, box.height]")
    for kind, part in steps:
        place = {"x": box[0] + part * box[2], "y": box[1] + box[3] / 2}
        held = {} if kind == "mouseMoved" else {"button": "left", "clickCount": 1}
        desk.chrome("Input.dispatchMouseEvent", type=kind, **place, **held)


def test_a_tip_tells_what_a_bucket_holds(desk: Browser, site: Site):
    desk.open(f"{site.address}/overview?range=24h")
    _mouse(desk, ("mouseMoved", 0.5))
    assert " UTC" in desk.wait("document.querySelector('.tip')?.textContent")
    assert desk.complaints() == []


def test_dragging_over_a_chart_looks_at_that_time(desk: Browser, site: Site):
    desk.open(f"{site.address}/overview?range=24h&by=model")
    _mouse(desk, ("mousePressed", 0.25), ("mouseMoved", 0.4), ("mouseMoved", 0.75), ("mouseReleased", 0.75))
    query = desk.wait(
        "location.pathname === '/overview' && new URLSearchParams(location.search).has('start') && location.search"
    )
    assert "by=model" in query
    assert "range=" not in query
    desk.wait("document.querySelector('.chip-name')?.textContent === 'From'")


def test_keys_read_a_chart_and_open_a_bucket(desk: Browser, site: Site):
    desk.open(f"{site.address}/overview?range=24h")
    desk.run(f"{PLOT}.focus()")
    desk.press("right", "right", "left")
    assert desk.wait("document.querySelectorAll('.brush').length") == 1
    desk.press("enter")
    desk.wait("location.pathname === '/traces' && location.search.includes('start=')")


def test_what_moved_and_broke_is_there_soon(desk: Browser, site: Site):
    desk.open(f"{site.address}/overview?range=24h")
    desk.wait("document.querySelector('#broken')")
    assert desk.complaints() == []


def test_another_split_takes_the_page_with_it(desk: Browser, site: Site):
    desk.open(f"{site.address}/overview?range=24h")
    desk.click("#f-by option[value=model]")
    desk.wait("document.querySelector('svg[data-by=model]')")
    assert desk.run("return location.search") == "?range=24h&by=model"
