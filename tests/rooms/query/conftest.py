"""A real store in a process of its own."""

import secrets
import socket
from collections.abc import Iterator

import pytest

from headwater.clock import monotonic_s, sleep
from headwater.store import Store, start_front
from tests.rooms.query.pen import Pen

_START_S = 30


@pytest.fixture(scope="session")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """A store with tables and nothing in them."""
    secret = secrets.token_hex(16)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = start_front(tmp_path_factory.mktemp("store"), port, secret)
    store = Store(f"clickhouse://default:{secret}@127.0.0.1:{port}")
    deadline_s = monotonic_s() + _START_S
    while not store.is_up():
        assert monotonic_s() < deadline_s, "the store did not start"
        sleep(0.1)
    store.migrate()
    yield store
    process.terminate()
    process.wait(10)
    assert process.stdin is not None
    process.stdin.close()


@pytest.fixture
def pen(store: Store) -> Pen:
    """A pen for a project of its own."""
    return Pen(store)
