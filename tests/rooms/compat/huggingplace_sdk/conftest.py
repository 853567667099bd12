"""A program that was written for HuggingPlace, and servers for what it tells."""

import itertools
from collections.abc import Generator, Iterator

import pytest

import headwater
from headwater.compat.huggingplace_sdk import HuggingPlace
from tests.journeys.projects import Project, make_project
from tests.receiving import Receiver
from tests.serving import Server

_numbers = itertools.count()


@pytest.fixture
def receiver(monkeypatch: pytest.MonkeyPatch) -> Generator[Receiver]:
    """Takes what the program sends."""
    monkeypatch.setenv("HEADWATER_RAISE", "1")
    made = Receiver()
    yield made
    headwater.shutdown()
    made.close()


@pytest.fixture
def huggingplace(receiver: Receiver) -> HuggingPlace:
    """Made as the README does."""
    return HuggingPlace(api_key="hp-key", org_id="org-1", mode="dev", base_url=receiver.url)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A running server."""
    with Server(tmp_path_factory.mktemp("huggingplace"), extra={"HEADWATER_LOADER_BLOCK_AGE_S": "0.02"}) as running:
        yield running


@pytest.fixture
def project(server: Server) -> Project:
    """An empty project."""
    return make_project(server, f"huggingplace {next(_numbers)}")
