"""Programs that were written for Pulse, in processes of their own; `pulse_sdk` is what is distributed."""

import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

from headwater.simulator import Simulator
from tests.receiving import Receiver
from tests.serving import environment

DISTRIBUTED = Path(__file__).parents[4] / "distributions" / "headwater-compat" / "src"
_ROOT = Path(__file__).parents[4]

_OPENING = """
import os, sys
from openai import OpenAI
from pulse_sdk import Provider, flush_buffer, init_pulse, observe, shutdown
collector, provider = sys.argv[1:]
init_pulse({"api_key": "pulse_sk_tests", "api_url": collector})
client = observe(OpenAI(api_key="any", base_url=provider, max_retries=0), Provider.OPENAI)
def ask(session=None):
    messages = [{"role": "user", "content": "Hello Pulse"}]
    return client.chat.completions.create(model="gpt-4o-mini", messages=messages, pulse_session_id=session)
"""


class Ran(NamedTuple):
    """What a program did."""

    code: int
    out: str
    err: str


def run(lines: str, collector: str, simulator: Simulator) -> Ran:
    """Run lines after the opening of the README."""
    paths = {"PYTHONPATH": f"{DISTRIBUTED}:{_ROOT / 'src'}", "HEADWATER_EXIT_TIMEOUT_S": "60"}
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", _OPENING + lines, collector, simulator.openai_url],
        env=environment(paths),
        capture_output=True,
        text=True,
        timeout=90,
    )
    return Ran(done.returncode, done.stdout, done.stderr)


def sessions_of(receiver: Receiver) -> list[str]:
    """The sessions of the calls that arrived."""
    return [span.session_id for span in receiver.spans() if span.kind == "call"]
