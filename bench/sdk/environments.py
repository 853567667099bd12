"""Environments: one for each instrumentation, under .venv.bench; made again when what it must hold has changed."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import msgspec

from bench.options import FOLDER
from bench.sdk.peers import OURS, PEERS

TREE = FOLDER.parent
ENVIRONMENTS = TREE / ".venv.bench"
_UV = Path(sys.executable).parent / "uv"
_VERSIONS = "import importlib.metadata as m, json; print(json.dumps({d.name: d.version for d in m.distributions()}))"


def python_of(name: str) -> Path:
    """The interpreter of an environment."""
    return ENVIRONMENTS / name / "bin" / "python"


def make(name: str, is_fresh: bool = False) -> dict[str, str]:
    """Make an environment unless it is there; return the versions of what is in it."""
    asked = ["openai", *PEERS[name].packages]
    folder, stamp = ENVIRONMENTS / name, ENVIRONMENTS / name / "asked.json"
    if is_fresh or not stamp.exists() or msgspec.json.decode(stamp.read_bytes()) != asked:
        shutil.rmtree(folder, ignore_errors=True)
        subprocess.run([_UV, "venv", "--quiet", "--python", sys.executable, folder], check=True)
        # pip, and not uv: it knows from its own configuration where this machine gets its packages.
        pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--python", python_of(name)]
        subprocess.run([*pip, "install", "--quiet", *asked], check=True)
        stamp.write_bytes(msgspec.json.encode(asked))
    told = subprocess.run([python_of(name), "-c", _VERSIONS], capture_output=True, check=True)
    return msgspec.json.decode(told.stdout, type=dict[str, str])


def environment(name: str) -> dict[str, str]:
    """The variables for a process in an environment: the checkout's bench, and our sources only for ourselves."""
    passed = {key: os.environ[key] for key in ("PATH", "HOME", "LANG", "TMPDIR") if key in os.environ}
    return {**passed, "PYTHONPATH": str(TREE / "src") if name == OURS else "", "PYTHONHASHSEED": "0"}
