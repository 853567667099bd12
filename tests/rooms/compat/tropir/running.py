"""A program that says `from tropir import session_utils`, in a process of its own."""

import os
import subprocess
import sys
from pathlib import Path

from tests.house.tree import TREE

_NAMES = TREE / "distributions" / "headwater-compat" / "src"
_PASSED_ON = ("LANG", "PATH", "TMPDIR")
_BEGIN = "from tropir import session_utils as t\n"


def ran(program: str, url: str = "", folder: Path | None = None, **environment: str) -> str:
    """Run a program whose steps go to `url`; returns what it printed. Anything on its standard error is a failure."""
    path = folder or TREE
    script = path / "program.py" if folder else None
    if script is not None:
        script.write_text(_BEGIN + program)
    told = {"TROPIR_METADATA_ENDPOINT": f"{url}/api/v1/metadata"} if url else {}
    done = subprocess.run(
        [sys.executable, "-W", "error", *([str(script)] if script else ["-c", _BEGIN + program])],
        env=passed_on() | {"HEADWATER_RAISE": "1"} | told | environment,
        capture_output=True,
        text=True,
        timeout=60,
        cwd=path,
    )
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    return done.stdout


def passed_on() -> dict[str, str]:
    """The environment of such a program: nothing of the caller's but where things are."""
    kept = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    return kept | {"PYTHONPATH": f"{_NAMES}{os.pathsep}{TREE}", "XDG_CONFIG_HOME": "/nonexistent"}
