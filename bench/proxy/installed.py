"""Installed: other people's gateways, each from its public package, pinned, under .venv.bench-proxy."""

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import msgspec

from bench.proxy.options import ENVIRONMENTS

LITELLM = "litellm[proxy]==1.105.0"
"""The newest whose requirements an index that lags behind by some weeks can meet too."""
PORTKEY = "@portkey-ai/gateway@1.15.2"
_UV = Path(sys.executable).parent / "uv"
_APT = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}


class Missing(Exception):
    """A gateway that cannot be installed here; the message says why."""


def nginx() -> Path:
    """The system's nginx, or the one of Debian's package, unpacked without being installed, so that none is started."""
    folder = ENVIRONMENTS / "nginx"
    places = f"{os.environ.get('PATH', '')}:/usr/sbin:{folder / 'usr' / 'sbin'}"
    found = shutil.which("nginx", path=places)
    if found is None:
        _unpack("nginx", folder)
        found = shutil.which("nginx", path=places)
    if found is None:
        raise Missing("Debian's package holds no nginx")
    return Path(found)


def litellm() -> Path:
    """LiteLLM's command."""
    folder = ENVIRONMENTS / "litellm"
    if not _is_made(folder, [LITELLM]):
        shutil.rmtree(folder, ignore_errors=True)
        _run([_UV, "venv", "--quiet", "--python", sys.executable, folder])
        # pip, and not uv: it knows from its own configuration where this machine gets its packages.
        pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--python", folder / "bin" / "python"]
        _run([*pip, "install", "--quiet", LITELLM])
        _made(folder, [LITELLM])
    return folder / "bin" / "litellm"


def portkey() -> Path:
    """The script that starts Portkey's gateway."""
    folder = ENVIRONMENTS / "portkey"
    if shutil.which("node") is None or shutil.which("npm") is None:
        raise Missing("there is no node and npm here")
    if not _is_made(folder, [PORTKEY]):
        shutil.rmtree(folder, ignore_errors=True)
        _run(["npm", "install", "--prefix", folder, "--ignore-scripts", "--no-audit", "--no-fund", PORTKEY])
        _made(folder, [PORTKEY])
    return folder / "node_modules" / "@portkey-ai" / "gateway" / "build" / "start-server.js"


def said_by(*command: str | Path) -> str:
    """The first line that a command says, on whichever output."""
    ran = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    return (ran.stdout or ran.stderr).strip().partition("\n")[0]


def _unpack(package: str, folder: Path) -> None:
    if shutil.which("apt-get") is None:
        raise Missing(f"there is no {package} here and no apt-get to get it with")
    folder.mkdir(parents=True, exist_ok=True)
    try:
        _run(["apt-get", "download", package], folder)
    except Missing:
        as_root = [] if os.getuid() == 0 else ["sudo", "-n"]
        _run([*as_root, "apt-get", "update", "-q"], folder)
        _run(["apt-get", "download", package], folder)
    for archive in folder.glob("*.deb"):
        _run(["dpkg-deb", "-x", archive, folder])


def _run(command: Sequence[str | Path], folder: Path | None = None) -> None:
    try:
        ran = subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder, env=_APT, timeout=900)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Missing(str(error)) from error
    if ran.returncode:
        told = [line for line in ran.stderr.splitlines() if not line.startswith(("WARNING", "npm warn"))]
        raise Missing(f"{Path(command[0]).name} said: {' '.join(told)[:300]}")


def _is_made(folder: Path, asked: list[str]) -> bool:
    stamp = folder / "asked.json"
    return stamp.exists() and msgspec.json.decode(stamp.read_bytes()) == asked


def _made(folder: Path, asked: list[str]) -> None:
    (folder / "asked.json").write_bytes(msgspec.json.encode(asked))
