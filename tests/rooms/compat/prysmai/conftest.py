"""A stand-in for the server, and nothing left of the context that a test set."""

from collections.abc import Iterator

import pytest

from headwater.compat.prysmai.api import prysm_context
from tests.rooms.compat.prysmai.standin import StandIn, stand_in


@pytest.fixture
def server() -> Iterator[StandIn]:
    """A server that remembers what it was asked."""
    with stand_in() as running:
        yield running


@pytest.fixture(autouse=True)
def fresh_context(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No context, and no settings of whoever runs the tests."""
    for name in ("PRYSM_API_KEY", "PRYSM_BASE_URL"):
        monkeypatch.delenv(name, raising=False)
    yield
    prysm_context.clear()
