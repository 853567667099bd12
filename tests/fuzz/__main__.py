"""`python -m tests.fuzz --seconds 60`: harmed bodies at the door for as long as is wished.

A body that breaks a rule is written to a file, and the exit code is 1.
"""

import argparse
import asyncio
import random
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import msgspec

from tests.fuzz.bodies import Knock, draw_knock
from tests.fuzz.examined import examine
from tests.rooms.ingest.door import Door


def main() -> int:
    """Run and say what was found."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**9))
    parser.add_argument("--replay", type=Path, help="a file that an earlier run wrote")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="headwater-fuzz-") as folder:
        door = Door(Path(folder))
        try:
            if given.replay:
                return asyncio.run(_replay(door, given.replay))
            return asyncio.run(_run(door, given.seconds, given.seed))
        finally:
            door.close()


async def _run(door: Door, seconds: float, seed: int) -> int:
    source = random.Random(seed)
    statuses: Counter[int] = Counter()
    until_s = time.monotonic() + seconds
    while time.monotonic() < until_s:
        knock = draw_knock(source)
        try:
            statuses[(await examine(door, knock)).status] += 1
        except Exception as error:  # noqa: BLE001 - whatever it is, it is what we look for
            path = Path(f"fuzz-failure-{seed}-{statuses.total()}.json")
            path.write_bytes(msgspec.json.encode(knock))
            sys.stderr.write(f"{type(error).__name__}: {error}\nagain: python -m tests.fuzz --replay {path}\n")
            return 1
    sys.stdout.write(f"seed {seed}: {statuses.total()} requests, by status {dict(sorted(statuses.items()))}\n")
    return 0


async def _replay(door: Door, path: Path) -> int:
    answer = await examine(door, msgspec.json.decode(path.read_bytes(), type=Knock))
    sys.stdout.write(f"{answer.status} {answer.body!r}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
