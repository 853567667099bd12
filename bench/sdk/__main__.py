"""`python -m bench.sdk`: compare what instrumentation adds, print a table, write JSON."""

import argparse
import contextlib
import datetime
import subprocess
import sys
from pathlib import Path

import msgspec

from bench.harness import facts
from bench.options import RESULTS
from bench.sdk import rounds
from bench.sdk.crew import Hand, Sink
from bench.sdk.environments import make
from bench.sdk.figures import Comparison, Line
from bench.sdk.peers import OURS, PEERS
from bench.sdk.printed import print_comparison, write_docs
from bench.sdk.weigh import weigh


def main() -> int:
    """Return 0; 1 when somebody could not be measured, or a target was missed and --strict is given."""
    chosen = _chosen()
    if chosen.write_docs:
        write_docs(msgspec.json.decode(chosen.json.read_bytes(), type=Comparison))
        return 0
    RESULTS.mkdir(parents=True, exist_ok=True)
    comparison = _compare(chosen)
    chosen.json.write_bytes(msgspec.json.format(msgspec.json.encode(comparison)))
    print_comparison(comparison)
    return int(bool(comparison.failures) or (chosen.strict and bool(comparison.missed)))


def _compare(chosen: argparse.Namespace) -> Comparison:
    at = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
    machine = facts(RESULTS)
    failures: dict[str, str] = {}
    versions = _environments(chosen.peers or list(PEERS), chosen.fresh, failures)
    counts = rounds.Counts(rounds=chosen.rounds, calls=chosen.calls, streams=chosen.streams, empties=chosen.empties)
    lines = _work(list(versions), counts, failures)
    versions = {name: found for name, found in versions.items() if name not in failures}
    _tell("imports")
    if OURS in versions:
        lines += weigh(versions, chosen.imports)
    return Comparison(
        at=at, machine=machine, rounds=counts.rounds, lines=tuple(lines), versions=versions, failures=failures
    )


def _environments(names: list[str], is_fresh: bool, failures: dict[str, str]) -> dict[str, dict[str, str]]:
    versions: dict[str, dict[str, str]] = {}
    for name in names:
        _tell(f"environment: {name}")
        try:
            versions[name] = make(name, is_fresh)
        except (OSError, subprocess.CalledProcessError) as error:
            failures[name] = f"its environment could not be made: {error}"
    return versions


def _work(names: list[str], counts: rounds.Counts, failures: dict[str, str]) -> list[Line]:
    """Everybody's rounds, then what the sink got of it."""
    with Sink(sys.executable) as sink, contextlib.ExitStack() as stack:
        hands: list[Hand] = []
        for name in names:
            try:
                hands.append(Hand(name, sink))
                stack.callback(hands[-1].stop)
            except (OSError, BrokenPipeError) as error:
                failures[name] = str(error)
        samples = rounds.run(hands, counts, _tell)
        calls = {hand.name: hand.calls() for hand in hands}
        stack.close()
        return [*rounds.lines(samples), *_delivered(calls, sink)]


def _delivered(calls: dict[str, int], sink: Sink) -> list[Line]:
    """Who records little has little to do: this shows that everybody delivered the model's answers."""
    came = {name: sink.came(name) for name in calls}
    shares = {name: 100.0 * came[name]["answers"] / calls[name] for name in calls}
    sizes = {name: found["bytes_sent"] / max(1, found["spans"]) for name, found in came.items()}
    return [
        Line(group="delivered", name="calls whose answers came to the sink", unit="%", values=shares),
        Line(group="delivered", name="on the wire, for a span", unit="bytes", values=sizes),
    ]


def _tell(what: str) -> None:
    print(f"{what} …", file=sys.stderr, flush=True)


def _chosen() -> argparse.Namespace:
    counts = rounds.Counts()
    parser = argparse.ArgumentParser(prog="bench.sdk", description="Compare what instrumentation adds to a program.")
    parser.add_argument("peers", nargs="*", metavar="peer", help=f"{', '.join(PEERS)}; all by default")
    parser.add_argument("--rounds", type=int, default=counts.rounds, help="how often everybody has its turn")
    parser.add_argument("--calls", type=int, default=counts.calls, help="calls in a block")
    parser.add_argument("--streams", type=int, default=counts.streams, help="streams of 200 chunks in a block")
    parser.add_argument("--empties", type=int, default=counts.empties, help="calls of an empty function in a block")
    parser.add_argument("--imports", type=int, default=15, help="fresh processes for each import")
    parser.add_argument("--fresh", action="store_true", help="make the environments again")
    parser.add_argument("--json", type=Path, default=RESULTS / "sdk.json", help="where the figures are written")
    parser.add_argument("--strict", action="store_true", help="exit code 1 when a target is missed")
    parser.add_argument("--write-docs", action="store_true", help="only write docs/benchmarks.md from the JSON")
    chosen = parser.parse_args()
    unknown = [name for name in chosen.peers if name not in PEERS]
    if unknown:
        parser.error(f"nobody is called {unknown[0]!r}; choose from {', '.join(PEERS)}")
    return chosen


if __name__ == "__main__":
    sys.exit(main())
