"""The live part of the demo: a real program, observed by the SDK, that talks to a simulated provider."""

import subprocess
import sys
from collections.abc import Mapping
from importlib.util import find_spec

import msgspec

from headwater.cli.client_side import process_environment
from headwater.errors import HeadwaterError
from headwater.simulator import Behaviour, Simulator

_NEEDED = ("openai", "anthropic")
_PROGRAM_S = 90.0


class Lived(msgspec.Struct, frozen=True, kw_only=True):
    """What the program did: how many requests the provider answered, each of which is a call to be found."""

    answered: int


def missing() -> list[str]:
    """The packages that the program needs and that are not installed."""
    return [name for name in _NEEDED if find_spec(name) is None]


def live(base_url: str, key: str, behaviour: Behaviour) -> Lived:
    """Run the program to its end, in a process of its own, as a user would. Raises HeadwaterError where it fails."""
    with Simulator(behaviour) as simulator:
        environment = _plain(process_environment()) | {
            "ANTHROPIC_API_KEY": "simulated",
            "ANTHROPIC_BASE_URL": simulator.anthropic_url,
            "HEADWATER_KEY": key,
            "HEADWATER_URL": base_url,
            "OPENAI_API_KEY": "simulated",
            "OPENAI_BASE_URL": simulator.openai_url,
            "NO_PROXY": "127.0.0.1",
            "no_proxy": "127.0.0.1",
        }
        program = [sys.executable, "-m", "headwater.cli.demo_agent"]
        try:
            ran = subprocess.run(  # noqa: S603 - ourselves
                program, env=environment, capture_output=True, text=True, timeout=_PROGRAM_S, check=False
            )
        except subprocess.TimeoutExpired as error:
            raise HeadwaterError(f"the demo's program did not end within {_PROGRAM_S:g} s") from error
        if ran.returncode:
            raise HeadwaterError(f"the demo's program failed:\n{ran.stderr[-3000:]}")
        return Lived(answered=simulator.counts.answered)


def _plain(environment: Mapping[str, str]) -> dict[str, str]:
    """The environment without settings of ours or of OpenTelemetry, which are for other programs."""
    return {name: value for name, value in environment.items() if not name.startswith(("HEADWATER_", "OTEL_"))}
