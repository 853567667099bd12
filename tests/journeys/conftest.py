"""One server for all journeys of a session, and a project of its own for each."""

import itertools
from collections.abc import Iterator

import pytest

from tests.journeys.projects import Project, make_project
from tests.serving import Server

_numbers = itertools.count()


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A running server that many tests share: nothing may stop or hurt it."""
    with Server(tmp_path_factory.mktemp("journeys")) as running:
        yield running


@pytest.fixture
def project(server: Server) -> Project:
    """An empty project."""
    return make_project(server, f"journey {next(_numbers)}")
