"""Options: what can be chosen for a run."""

from pathlib import Path

import msgspec

from bench.options import FOLDER, RESULTS

TREE = FOLDER.parent
ENVIRONMENTS = TREE / ".venv.bench-proxy"
"""Where other people's gateways are installed, and our own C programs built."""


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """`seconds` is the length of a stretch of small requests or chunks; `calls` how many the trials with kills make."""

    rounds: int = 5
    seconds: float = 4.0
    concurrency: int = 64
    streams: int = 300
    bodies: int = 2_000
    calls: int = 10_000
    scratch: Path = RESULTS / "data"
    is_kept: bool = False
