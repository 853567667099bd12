"""Every page and every piece is HTML as the standard has it: no browser has to guess."""

import pytest

from tests.pages.html_rules import broken_rules
from tests.pages.site import Site
from tests.pages.test_every_page import PAGES, PIECES


@pytest.mark.parametrize("path", PAGES)
def test_a_page_follows_the_rules_of_html(short_site: Site, path: str):
    assert broken_rules(short_site.get(path).text) == []


@pytest.mark.parametrize("path", PIECES)
def test_a_piece_follows_the_rules_of_html(short_site: Site, path: str):
    container = "select" if path.startswith("/facets/") else "div"
    assert broken_rules(short_site.get(path, hx_request="true").text, container) == []


def test_the_reader_is_strict():
    assert len(broken_rules("<p><div></div></p>", "div")) == 1
    assert len(broken_rules('<a b="1" b="2"></a>', "div")) == 1
    assert len(broken_rules("<ul><li>one</ul></div>", "div")) == 1
