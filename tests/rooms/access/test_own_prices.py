"""Own prices rest in the catalog: whose they are, how they are changed, what is refused."""

import re
from decimal import Decimal
from typing import Any

import pytest

from headwater.access import Catalog, KeptPrice
from headwater.errors import BadRequest, NotFound

_USD = {"input": Decimal("0.000000000001"), "output": Decimal("7.5")}


def kept(**given: Any) -> KeptPrice:
    fields: dict[str, Any] = {"id": "", "model": "house-*", "usd_per_million": _USD} | given
    return KeptPrice(**fields)


def test_a_price_is_read_back_to_the_last_decimal(catalog: Catalog):
    made = catalog.own_prices.set(kept(provider="ollama", valid_from_ns=2**63 - 1))
    assert made.id
    assert catalog.own_prices.one(made.id) == made == kept(id=made.id, provider="ollama", valid_from_ns=2**63 - 1)
    assert catalog.own_prices.all() == [made]


def test_a_project_has_its_own_and_those_of_every_project(catalog: Catalog):
    shop, default = catalog.create_project("shop"), catalog.project("default")
    of_all = catalog.own_prices.set(kept())
    of_shop = catalog.own_prices.set(kept(project=shop.id))
    assert catalog.own_prices.of_project(shop.id) == [of_all, of_shop]
    assert catalog.own_prices.of_project(default.id) == [of_all]
    with pytest.raises(NotFound):
        catalog.own_prices.set(kept(project="nowhere"))


def test_a_price_is_changed_by_its_id_and_removed(catalog: Catalog):
    made = catalog.own_prices.set(kept())
    changed = kept(id=made.id, usd_per_million={"request": Decimal(2)})
    assert catalog.own_prices.set(changed) == changed == catalog.own_prices.one(made.id)
    catalog.own_prices.remove(made.id)
    assert catalog.own_prices.all() == []
    for gone in (
        lambda: catalog.own_prices.set(changed),
        lambda: catalog.own_prices.remove(made.id),
        lambda: catalog.own_prices.one(made.id),
    ):
        with pytest.raises(NotFound, match=made.id):
            gone()


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"model": ""}, "model: "),
        ({"model": "two words"}, "model: "),
        ({"model": "m" * 201}, "model: "),
        ({"provider": "a b"}, "provider: "),
        ({"id": "x" * 33}, "id: "),
        ({"valid_from_ns": -1}, "valid_from: "),
        ({"valid_from_ns": 2**63}, "valid_from: "),
        ({"usd_per_million": {}}, "usd_per_million: give at least one"),
        ({"usd_per_million": {"In put": Decimal(1)}}, "usd_per_million: 'In put'"),
        ({"usd_per_million": {"input": Decimal(-1)}}, "input: -1 is no price"),
        ({"usd_per_million": {"input": Decimal("nan")}}, "input: NaN is no price"),
        ({"usd_per_million": {"input": Decimal("1e10")}}, "input: 1E[+]10 is no price"),
        ({"usd_per_million": {"input": Decimal("1e-13")}}, "input: 1E-13 has more than 12 decimals"),
    ],
)
def test_what_cannot_be_meant_is_refused_by_its_field(catalog: Catalog, given: dict[str, Any], said: str):
    with pytest.raises(BadRequest) as refused:
        catalog.own_prices.set(kept(**given))
    assert re.match(said, str(refused.value))
    assert catalog.own_prices.all() == []


def test_prices_are_taken_over_once_with_their_ids(catalog: Catalog):
    prices = [kept(id="a"), kept(id="b", model="other")]
    assert catalog.own_prices.take_over(prices) == 2
    catalog.own_prices.set(kept(id="a", model="changed-since"))
    assert catalog.own_prices.take_over(prices) == 0
    assert [price.model for price in catalog.own_prices.all()] == ["changed-since", "other"]
    with pytest.raises(BadRequest, match="model"):
        catalog.own_prices.take_over([kept(id="c"), kept(id="d", model="")])
    assert len(catalog.own_prices.all()) == 2
