"""One simulator for all tests of a session, and the vendors' own clients pointed at it."""

from collections.abc import Generator
from typing import Any

import anthropic
import openai
import pytest

from headwater.simulator import Simulator


@pytest.fixture(scope="session")
def simulator() -> Generator[Simulator]:
    """A running simulator."""
    with Simulator() as running:
        yield running


@pytest.fixture
def openai_client(simulator: Simulator) -> Generator[openai.OpenAI]:
    """OpenAI's client, which tries once."""
    with openai.OpenAI(base_url=simulator.openai_url, api_key="any", max_retries=0) as client:
        yield client


@pytest.fixture
def anthropic_client(simulator: Simulator) -> Generator[anthropic.Anthropic]:
    """Anthropic's client, which tries once."""
    with anthropic.Anthropic(base_url=simulator.anthropic_url, api_key="any", max_retries=0) as client:
        yield client


ORDER_SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {"order_number": {"type": "string"}},
    "required": ["order_number"],
    "additionalProperties": False,
}


@pytest.fixture
def order_schema() -> dict[str, Any]:
    """The arguments of a tool that looks up an order."""
    return ORDER_SCHEMA
