"""Built: the C programs of native/, compiled when their sources have changed."""

import hashlib
import shutil
import subprocess
from pathlib import Path

from bench.proxy.options import ENVIRONMENTS

_SOURCES = Path(__file__).parent / "native"
_FLAGS = ("-O2", "-std=gnu11", "-Wall", "-Wextra", "-Werror")


def program(name: str) -> Path:
    """The path of `mock` or `load`. Raises RuntimeError where there is no C compiler or it refuses."""
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in sorted(_SOURCES.iterdir()))).hexdigest()[:12]
    built = ENVIRONMENTS / "native" / f"{name}-{digest}"
    if not built.exists():
        compiler = shutil.which("gcc") or shutil.which("cc")
        if compiler is None:
            raise RuntimeError("the mock upstream and the load are C programs: install gcc")
        built.parent.mkdir(parents=True, exist_ok=True)
        # Renamed at the end, so that two runs at once do not see half a program.
        made = built.with_suffix(".made")
        ran = subprocess.run(
            [compiler, *_FLAGS, "-o", made, _SOURCES / f"{name}.c"], capture_output=True, text=True, check=False
        )
        if ran.returncode:
            raise RuntimeError(f"{name}.c could not be compiled: {ran.stderr[:500]}")
        made.rename(built)
    return built
