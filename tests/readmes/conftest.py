"""A server whose providers are simulated, and for each test a reader with a project and keys of his own."""

import itertools
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from headwater.simulator import Simulator
from tests.journeys.projects import make_project
from tests.proxy.proxied import catalog_of
from tests.readmes.running import Reader
from tests.serving import Server

_numbers = itertools.count()


@pytest.fixture(scope="session")
def provider() -> Iterator[Simulator]:
    """OpenAI and Anthropic."""
    with Simulator() as running:
        yield running


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory, provider: Simulator) -> Iterator[Server]:
    """A running server that all readers share: nothing may stop or hurt it."""
    upstreams = json.dumps({"openai": provider.url, "anthropic": provider.url})
    extra = {"HEADWATER_PROXY_UPSTREAMS": upstreams, "HEADWATER_LOADER_BLOCK_AGE_S": "0.02"}
    with Server(tmp_path_factory.mktemp("readmes"), extra=extra) as running:
        yield running


@pytest.fixture
def reader(server: Server, provider: Simulator, tmp_path: Path) -> Reader:
    """Somebody with an empty project."""
    return reader_of(server, provider, tmp_path)


def reader_of(server: Server, provider: Simulator, folder: Path) -> Reader:
    """A reader with a new project, its keys, and the provider's secret stored, as Prysm's README has it."""
    project = make_project(server, f"reader {next(_numbers)}")
    with catalog_of(server) as catalog:
        pulse = catalog.create_key(project.id, "pulse", "pulse").key
        prysm = catalog.create_key(project.id, "prysm", "prysm").key
        catalog.set_credential(project.id, "openai", "sk-stored")
    return Reader(project, pulse, prysm, provider.url, folder)
