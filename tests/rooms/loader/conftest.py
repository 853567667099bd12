"""The line that most tests of this room stand at."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.rooms.loader.line import Line


@pytest.fixture
def line(tmp_path: Path) -> Iterator[Line]:
    """An empty line."""
    made = Line(tmp_path)
    yield made
    made.close()
