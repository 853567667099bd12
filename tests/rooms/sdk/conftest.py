"""A program with the SDK in it, and a server that takes what it sends."""

from collections.abc import Generator
from pathlib import Path

import pytest

import headwater
from tests.receiving import Receiver


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Credentials of whoever runs the tests are not read, and a failure of ours is raised."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setenv("HEADWATER_RAISE", "1")
    return tmp_path


@pytest.fixture
def receiver() -> Generator[Receiver]:
    """The SDK, sending to a server of the test's own."""
    made = Receiver()
    headwater.init(url=made.url, service_name="tests")
    yield made
    headwater.shutdown()
    headwater.defaults()
    made.close()
