"""One store process for all tests of the room; each test has a project of its own in it."""

import secrets
from collections.abc import Iterator

import pytest

from headwater.store import Store
from tests.rooms.store.fronts import Front


@pytest.fixture(scope="session")
def front(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    """A running store process."""
    front = Front(tmp_path_factory.mktemp("store"))
    yield front
    assert front.stop() == 0


@pytest.fixture(scope="session")
def store(front: Front) -> Store:
    """A store with its tables."""
    store = front.store()
    store.migrate()
    return store


@pytest.fixture
def project() -> str:
    """A project that nobody else writes to."""
    return f"p{secrets.token_hex(6)}"
