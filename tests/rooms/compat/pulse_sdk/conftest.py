"""A server, a project for each test, a pretended provider, and a program that uses Pulse."""

import itertools
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import anthropic
import openai
import pytest

from headwater import sdk
from headwater.compat import pulse_sdk
from headwater.sdk.instrument import uninstrument
from headwater.simulator import Simulator
from tests.journeys.projects import Project, make_project
from tests.receiving import Receiver
from tests.serving import Server

_numbers = itertools.count()


@pytest.fixture(scope="package")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A running server that the tests share."""
    with Server(tmp_path_factory.mktemp("pulse"), extra={"HEADWATER_LOADER_BLOCK_AGE_S": "0.02"}) as running:
        yield running


@pytest.fixture
def project(server: Server) -> Project:
    """An empty project."""
    return make_project(server, f"pulse {next(_numbers)}")


@pytest.fixture(scope="package")
def simulator() -> Iterator[Simulator]:
    """OpenAI and Anthropic."""
    with Simulator() as running:
        yield running


@pytest.fixture
def collector(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Generator[Receiver]:
    """Where Pulse would send to; nobody has called `init_pulse` yet."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setenv("HEADWATER_RAISE", "1")
    made = Receiver()
    yield made
    pulse_sdk.shutdown()
    sdk.shutdown()
    uninstrument()
    made.close()


@pytest.fixture
def receiver(collector: Receiver) -> Receiver:
    """Where Pulse sends to."""
    pulse_sdk.init_pulse({"api_key": "pulse_sk_tests", "api_url": collector.url})
    return collector


@pytest.fixture
def gpt(simulator: Simulator) -> Generator[Any]:
    """OpenAI's client, as it came."""
    with openai.OpenAI(api_key="any", base_url=simulator.openai_url, max_retries=0) as client:
        yield client


@pytest.fixture
def claude(simulator: Simulator) -> Generator[Any]:
    """Anthropic's client, as it came."""
    with anthropic.Anthropic(api_key="any", base_url=simulator.anthropic_url, max_retries=0) as client:
        yield client
