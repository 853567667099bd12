"""The live part of the demo: real programs that talk to a simulated provider, seen by the SDK, the proxy, or both."""

import subprocess
import sys
from collections.abc import Mapping
from importlib.util import find_spec

from headwater.cli.client_side import process_environment
from headwater.errors import HeadwaterError
from headwater.simulator import Simulator

_NEEDED = ("openai", "anthropic")
_PROGRAM_S = 90.0


def missing() -> list[str]:
    """The packages that the programs need and that are not installed."""
    return [name for name in _NEEDED if find_spec(name) is None]


def run_observed(provider: Simulator, base_url: str, key: str) -> int:
    """Run the program that the SDK observes; what it asks of Anthropic passes the proxy too.

    Return how many requests the provider answered, each of which is a call to be found. Raises HeadwaterError where
    the program fails.
    """
    urls = {"OPENAI_BASE_URL": provider.openai_url, "ANTHROPIC_BASE_URL": f"{base_url}/p/{key}/anthropic"}
    return _run("headwater.cli.demo_agent", provider, base_url, key, urls)


def run_relayed(provider: Simulator, base_url: str, key: str) -> int:
    """Run the programs that only the proxy sees. Returns and raises as `run_observed` does."""
    return _run("headwater.cli.demo_proxied", provider, base_url, key, {})


def _run(module: str, provider: Simulator, base_url: str, key: str, urls: Mapping[str, str]) -> int:
    """Run a program to its end, in a process of its own, as a user would."""
    before = provider.counts.answered
    environment = {
        **_plain(process_environment()),
        "ANTHROPIC_API_KEY": "simulated",
        "HEADWATER_KEY": key,
        "HEADWATER_URL": base_url,
        "OPENAI_API_KEY": "simulated",
        "NO_PROXY": "127.0.0.1",
        "no_proxy": "127.0.0.1",
        **urls,
    }
    program = [sys.executable, "-m", module]
    try:
        ran = subprocess.run(  # noqa: S603 - ourselves
            program, env=environment, capture_output=True, text=True, timeout=_PROGRAM_S, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise HeadwaterError(f"the demo's program {module} did not end within {_PROGRAM_S:g} s") from error
    if ran.returncode:
        raise HeadwaterError(f"the demo's program {module} failed:\n{ran.stderr[-3000:]}")
    return provider.counts.answered - before


def _plain(environment: Mapping[str, str]) -> dict[str, str]:
    """The environment without settings of ours or of OpenTelemetry, which are for other programs."""
    return {name: value for name, value in environment.items() if not name.startswith(("HEADWATER_", "OTEL_"))}
