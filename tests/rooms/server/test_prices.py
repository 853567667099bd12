"""Own prices on their way from the catalog to the books, also while nobody can ask it."""

import threading
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from headwater.access import Catalog, KeptPrice
from headwater.errors import HeadwaterError
from headwater.server import DataFolder
from headwater.server.prices import PriceWatch, take_over_prices

_USD = {"input": Decimal("0.5")}


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    """A catalog as a first start leaves it."""
    catalog = Catalog(f"sqlite:///{tmp_path / 'catalog.db'}")
    catalog.migrate()
    yield catalog
    catalog.close()


def test_a_price_that_is_set_is_in_the_book_at_the_next_question(catalog: Catalog) -> None:
    watch = PriceWatch(catalog)
    before = watch.book("p")
    catalog.own_prices.set(KeptPrice(id="", model="m", usd_per_million=_USD))
    assert watch.book("p") is not before
    assert [price.model for price in watch.books.own] == ["m"]


def test_a_price_that_a_later_version_has_set_is_left_out(catalog: Catalog) -> None:
    catalog.own_prices.set(KeptPrice(id="", model="m", usd_per_million={"video": Decimal(1)}))
    catalog.own_prices.set(KeptPrice(id="", model="n", usd_per_million=_USD))
    watch = PriceWatch(catalog)
    watch.look()
    assert [price.model for price in watch.books.own] == ["n"]


def test_while_the_catalog_is_away_the_prices_read_last_hold(catalog: Catalog, tmp_path: Path) -> None:
    catalog.own_prices.set(KeptPrice(id="", model="m", usd_per_million=_USD))
    stop = threading.Event()
    stop.set()
    PriceWatch(catalog, tmp_path / "seen.json").begin(stop)
    away = PriceWatch(Catalog(f"sqlite:///{tmp_path / 'nowhere' / 'catalog.db'}"), tmp_path / "seen.json")
    away.begin(stop)
    assert [price.model for price in away.books.own] == ["m"]
    assert away.book("p") is away.books.of("p")


def test_a_file_of_prices_is_taken_over_once(catalog: Catalog, tmp_path: Path) -> None:
    folder = DataFolder(tmp_path)
    assert take_over_prices(folder, catalog) == 0
    folder.prices.write_text('[{"id": "a", "model": "m", "usd_per_million": {"input": "0.5"}, "provider": "ollama"}]')
    assert take_over_prices(folder, catalog) == 1
    assert catalog.own_prices.one("a") == KeptPrice(id="a", model="m", usd_per_million=_USD, provider="ollama")
    assert take_over_prices(folder, catalog) == 0


@pytest.mark.parametrize("text", ["{}", "[{}]", '[{"id": "a", "model": "m", "usd_per_million": {"water": "1"}}]'])
def test_a_file_that_cannot_be_read_is_named_and_left(catalog: Catalog, tmp_path: Path, text: str) -> None:
    folder = DataFolder(tmp_path)
    folder.prices.write_text(text)
    with pytest.raises(HeadwaterError, match=r"prices\.json"):
        take_over_prices(folder, catalog)
    assert folder.prices.read_text() == text
    assert catalog.own_prices.all() == []
