"""Runs a program as its users do: in a process of its own, alone or with headwater as its guest."""

import subprocess
import sys
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec

from tests.serving import environment

_PROGRAMS = Path(__file__).parent / "programs"
_AT_ONCE = 2
_TIMEOUT_S = 150.0
# Each is one line, so that tracebacks are the same.
_ALONE = "mark = lambda thing: thing"
_WITH_GUEST = "import headwater; headwater.instrument(); mark = headwater.span"
_WITH_LATE_GUEST = f"import openai, anthropic; {_WITH_GUEST}"
_RUN = "\nimport runpy, sys\nsys.argv.pop(0)\nrunpy.run_path(sys.argv[0], {'mark': mark}, '__main__')\n"
# Sending begins while the program runs. Its end waits half a second at most, and a program that waited for a server
# that hangs would wait for longer than any test does.
_SETTINGS = {"HEADWATER_FLUSH_INTERVAL_S": "0.05", "HEADWATER_EXIT_TIMEOUT_S": "0.5", "HEADWATER_TIMEOUT_S": "600"}


class Ran(msgspec.Struct, frozen=True):
    """What a program did. `code` is negative for the signal that ended it."""

    code: int
    out: str
    err: str


def alone(program: str, *arguments: str) -> Ran:
    """Run a program of `programs/` without us."""
    return _run(_ALONE, program, arguments, {})


def with_guest(
    program: str, *arguments: str, url: str, is_late: bool = False, settings: Mapping[str, str] | None = None
) -> Ran:
    """Run it instrumented, with a server of ours at `url`; `is_late`: after the vendors' libraries are loaded.

    `settings` are more of ours, by their names in the environment.
    """
    extra = {**_SETTINGS, "HEADWATER_URL": url, **(settings or {})}
    return _run(_WITH_LATE_GUEST if is_late else _WITH_GUEST, program, arguments, extra)


def together(runs: Mapping[str, Callable[[], Ran]]) -> dict[str, Ran]:
    """Run several programs, a few at once."""
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        running = {name: pool.submit(run) for name, run in runs.items()}
        return {name: future.result() for name, future in running.items()}


def _run(opening: str, program: str, arguments: tuple[str, ...], extra: Mapping[str, str]) -> Ran:
    # Warnings are shown, so that a socket or a coroutine that is left behind is seen.
    command = [sys.executable, "-W", "default", "-c", opening + _RUN, str(_PROGRAMS / program), *arguments]
    done = subprocess.run(
        command, env=environment(extra), capture_output=True, text=True, timeout=_TIMEOUT_S, check=False
    )
    return Ran(done.returncode, done.stdout, done.stderr)
