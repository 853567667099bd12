"""`python -m bench`: measure, print a table, write JSON."""

import argparse
import datetime
import sys
from pathlib import Path

import msgspec

from bench.docs import write_docs
from bench.figures import Report
from bench.harness import facts
from bench.measures import MEASURES, run
from bench.options import RESULTS, Options
from bench.printed import print_report


def main() -> int:
    """Return 0; 1 when a measurement broke, or a target was missed and --strict is given."""
    chosen = _chosen()
    if chosen.write_docs:
        write_docs(msgspec.json.decode(chosen.json.read_bytes(), type=Report))
        return 0
    options = Options(
        rows=chosen.rows,
        seconds=chosen.seconds,
        senders=chosen.senders,
        connections=chosen.connections,
        scratch=chosen.scratch,
        is_kept=chosen.keep,
    )
    report = _measure(options, chosen.measures or list(MEASURES))
    chosen.json.parent.mkdir(parents=True, exist_ok=True)
    chosen.json.write_bytes(msgspec.json.format(msgspec.json.encode(report)))
    print_report(report)
    return int(report.is_broken or (chosen.strict and bool(report.missed)))


def _measure(options: Options, names: list[str]) -> Report:
    options.scratch.mkdir(parents=True, exist_ok=True)
    at = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
    machine = facts(options.scratch)
    measured = []
    for name in names:
        print(f"measuring: {name} …", file=sys.stderr, flush=True)
        measured.append(run(name, options))
    return Report(at=at, machine=machine, measured=tuple(measured))


def _chosen() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench", description="Measure headwater on this machine.")
    parser.add_argument("measures", nargs="*", metavar="measure", help=f"{', '.join(MEASURES)}; all by default")
    parser.add_argument("--rows", type=int, default=1_000_000, help="spans for the queries")
    parser.add_argument("--seconds", type=float, default=15.0, help="length of a measured stretch")
    parser.add_argument("--senders", type=int, default=4, help="processes that send batches")
    parser.add_argument("--connections", type=int, default=16, help="kept connections of single-span requests")
    parser.add_argument("--scratch", type=Path, default=RESULTS / "data", help="where data folders are made")
    parser.add_argument("--keep", action="store_true", help="keep the data folders")
    parser.add_argument("--json", type=Path, default=RESULTS / "latest.json", help="where the figures are written")
    parser.add_argument("--strict", action="store_true", help="exit code 1 when a target is missed")
    parser.add_argument("--write-docs", action="store_true", help="only write docs/benchmarks.md from the JSON")
    chosen = parser.parse_args()
    unknown = [name for name in chosen.measures if name not in MEASURES]
    if unknown:
        parser.error(f"nothing is called {unknown[0]!r}; choose from {', '.join(MEASURES)}")
    return chosen


if __name__ == "__main__":
    sys.exit(main())
