"""The rooms keep their contracts, and each is entered by a door and nothing else."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.tree import PACKAGE, TREE, files, named, pyproject, rooms

ROOMS = [pytest.param(room, id=room.name) for room in rooms()]
_DOOR_LINES = 120
_EMPTY_NAMES = {"utils", "util", "helpers", "helper", "common", "misc", "manager", "core", "base"}


def test_the_import_contracts_are_kept():
    lint = "from importlinter.cli import lint_imports; raise SystemExit(lint_imports(no_cache=True))"
    command = [sys.executable, "-c", lint]
    checked = subprocess.run(command, cwd=TREE, capture_output=True, text=True, timeout=100, check=False)
    assert checked.returncode == 0, checked.stdout[-4000:] + checked.stderr[-2000:]


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_has_a_guarded_door(room: Path):
    """The command line is entered by its script only; nothing is above it."""
    contracts = pyproject()["tool"]["importlinter"]["contracts"]
    guarded = {module for contract in contracts for module in contract.get("protected_modules", ())}
    assert room.name == "cli" or f"headwater.{room.name}.*" in guarded


@pytest.mark.parametrize("room", ROOMS)
def test_a_door_says_its_rules_and_holds_no_code(room: Path):
    door = (room / "__init__.py").read_text()
    first, *rest = ast.parse(door).body
    assert len(door.splitlines()) <= _DOOR_LINES
    assert ast.get_docstring(ast.parse(door)), f"{named(room)} does not say what it is"
    assert isinstance(first, ast.Expr)
    assert room.name == "cli" or all(_is_a_re_export(statement) for statement in rest)


def _is_a_re_export(statement: ast.stmt) -> bool:
    """Whether it reads `from x import Y as Y`."""
    return isinstance(statement, ast.ImportFrom) and all(name.asname == name.name for name in statement.names)


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_has_tests_of_its_own(room: Path):
    tests = TREE / "tests" / "rooms" / room.name
    assert room.name in {"cli", "server"} or any(tests.rglob("test_*.py"))


def test_every_name_says_the_thing():
    named_empty = [path for path in (*files(TREE / "src"), *files(TREE / "tests")) if path.stem in _EMPTY_NAMES]
    named_empty += [path for path in PACKAGE.rglob("*") if path.is_dir() and path.name in _EMPTY_NAMES]
    assert [named(path) for path in named_empty] == []
