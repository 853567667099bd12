"""The door that most tests of this room knock at."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.rooms.ingest.door import Door


@pytest.fixture
def door(tmp_path: Path) -> Iterator[Door]:
    """A door with the usual bounds."""
    made = Door(tmp_path)
    yield made
    made.close()
