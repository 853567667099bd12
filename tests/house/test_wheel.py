"""What a user installs."""

import ast
import re
import subprocess
import sys
import zipfile
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from tests.house.tree import PACKAGE, TREE, files, pyproject


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    """The wheel of this tree."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(build, cwd=TREE, check=True, capture_output=True, timeout=60)
    return zipfile.ZipFile(next(folder.glob("*.whl")))


def test_the_wheel_holds_every_file_of_the_package(wheel: zipfile.ZipFile):
    """Templates, styles, migrations and recordings too."""
    wanted = {path.relative_to(PACKAGE.parent).as_posix() for path in files(PACKAGE)}
    assert wanted <= set(wheel.namelist())


def test_the_wheel_holds_nothing_else(wheel: zipfile.ZipFile):
    others = [name for name in wheel.namelist() if not name.startswith(("headwater/", "headwater-"))]
    assert others == []


def test_the_wheel_needs_one_package_and_offers_the_server(wheel: zipfile.ZipFile):
    about = wheel.read(next(name for name in wheel.namelist() if name.endswith("METADATA"))).decode().splitlines()
    needed = [line for line in about if line.startswith("Requires-Dist") and "extra ==" not in line]
    assert [line.split()[1].partition(">")[0] for line in needed] == ["msgspec"]
    assert "Provides-Extra: server" in about
    assert "License-Expression: Apache-2.0" in about
    entry_points = next(name for name in wheel.namelist() if name.endswith("entry_points.txt"))
    assert b"headwater = headwater.cli:main" in wheel.read(entry_points)


def distributions_asked_for() -> set[str]:
    """The names under `dependencies` and under the extras."""
    extras = pyproject()["project"]["optional-dependencies"]
    asked = [*pyproject()["project"]["dependencies"], *extras["server"], *extras["demo"]]
    return {normal(re.split(r"[\[<>=;! ]", name)[0]) for name in asked}


def normal(name: str) -> str:
    """A distribution's name as the requirements have it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def test_the_locked_requirements_cover_what_is_asked():
    """A name added to pyproject.toml and not locked would make `make demo` miss it."""
    locked = set(re.findall(r"^([\w.\-]+)==", (TREE / "requirements" / "demo.txt").read_text(), re.MULTILINE))
    assert distributions_asked_for() - locked == set()


def test_what_the_package_imports_is_asked_for():
    """What only comes along with something else may stop coming."""
    imported = {name for path in files(PACKAGE, ".py") for name in imports_of(path)}
    foreign = imported - set(sys.stdlib_module_names) - {"headwater"}
    sold_as = packages_distributions()
    asked = distributions_asked_for()
    assert [name for name in sorted(foreign) if not asked & {normal(sold) for sold in sold_as.get(name, [])}] == []


def imports_of(path: Path) -> set[str]:
    """The packages that a file imports, by their first name."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {name.name.partition(".")[0] for name in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add(str(node.module).partition(".")[0])
    return found
