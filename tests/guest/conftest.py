"""One provider of models for all programs."""

from collections.abc import Generator

import pytest

from headwater.simulator import Simulator


@pytest.fixture(scope="session")
def provider() -> Generator[tuple[str, str]]:
    """Where the models answer: the address of OpenAI's surface and of Anthropic's."""
    with Simulator() as simulator:
        yield simulator.openai_url, simulator.anthropic_url
