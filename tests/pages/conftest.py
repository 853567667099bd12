"""The sample project's site, and a browser to look at it with; each is started once."""

from collections.abc import Iterator

import pytest

from headwater.clock import now_ns
from headwater.web import WebSettings
from tests.pages.browser import Browser, browser
from tests.pages.sample_project import sample_ports, sample_spans
from tests.pages.site import Site, serve


@pytest.fixture(scope="session")
def site() -> Iterator[Site]:
    """The sample project, whose newest trace is a minute old, and its giant trace."""
    now = now_ns()
    with serve(sample_ports(now, list(sample_spans(now, with_giant=True)))) as served:
        yield served


@pytest.fixture(scope="session")
def short_site() -> Iterator[Site]:
    """The sample project with few rows on a page: more of the same would only take a careful reader longer."""
    now = now_ns()
    settings = WebSettings(page_items=6, tree_window=100)
    with serve(sample_ports(now, list(sample_spans(now, with_giant=True))), settings) as served:
        yield served


@pytest.fixture(scope="session")
def window(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """A browser's window; tests share it."""
    with browser(tmp_path_factory.mktemp("browser")) as opened:
        yield opened


@pytest.fixture
def desk(window: Browser, site: Site) -> Browser:
    """The window on a desk, signed in, with nothing in the console."""
    window.look(1280, 800, "light")
    window.open(f"{site.address}/login?token=one-time-token")
    window.complaints()
    return window


@pytest.fixture
def phone(window: Browser, site: Site) -> Browser:
    """The window of a phone, signed in."""
    window.look(390, 844, "dark")
    window.open(f"{site.address}/login?token=one-time-token")
    window.complaints()
    return window
