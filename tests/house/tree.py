"""The tree under examination: which files it has, and what a room is."""

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

TREE = Path(__file__).parents[2]
PACKAGE = TREE / "src" / "headwater"

_NOT_OURS = {
    ".git",
    ".hypothesis",
    ".import_linter_cache",
    ".pytest_cache",
    ".ruff_cache",
    ".venv",
    "__pycache__",
    "build",
    "data",
    "dist",
    "headwater-data",
    "headwater-demo",
    "node_modules",
}


def files(folder: Path = TREE, *suffixes: str) -> Iterator[Path]:
    """Every file of ours under a folder, with one of the suffixes if any is given; caches and environments left out."""
    for path in sorted(folder.iterdir()):
        if path.is_dir():
            if path.name not in _NOT_OURS and not path.name.startswith(".venv"):
                yield from files(path, *suffixes)
        elif not suffixes or path.suffix in suffixes:
            yield path


def rooms() -> list[Path]:
    """The folders of the package that are rooms."""
    return sorted(path.parent for path in PACKAGE.glob("*/__init__.py"))


def named(path: Path) -> str:
    """A file as it is called in a message: from the top of the tree."""
    return path.relative_to(TREE).as_posix()


def pyproject() -> dict[str, Any]:
    """What pyproject.toml says."""
    return tomllib.loads((TREE / "pyproject.toml").read_text())
