"""A running server for the tests that go over a socket."""

from collections.abc import Iterator

import pytest

from tests.serving import Server


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that the tests of one file share."""
    with Server(tmp_path_factory.mktemp("fuzz")) as running:
        yield running
