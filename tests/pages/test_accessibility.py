"""Every page as axe reads it, in both themes, wide and narrow; and with a console that says nothing."""

from collections import Counter
from collections.abc import Iterator

import pytest

from tests.pages.axe import OF_LOOKS, axe_in, findings
from tests.pages.browser import Browser
from tests.pages.sample_project import TOKEN
from tests.pages.site import Site
from tests.pages.test_every_page import PAGES

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def reader(window: Browser, short_site: Site) -> Iterator[Browser]:
    """The window, signed in, with axe in every page."""
    window.look(1280, 800, "light")
    window.open(f"{short_site.address}/login?token={TOKEN}")
    with axe_in(window):
        yield window


def settled(window: Browser) -> None:
    """Wait until what loads has come, and the page has been drawn in its present size and colours."""
    window.promised("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    window.wait(
        "!document.querySelector('.htmx-request') && !document.getAnimations().some(each => each.transitionProperty)"
    )


# Of pages that differ by what they are asked only, some speak for the others.
_OF_EACH_TITLE = 3


def _read() -> list[str]:
    seen: Counter[str] = Counter()
    chosen: list[str] = []
    for path, title in PAGES.items():
        seen[title] += 1
        if seen[title] <= _OF_EACH_TITLE or "project=lab" in path:
            chosen.append(path)
    return chosen


@pytest.mark.parametrize("path", _read())
def test_a_page_keeps_nobody_out_and_complains_of_nothing(reader: Browser, short_site: Site, path: str):
    reader.look(1280, 800, "light")
    reader.complaints()
    reader.open(short_site.address + path)
    settled(reader)
    found = {"wide, light": findings(reader)}
    for width, height, theme in ((1280, 800, "dark"), (390, 844, "dark"), (390, 844, "light")):
        reader.look(width, height, theme)
        settled(reader)
        found[f"{width}, {theme}"] = findings(reader, OF_LOOKS)
    assert {look: each for look, each in found.items() if each} == {}
    assert reader.complaints() == []
