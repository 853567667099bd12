"""Addresses that a login may lead to."""

from urllib.parse import urljoin, urlsplit

from hypothesis import given
from hypothesis import strategies as st

from headwater.web.pages.signin import own_address


@given(st.text(alphabet=st.sampled_from("/\\abc:.@?#\t\n \u2028%"), max_size=12) | st.text(max_size=12))
def test_an_address_that_is_let_through_stays_on_this_host(text: str):
    kept = own_address(text)
    assert kept in ("", text)
    if kept:
        assert urlsplit(urljoin("https://own.example/login", kept.replace("\\", "/"))).netloc == "own.example"
