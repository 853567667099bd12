"""A program that was written for Tropir, and a server for what it tells."""

import itertools
from collections.abc import Generator, Iterator

import pytest

import headwater
from headwater.compat import tropir
from tests.journeys.projects import Project, make_project
from tests.receiving import Receiver
from tests.serving import Server

_numbers = itertools.count()


@pytest.fixture
def receiver(monkeypatch: pytest.MonkeyPatch) -> Generator[Receiver]:
    """Where Tropir's own variable sends this program's steps."""
    made = Receiver()
    # Whatever ran before in this process may have ended the SDK.
    headwater.init(enabled=True)
    monkeypatch.setenv("HEADWATER_RAISE", "1")
    monkeypatch.delenv("ENVIRONMENT", raising=False)
    monkeypatch.setenv("TROPIR_METADATA_ENDPOINT", f"{made.url}/api/v1/metadata")
    yield made
    tropir.clear_session_id()
    headwater.uninstrument()
    headwater.shutdown()
    made.close()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A running server."""
    with Server(tmp_path_factory.mktemp("tropir"), extra={"HEADWATER_LOADER_BLOCK_AGE_S": "0.02"}) as running:
        yield running


@pytest.fixture
def project(server: Server) -> Project:
    """An empty project."""
    return make_project(server, f"tropir {next(_numbers)}")
