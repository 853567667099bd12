"""An environment for each version of an old package that we promise to understand, made once and kept.

They stay under .venv.real-clients/ for the next time, each beside the list of what was asked for: a changed list makes
the environment again. The lists are locked with hashes below `requirements/`; `make lock` resolves them again from the
table here.
"""

import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from tests.house.tree import TREE

_FOLDER = TREE / ".venv.real-clients"
_UV = str(Path(sys.executable).with_name("uv"))
_PROGRAMS = Path(__file__).parent / "clients"
_LOCKED = Path(__file__).parent / "requirements"
_MAKE_S, _RUN_S = 300.0, 120.0

_VENDORS = ("anthropic==0.125.0", "openai==1.109.1")
_SENDING = ("httpx==0.28.1", "requests==2.34.2")


class RealClient(NamedTuple):
    """A published package at a version, the program that drives it, and what the program imports besides.

    `source`: the SHA-256 of its source distribution, from which it is unpacked where its wheels hold no modules (a
    mistake in how they were made).
    """

    package: str
    version: str
    program: str
    beside: tuple[str, ...]
    source: str = ""

    @property
    def name(self) -> str:
        """How the environment is called."""
        return f"{self.package}-{self.version}"

    @property
    def asked(self) -> tuple[str, ...]:
        """What is installed from an index."""
        return self.beside if self.source else (f"{self.package}=={self.version}", *self.beside)

    @property
    def locked(self) -> Path:
        """The list of all that is installed, with hashes."""
        return _LOCKED / f"{self.name}.txt"


_OF_PULSE = ("requests==2.34.2", *_VENDORS)

# Layer imports `packaging`, Tropir imports all that it needs, without asking for either.
CLIENTS = (
    RealClient("tropir", "2.1.4", "real_tropir.py", _SENDING),
    RealClient("tropir", "2.4", "real_tropir.py", (*_SENDING, "openai==1.109.1", "setuptools==80.9.0")),
    RealClient("protectai-layer-sdk", "0.10.0", "real_layer.py", ("packaging==26.3", *_VENDORS)),
    RealClient("protectai-layer-sdk", "0.15.0", "real_layer.py", ("packaging==26.3", *_VENDORS)),
    RealClient(
        "pulse-trace-sdk",
        "0.2.7",
        "real_pulse.py",
        _OF_PULSE,
        "da787a6f48f613fa9ef7ea83b6b43cffb12487bbe324381ea97c665834fd4b35",
    ),
    RealClient(
        "pulse-trace-sdk",
        "0.2.8",
        "real_pulse.py",
        _OF_PULSE,
        "32a87c7e6248d3583cb20b00bcf4f72b0d5e4a1a30345bdbb8aeb920272c84f9",
    ),
    RealClient("prysmai", "0.1.3", "real_prysm.py", ("openai==1.109.1",)),
    RealClient("prysmai", "0.9.0", "real_prysm.py", ("openai==1.109.1",)),
)


def run(client: RealClient, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """Run a client's program in its environment."""
    kept = {name: os.environ[name] for name in ("LANG", "PATH", "TMPDIR") if name in os.environ}
    python = environment(client)
    command = [str(python), str(_PROGRAMS / client.program), *arguments]
    return subprocess.run(command, env=kept, capture_output=True, text=True, timeout=_RUN_S, check=False)


def environment(client: RealClient) -> Path:
    """The interpreter of a client's environment, which is made if it is not there."""
    folder = _FOLDER / client.name
    python, asked = folder / "bin" / "python", folder / "asked.txt"
    wanted = client.locked.read_text()
    if not asked.exists() or asked.read_text() != wanted:
        shutil.rmtree(folder, ignore_errors=True)
        _uv("venv", "--python", sys.executable, str(folder))
        _uv("pip", "install", "--python", str(python), "--require-hashes", "-r", str(client.locked))
        if client.source:
            _unpack(client, next(folder.glob("lib/python*/site-packages")))
        asked.write_text(wanted)
    return python


def _uv(*arguments: str, typed: str = "") -> None:
    command = [_UV, "--quiet", *arguments]
    subprocess.run(command, check=True, timeout=_MAKE_S, input=typed, text=True, stdout=subprocess.DEVNULL)


def _unpack(client: RealClient, into: Path) -> None:
    """Put the modules of a source distribution where an installation would."""
    asked = f"{client.package}=={client.version}"
    with tempfile.TemporaryDirectory() as folder:
        download = ["download", "--quiet", "--no-deps", "--no-build-isolation", "--no-binary", ":all:", "-d", folder]
        subprocess.run([sys.executable, "-m", "pip", *download, asked], check=True, timeout=_MAKE_S)
        (archive,) = Path(folder).glob("*.tar.gz")
        found = sha256(archive.read_bytes()).hexdigest()
        assert found == client.source, f"{archive.name} is not what it was: {found}"
        with tarfile.open(archive) as opened:
            opened.extractall(folder, filter="data")
        (source,) = (path.parent for path in Path(folder).glob("*/**/pulse_sdk/__init__.py"))
        shutil.copytree(source, into / source.name)


def _lock(client: RealClient) -> None:
    """Resolve what a client's environment holds."""
    how = ("--python-version", "3.11", "--generate-hashes", "--no-header", "--no-annotate", "--upgrade")
    _uv("pip", "compile", *how, "-o", str(client.locked), "-", typed="\n".join(client.asked))


if __name__ == "__main__":
    for each in CLIENTS:
        _lock(each)
