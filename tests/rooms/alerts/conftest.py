"""A catalog with one project, and receivers that stand on loopback."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from headwater.access import Catalog
from tests.rooms.alerts.receivers import HttpReceiver, http_receiver


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    """A catalog as a first start leaves it."""
    found = Catalog(f"sqlite:///{tmp_path / 'catalog.db'}")
    found.migrate()
    found.bootstrap()
    yield found
    found.close()


@pytest.fixture
def project(catalog: Catalog) -> str:
    """The id of the project that there is."""
    return catalog.projects()[0].id


@pytest.fixture
def receiver() -> Iterator[HttpReceiver]:
    """An HTTP server that keeps what it is sent."""
    with http_receiver() as found:
        yield found
