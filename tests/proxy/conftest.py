"""One server for the trials of the proxy, and a project with an upstream of its own for each."""

import itertools
from collections.abc import Iterator

import pytest

from tests.proxy.proxied import Proxied, proxied_through
from tests.serving import Server

_numbers = itertools.count()
_SETTINGS = {"HEADWATER_PROXY_CONNECT_TIMEOUT_S": "1", "HEADWATER_LOG_LEVEL": "DEBUG"}


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A running server that many trials share: nothing may stop or hurt it."""
    with Server(tmp_path_factory.mktemp("proxy"), extra=_SETTINGS) as running:
        yield running


@pytest.fixture
def proxied(server: Server) -> Iterator[Proxied]:
    """A project of its own, and an upstream of its own behind it."""
    with proxied_through(server, f"proxied {next(_numbers)}") as made:
        yield made
