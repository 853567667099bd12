"""Weigh: what an import takes in time and resident memory over what is there already, in fresh processes."""

import statistics
import subprocess
from collections.abc import Mapping

import msgspec

from bench.sdk.environments import TREE, environment, python_of
from bench.sdk.figures import Line
from bench.sdk.peers import OURS, PEERS

_IMPORT_MS = 60.0
_IMPORT_MB = 10.0
_SCRIPT = """
import time
{before}
def resident():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * {page}
size, began = resident(), time.perf_counter_ns()
{statement}
took, grown = time.perf_counter_ns() - began, resident() - size
print('{{"ms": %f, "mb": %f}}' % (took / 1e6, grown / 1e6))
"""
_EVERY_NAME = "import headwater; [getattr(headwater, name) for name in headwater.__all__]"


class Weight(msgspec.Struct, frozen=True):
    """Milliseconds and megabytes."""

    ms: float
    mb: float


def weigh(peers: Mapping[str, object], repeats: int) -> list[Line]:
    """The lines about imports, for those peers whose environments are there."""
    bare = _median(OURS, "import msgspec", "import headwater", repeats)
    every = _median(OURS, "import msgspec", _EVERY_NAME, repeats)
    # Where Logfire is installed, importing openai loads it (a plugin of pydantic): openai is weighed without it.
    openai = _median(OURS, "", "import openai", repeats)
    users = {name: _median(name, "", f"import openai; {PEERS[name].imports}", repeats) for name in peers}
    users = {name: Weight(each.ms - openai.ms, each.mb - openai.mb) for name, each in users.items()}
    over = "over msgspec"
    return [
        *_lines(f"`import headwater` {over}", {OURS: bare}, has_targets=True),
        *_lines(f"all of its public names {over}", {OURS: every}, has_targets=True),
        *_lines("the quick start's imports, over openai", users, has_targets=False),
    ]


def _lines(name: str, weights: Mapping[str, Weight], has_targets: bool) -> list[Line]:
    times = {peer: weight.ms for peer, weight in weights.items()}
    sizes = {peer: weight.mb for peer, weight in weights.items()}
    return [
        Line(group="import", name=name, unit="ms", values=times, at_most=_IMPORT_MS if has_targets else None),
        Line(group="import", name=name, unit="MB", values=sizes, at_most=_IMPORT_MB if has_targets else None),
    ]


def _median(name: str, before: str, statement: str, repeats: int) -> Weight:
    script = _SCRIPT.format(before=before, statement=statement, page="__import__('resource').getpagesize()")
    weights = [_once(name, script) for _ in range(repeats + 1)][1:]
    return Weight(statistics.median(each.ms for each in weights), statistics.median(each.mb for each in weights))


def _once(name: str, script: str) -> Weight:
    ran = subprocess.run(
        [python_of(name), "-c", script], env=environment(name), cwd=TREE, capture_output=True, check=True, timeout=60
    )
    return msgspec.json.decode(ran.stdout, type=Weight)
