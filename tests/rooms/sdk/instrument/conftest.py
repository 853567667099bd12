"""Real clients of OpenAI and Anthropic, a server that pretends to be both, and an outbox that keeps what it gets."""

from collections.abc import Generator

import anthropic
import openai
import pytest

from headwater.sdk.instrument import uninstrument
from tests.versions.mock_llm import serving
from tests.versions.recording import Recording, recording


@pytest.fixture(scope="session")
def vendor_url() -> Generator[str]:
    """Where the pretended vendors listen."""
    with serving() as base:
        yield base


@pytest.fixture
def outbox() -> Generator[Recording]:
    """What is recorded in this test. Afterwards nothing is instrumented."""
    with recording() as kept:
        yield kept
        uninstrument()


@pytest.fixture
def gpt(vendor_url: str) -> Generator[openai.OpenAI]:
    """A client of OpenAI's that tries once."""
    with openai.OpenAI(base_url=f"{vendor_url}/v1", api_key="sk-mock", max_retries=0) as client:
        yield client


@pytest.fixture
def claude(vendor_url: str) -> Generator[anthropic.Anthropic]:
    """A client of Anthropic's that tries once."""
    with anthropic.Anthropic(base_url=vendor_url, api_key="mock", max_retries=0) as client:
        yield client
