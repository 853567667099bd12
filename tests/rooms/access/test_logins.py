"""One-time login links and browsers' sessions."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from headwater.access import Catalog
from tests.conftest import HeldClock


def test_of_many_who_race_with_one_token_one_gets_in(catalog: Catalog):
    token = catalog.create_login_token()
    with ThreadPoolExecutor(8) as threads:
        cookies = list(threads.map(catalog.redeem_login, [token] * 16))
    assert len([cookie for cookie in cookies if cookie]) == 1


def test_an_expired_token_lets_nobody_in(catalog: Catalog, held_clock: HeldClock):
    token = catalog.create_login_token(lifetime_s=60)
    held_clock.advance(60)
    assert catalog.redeem_login(token) is None


def test_a_session_ends_by_itself(catalog: Catalog, held_clock: HeldClock):
    cookie = catalog.redeem_login(catalog.create_login_token(), lifetime_s=60)
    assert cookie is not None
    held_clock.advance(59)
    assert catalog.session(cookie) is not None
    held_clock.advance(1)
    assert catalog.session(cookie) is None


def test_a_session_ends_at_logout_and_others_go_on(catalog: Catalog):
    first = catalog.redeem_login(catalog.create_login_token())
    second = catalog.redeem_login(catalog.create_login_token())
    assert first is not None
    assert second is not None
    catalog.logout(first)
    assert catalog.session(first) is None
    assert catalog.session(second) is not None


@pytest.mark.parametrize("presented", ["", "x", "\udcff"])
def test_a_made_up_token_or_cookie_opens_nothing(catalog: Catalog, presented: str):
    assert catalog.redeem_login(presented) is None
    assert catalog.session(presented) is None
    catalog.logout(presented)
