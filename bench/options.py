"""Options: what can be chosen for a run."""

from pathlib import Path

import msgspec

FOLDER = Path(__file__).parent
RESULTS = FOLDER / "results"


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """`scratch` is where data folders are made: on the disk that is to be measured, not in memory."""

    rows: int = 1_000_000
    seconds: float = 15.0
    senders: int = 4
    connections: int = 16
    scratch: Path = RESULTS / "data"
    is_kept: bool = False
