"""What is remembered of keys, and for how long."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from headwater.access import Catalog
from headwater.errors import Unavailable
from tests.conftest import HeldClock


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder that can be taken away from a catalog."""
    folder = tmp_path / "here"
    folder.mkdir()
    return folder


@pytest.fixture
def catalog(place: Path, held_clock: HeldClock) -> Iterator[Catalog]:
    """A catalog on SQLite, under a held clock."""
    catalog = Catalog(f"sqlite:///{place / 'catalog.db'}", fresh_s=5, stale_s=600)
    catalog.migrate()
    catalog.bootstrap()
    yield catalog
    catalog.close()


def take_away(catalog: Catalog, place: Path) -> None:
    """Make the database unreachable."""
    catalog.close()
    place.rename(place.with_name("gone"))


def test_a_hot_key_is_known_without_asking_the_database(catalog: Catalog, place: Path):
    key = catalog.create_key("default", "laptop").key
    assert catalog.recall(key) is None
    principal = catalog.authenticate(key)
    take_away(catalog, place)
    assert catalog.authenticate(key) == catalog.recall(key) == principal


def test_a_good_key_stays_good_for_a_while_when_the_database_is_gone(
    catalog: Catalog, place: Path, held_clock: HeldClock
):
    key = catalog.create_key("default", "laptop").key
    principal = catalog.authenticate(key)
    take_away(catalog, place)
    held_clock.advance(599)
    assert catalog.recall(key) is None
    assert catalog.authenticate(key) == principal
    held_clock.advance(1)
    with pytest.raises(Unavailable):
        catalog.authenticate(key)


def test_an_unknown_key_is_remembered_as_unknown(catalog: Catalog, place: Path, held_clock: HeldClock):
    assert catalog.authenticate("hw_unknown") is None
    take_away(catalog, place)
    assert catalog.authenticate("hw_unknown") is None
    held_clock.advance(5)
    with pytest.raises(Unavailable):
        catalog.authenticate("hw_unknown")


def test_a_flood_of_unknown_keys_pushes_no_good_one_out(catalog: Catalog, place: Path):
    key = catalog.create_key("default", "laptop").key
    principal = catalog.authenticate(key)
    for number in range(10_050):
        catalog.authenticate(f"hw_{number}")
    take_away(catalog, place)
    assert catalog.authenticate(key) == principal
    with pytest.raises(Unavailable):
        catalog.authenticate("hw_0")
