"""One server for the trials of the proxy, and a project with an upstream of its own for each."""

import itertools
from collections.abc import Iterator

import pytest

from tests.proxy.proxied import Proxied, proxied_through
from tests.serving import Server, free_ports

_numbers = itertools.count()
_SETTINGS = {
    "HEADWATER_LOADER_BLOCK_AGE_S": "0.02",
    "HEADWATER_LOG_LEVEL": "DEBUG",
    "HEADWATER_PROXY_CONNECT_TIMEOUT_S": "1",
}


@pytest.fixture(scope="session")
def chosen_port() -> int:
    """A port that callers may choose by its address."""
    return free_ports(1)[0]


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory, chosen_port: int) -> Iterator[Server]:
    """A running server that many trials share: nothing may stop or hurt it."""
    chosen = {"HEADWATER_PROXY_TARGET_URLS": f'["http://127.0.0.1:{chosen_port}"]'}
    with Server(tmp_path_factory.mktemp("proxy"), extra=_SETTINGS | chosen) as running:
        yield running


@pytest.fixture
def proxied(server: Server) -> Iterator[Proxied]:
    """A project of its own, and an upstream of its own behind it."""
    with proxied_through(server, f"proxied {next(_numbers)}") as made:
        yield made
