"""Start: from the command to the first 200 of /ready."""

from bench.figures import Figure
from bench.harness import Served, served
from bench.options import Options

_RUNS = 3
_WANTED_S = 5.0


def measure(options: Options) -> list[Figure]:
    """The slowest of some starts on an empty folder, and of some on a folder that has been used."""
    fresh: list[float] = []
    again: list[float] = []
    for _ in range(_RUNS):
        with served(options) as server:
            fresh.append(server.ready_s)
            again.append(_restarted_s(server))
    runs = ", ".join(f"{each:.2f}" for each in fresh)
    return [
        Figure(name="start on an empty folder", value=max(fresh), unit="s", at_most=_WANTED_S, note=f"runs: {runs}"),
        Figure(name="start on a used folder", value=max(again), unit="s", at_most=_WANTED_S),
    ]


def _restarted_s(server: Served) -> float:
    server.stop()
    server.start()
    return server.ready_s
