"""A server of Layer's wire, a vendor of models, and Layer's client as a program finds it first."""

from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

import headwater
from headwater.compat.layer_sdk import Client
from tests.rooms.compat.layer_sdk.client.answering import Answering


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Credentials of whoever runs the tests are not read, and a failure of ours is raised."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setenv("HEADWATER_RAISE", "1")
    # The server of a test may be gone before the program.
    monkeypatch.setenv("HEADWATER_EXIT_TIMEOUT_S", "0.1")


@pytest.fixture
def server() -> Generator[Answering]:
    """Where `layer` sends."""
    with Answering() as answering:
        yield answering


@pytest.fixture
def vendor() -> Generator[Answering]:
    """Where models answer."""
    with Answering() as answering:
        yield answering


@pytest.fixture
def fresh() -> Generator[Client]:
    """The client before `init`. Afterwards nothing is instrumented."""
    only: Any = Client
    only._only = None
    yield Client()
    headwater.uninstrument()
    headwater.shutdown()
    only._only = None


@pytest.fixture
def layer(fresh: Client, server: Answering) -> Client:
    """The client of a program that has an application's id."""
    fresh.init(base_url=server.url, application_id="app-1", environment="Tests")
    return fresh
