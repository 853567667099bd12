"""A server of its own for each test, and a seed that is printed so that a failure can be had again."""

import os
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.serving import Server


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything here is a crash test, and has time for restarts."""
    for item in items:
        if "tests/crash" in item.path.as_posix():
            item.add_marker(pytest.mark.crash)
            item.add_marker(pytest.mark.timeout(240))


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """A running server that belongs to one test."""
    with Server(tmp_path) as running:
        yield running


@pytest.fixture
def chance() -> random.Random:
    """A source of chance; `CRASH_SEED` gives the same once more."""
    seed = os.environ.get("CRASH_SEED") or str(random.SystemRandom().randrange(10**9))
    print(f"CRASH_SEED={seed}")  # noqa: T201 - pytest shows it where the test fails
    return random.Random(seed)
