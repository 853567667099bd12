"""`python -m bench.proxy`: compare gateways, ask the store for every call, print a table, write JSON."""

import argparse
import datetime
import sys
from collections.abc import Callable
from pathlib import Path

import msgspec

from bench.harness import facts
from bench.options import RESULTS
from bench.proxy import bodies, durability, largest, rounds
from bench.proxy.field import Field, tell
from bench.proxy.figures import Comparison, Line
from bench.proxy.gateways import GATEWAYS, OURS
from bench.proxy.options import Options
from bench.proxy.printed import print_comparison, write_docs

_ALONE: dict[str, Callable[[Field], list[Line]]] = {
    "largest": largest.measure,
    "bodies": bodies.measure,
    "kills": durability.measure,
}
"""Measures that stand beside the rounds, in their order."""
_MEASURES = (*rounds.TASKS, *_ALONE)


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
    return int(chosen.strict and bool(comparison.missed or comparison.failures))


def _compare(chosen: argparse.Namespace) -> Comparison:
    at = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
    options = msgspec.convert(vars(chosen), Options)
    options.scratch.mkdir(parents=True, exist_ok=True)
    machine = facts(options.scratch)
    measures = chosen.measures or list(_MEASURES)
    with Field(options, tell) as field:
        for name in GATEWAYS:
            if name in chosen.gateways:
                field.start(name)
        tasks = [name for name in measures if name in rounds.TASKS]
        lines = rounds.lines(rounds.run(field, tasks), options)
        for name in measures:
            if name in _ALONE:
                lines += _ALONE[name](field)
        versions = {name: gateway.version for name, gateway in field.gateways.items()}
        lines += _checked(field)
        failures, notes = field.failures, tuple(field.notes)
    return Comparison(
        at=at,
        machine=machine,
        rounds=options.rounds,
        lines=tuple(lines),
        versions=versions,
        failures=failures,
        notes=notes,
    )


def _checked(field: Field) -> list[Line]:
    """Every call that ours has answered, as the store has it."""
    if OURS not in field.gateways:
        return []
    field.tell("asking the store for every call")
    field.check(field.gateways[OURS])
    checked = field.checked

    def line(name: str, unit: str, value: float, at_most: float | None = None, at_least: float | None = None) -> Line:
        group = "in the store, of all calls of this run that were answered"
        return Line(group=group, name=name, unit=unit, values={OURS: value}, at_most=at_most, at_least=at_least)

    return [
        line("answered", "calls", checked.expected),
        line("in the store", "%", 100.0 * checked.found / max(1, checked.expected), at_least=100),
        line("there twice", "calls", checked.doubled, 0),
        line("with other tokens", "calls", checked.wrong_tokens, 0),
        line("with another request", "calls", checked.wrong_requests, 0),
        line("with another answer", "calls", checked.wrong_answers, 0),
    ]


def _chosen() -> argparse.Namespace:
    options = Options()
    parser = argparse.ArgumentParser(prog="bench.proxy", description="Compare what gateways cost a call.")
    parser.add_argument("measures", nargs="*", metavar="measure", help=f"{', '.join(_MEASURES)}; all by default")
    parser.add_argument("--gateways", type=_names, default=list(GATEWAYS), help=f"some of {','.join(GATEWAYS)}")
    parser.add_argument("--rounds", type=int, default=options.rounds, help="how often everybody has its turn")
    parser.add_argument("--seconds", type=float, default=options.seconds, help="length of a stretch of small requests")
    parser.add_argument("--concurrency", type=int, default=options.concurrency, help="small requests at once")
    parser.add_argument("--streams", type=int, default=options.streams, help="streams at once")
    parser.add_argument("--bodies", type=int, default=options.bodies, help="requests of 150 KB")
    parser.add_argument("--calls", type=int, default=options.calls, help="mixed calls while processes are killed")
    parser.add_argument("--scratch", type=Path, default=options.scratch, help="where data folders are made")
    parser.add_argument("--keep", dest="is_kept", action="store_true", help="keep the data folders")
    parser.add_argument("--json", type=Path, default=RESULTS / "proxy.json", help="where the figures are written")
    parser.add_argument("--strict", action="store_true", help="exit code 1 when a target is missed")
    parser.add_argument("--write-docs", action="store_true", help="only write docs/benchmarks.md from the JSON")
    chosen = parser.parse_args()
    unknown = [name for name in chosen.measures if name not in _MEASURES]
    if unknown:
        parser.error(f"nothing is called {unknown[0]!r}; choose from {', '.join(_MEASURES)}")
    return chosen


def _names(text: str) -> list[str]:
    names = text.split(",")
    unknown = [name for name in names if name not in GATEWAYS]
    if unknown:
        raise argparse.ArgumentTypeError(f"nobody is called {unknown[0]!r}; choose from {', '.join(GATEWAYS)}")
    return names


if __name__ == "__main__":
    sys.exit(main())
