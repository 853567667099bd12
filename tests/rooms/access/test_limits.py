"""Limits: those that mean something are kept, all others refused by field and remedy."""

import math
from typing import Any

import pytest

from headwater.access import Catalog, Limit
from headwater.errors import BadRequest, NotFound


def test_a_limit_is_kept_as_it_was_given(catalog: Catalog):
    key = catalog.create_key("default", "laptop")
    made = [
        catalog.add_limit("default", measure="requests", amount=60, window="minute", per="user"),
        catalog.add_limit("default", measure="tokens", amount=2_000_000_000, window="month", key_id=key.id),
        catalog.add_limit("default", measure="cost_usd", amount=0.25, window="day", per="session"),
        catalog.add_limit("default", measure="concurrent", amount=8),
    ]
    assert catalog.limits("default") == made
    project_id = catalog.project("default").id
    assert made[1] == Limit(
        id=made[1].id, project_id=project_id, key_id=key.id, measure="tokens", window="month", amount=2e9
    )


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"measure": "calls"}, "measure 'calls'"),
        ({"per": "person"}, "per 'person'"),
        ({"window": ""}, "window ''"),
        ({"window": "week"}, "window 'week'"),
        ({"measure": "concurrent"}, "window 'minute'"),
        ({"amount": 0}, "amount 0"),
        ({"amount": -1}, "amount -1"),
        ({"amount": 1.5}, "amount 1.5"),
        ({"amount": 1e16}, r"amount 1e\+16"),
        ({"amount": math.inf}, "amount inf"),
        ({"amount": math.nan}, "amount nan"),
        ({"measure": "cost_usd", "amount": math.nan}, "amount nan"),
    ],
)
def test_a_limit_that_means_nothing_is_refused(catalog: Catalog, given: dict[str, Any], said: str):
    limit: dict[str, Any] = {"measure": "requests", "amount": 60, "window": "minute"} | given
    with pytest.raises(BadRequest, match=said):
        catalog.add_limit("default", **limit)
    assert catalog.limits("default") == []


def test_of_one_kind_there_is_one(catalog: Catalog):
    catalog.add_limit("default", measure="requests", amount=60, window="minute")
    with pytest.raises(BadRequest, match="of this kind"):
        catalog.add_limit("default", measure="requests", amount=90, window="minute")
    catalog.add_limit("default", measure="requests", amount=90, window="hour")
    catalog.add_limit("default", measure="requests", amount=90, window="minute", per="user")
    assert len(catalog.limits("default")) == 3


def test_a_limit_is_for_a_good_key_of_its_project(catalog: Catalog):
    catalog.create_project("shop")
    foreign, revoked = catalog.create_key("shop", "laptop"), catalog.create_key("default", "gone")
    catalog.revoke_key(revoked.id)
    for key_id in (foreign.id, revoked.id, "nothing"):
        with pytest.raises(NotFound, match=key_id):
            catalog.add_limit("default", measure="concurrent", amount=1, key_id=key_id)


def test_a_removed_limit_is_gone(catalog: Catalog):
    limit = catalog.add_limit("default", measure="concurrent", amount=1)
    catalog.remove_limit(limit.id)
    assert catalog.limits("default") == []
    with pytest.raises(NotFound, match=limit.id):
        catalog.remove_limit(limit.id)
