"""What a user of the five other products installs: headwater-compat beside headwater, and no other package."""

import os
import shutil
import subprocess
import sys
import tomllib
import zipfile
from importlib.metadata import files as files_of
from pathlib import Path
from typing import Any

import pytest

from tests.house.tree import TREE, files, pyproject

_FOLDER = TREE / "distributions" / "headwater-compat"
NAMES = ("huggingplace_sdk", "layer_sdk", "prysmai", "pulse_sdk", "tropir")
_IMPORT_ALL = """
import importlib, pkgutil, sys

for name in sys.argv[1:]:
    package = importlib.import_module(name)
    for module in pkgutil.walk_packages(package.__path__, name + "."):
        importlib.import_module(module.name)
heavy = {"anthropic", "httpx", "httpx2", "openai", "requests", "starlette", "sqlalchemy"} & set(sys.modules)
print(sorted(heavy))
"""


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The wheels of both distributions, by the name that their files begin with."""
    folder = tmp_path_factory.mktemp("wheels")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    for source in (TREE, _FOLDER):
        subprocess.run(build, cwd=source, check=True, capture_output=True, timeout=60)
    return {path.name.partition("-")[0]: path for path in folder.glob("*.whl")}


@pytest.fixture(scope="module")
def installed(wheels: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The interpreter of an environment that holds both wheels, msgspec and nothing else."""
    folder = tmp_path_factory.mktemp("installed")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True, timeout=60)
    python = folder / "bin" / "python"
    install = [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet", "--no-index", "--no-deps"]
    subprocess.run([*install, *map(str, wheels.values())], check=True, capture_output=True, timeout=60)
    (into,) = folder.glob("lib/python*/site-packages")
    for file in files_of("msgspec") or ():
        if ".." not in file.parts:
            (into / file).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(file.locate(), into / file)
    return python


def about() -> dict[str, Any]:
    """What the second distribution's pyproject.toml says."""
    return tomllib.loads((_FOLDER / "pyproject.toml").read_text())


def test_both_distributions_have_one_version_and_the_second_needs_the_first_only():
    version = pyproject()["project"]["version"]
    assert about()["project"]["version"] == version
    assert about()["project"]["dependencies"] == [f"headwater=={version}"]
    assert (_FOLDER / "LICENSE").read_text() == (TREE / "LICENSE").read_text()


def test_the_second_wheel_holds_the_old_names_and_nothing_else(wheels: dict[str, Path]):
    held = set(zipfile.ZipFile(wheels["headwater_compat"]).namelist())
    source = _FOLDER / "src"
    assert {path.relative_to(source).as_posix() for path in files(source)} <= held
    assert {name.partition("/")[0] for name in held if ".dist-info/" not in name} == set(NAMES)


def test_every_module_of_it_can_be_imported_with_no_other_package_there(installed: Path):
    done = _run(installed, "-c", _IMPORT_ALL, *NAMES)
    assert done.stderr == ""
    assert done.stdout.split("\n")[0] == "[]", "a heavy package was imported"


def test_its_command_is_installed(installed: Path):
    for command in about()["project"].get("scripts", {}):
        done = _run(installed, str(installed.with_name(command)), "help")
        assert "Traceback" not in done.stderr


def _run(python: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    kept = {name: os.environ[name] for name in ("LANG", "PATH", "TMPDIR") if name in os.environ}
    command = [str(python), "-W", "error", *arguments]
    return subprocess.run(command, env=kept, capture_output=True, text=True, timeout=60)
