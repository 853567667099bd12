"""`make test-versions`: the scenario in an environment of its own for each pair of versions. Prints a table.

The environments stay under .venv.versions/ for the next time. `--newest` leaves the old versions out, `--fresh` makes
the environments again.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
from itertools import product
from pathlib import Path
from typing import Any

_TREE = Path(__file__).resolve().parents[2]
_FOLDER = _TREE / ".venv.versions"
_NEWEST = ""
# The oldest that we claim to know, one of the years between, and what is newest today.
_OPENAI = ("1.109.1", "2.54.0", _NEWEST)
_ANTHROPIC = ("0.59.0", "0.125.0", _NEWEST)
# Of ours, what the client side runs with.
_OWN = ("msgspec",)
_UV = str(Path(sys.executable).with_name("uv"))


def environment(openai: str, anthropic: str, is_fresh: bool) -> Path:
    """The environment of a pair, made if it is not there; the newest versions are looked up each time."""
    folder = _FOLDER / f"openai-{openai or 'newest'}-anthropic-{anthropic or 'newest'}"
    if is_fresh:
        shutil.rmtree(folder, ignore_errors=True)
    python = folder / "bin" / "python"
    if not python.exists():
        subprocess.run([_UV, "venv", "--quiet", "--python", sys.executable, str(folder)], check=True)
    asked = [_asked("openai", openai), _asked("anthropic", anthropic), *_OWN]
    upgrades = ["--upgrade-package=openai", "--upgrade-package=anthropic"]
    subprocess.run([_UV, "pip", "install", "--quiet", "--python", str(python), *upgrades, *asked], check=True)
    return python


def _asked(package: str, version: str) -> str:
    return f"{package}=={version}" if version else package


def checked(python: Path) -> dict[str, Any]:
    """What `tests.versions.check` says there."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}
    paths = os.pathsep.join([str(_TREE), str(_TREE / "src")])
    ran = subprocess.run(
        [str(python), "-m", "tests.versions.check"],
        env={**kept, "PYTHONPATH": paths, "HEADWATER_RAISE": "1"},
        cwd=_TREE,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    if ran.returncode:
        return {"failed": ran.stderr.strip().splitlines()[-12:]}
    return json.loads(ran.stdout.splitlines()[-1])


def main() -> int:
    """Run every pair; 1 when one of them has a problem."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--newest", action="store_true")
    parser.add_argument("--fresh", action="store_true")
    asked = parser.parse_args()
    pairs = [(_NEWEST, _NEWEST)] if asked.newest else list(product(_OPENAI, _ANTHROPIC))
    sys.stdout.write(f"{'openai':<10}{'anthropic':<11}{'sync':<8}{'async':<8}\n")
    is_fine = True
    for openai, anthropic in pairs:
        result = checked(environment(openai, anthropic, asked.fresh))
        is_fine = _print(openai, anthropic, result) and is_fine
    return 0 if is_fine else 1


def _print(openai: str, anthropic: str, result: dict[str, Any]) -> bool:
    """A line of the table, and what is wrong below it."""
    problems: list[str] = result.get("failed", [])
    cells: list[str] = []
    for way in ("sync", "async") if not problems else ():
        problems = problems + [f"{way}: {problem}" for problem in result[way]["problems"]]
        wrong = len({problem.partition(":")[0] for problem in result[way]["problems"]})
        cells.append(f"{result[way]['calls'] - wrong}/40")
    first = result.get("openai", openai), result.get("anthropic", anthropic)
    sys.stdout.write(f"{first[0]:<10}{first[1]:<11}" + "".join(f"{cell:<8}" for cell in cells) + "\n")
    for problem in problems:
        sys.stdout.write(f"  {problem}\n")
    sys.stdout.flush()
    return not problems


if __name__ == "__main__":
    sys.exit(main())
