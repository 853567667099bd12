"""Printed: the comparison as a table on the terminal, and as one for docs/benchmarks.md."""

import itertools
from collections.abc import Sequence

from rich import box
from rich.console import Console
from rich.table import Table

from bench.docs import write_section
from bench.printed import shown
from bench.proxy.figures import Comparison, Line
from bench.proxy.gateways import GATEWAYS, OURS

_BEGIN, _END = "<!-- proxy: written by `make bench-proxy ARGS=--write-docs` -->", "<!-- end of proxy -->"
_WIDTH = 165
_MARKS = {True: "[green]met[/]", False: "[red]MISSED[/]", None: ""}
_WORDS = {True: "yes", False: "**no**", None: ""}


def print_comparison(comparison: Comparison) -> None:
    """Print what everybody costs, and how many targets were missed."""
    console = Console(width=max(Console().width, _WIDTH))
    columns = _columns(comparison)
    for group, lines in itertools.groupby(comparison.lines, lambda line: line.group):
        table = Table(box=box.SIMPLE_HEAD, title=group, title_justify="left")
        for title in ("", "unit", *(GATEWAYS[name] for name in columns), "ratio", "target", ""):
            is_text = title in ("", "unit", "ratio", "target")
            table.add_column(title, justify="left" if is_text else "right", no_wrap=title not in ("ratio", "target"))
        for line in lines:
            cells = (line.ratios, line.targets, _MARKS[line.is_met])
            table.add_row(line.name, line.unit, *_values(line, columns), *cells)
        console.print(table)
    for name, failure in comparison.failures.items():
        console.print(f"[red]{GATEWAYS.get(name, name)} was not measured in everything: {failure}[/]", highlight=False)
    for note in comparison.notes:
        console.print(f"[dim]{note}[/]", highlight=False)
    console.print(f"[dim]{_versions(comparison)}; load before: {comparison.machine['load_before']}[/]", highlight=False)
    console.print(f"{len(comparison.missed)} targets missed" if comparison.missed else "no target missed")


def write_docs(comparison: Comparison) -> None:
    """Put the comparison in its place in docs/benchmarks.md."""
    machine, columns = comparison.machine, _columns(comparison)
    titles = " | ".join(GATEWAYS[name] for name in columns)
    rows = [
        f"| {line.group} | {line.name}, {line.unit} | {' | '.join(_values(line, columns))} | {line.ratios} "
        f"| {line.targets} | {_WORDS[line.is_met]} |"
        for line in comparison.lines
    ]
    head = (
        f"Measured {comparison.at[:10]} at commit {machine['commit']}: {machine['processor']}, {machine['cores']} "
        f"cores, Python {machine['python']}, {comparison.rounds} rounds; {_versions(comparison)}."
    )
    table = [f"| | | {titles} | ratio | target | met |", f"|---|---|{'---:|' * len(columns)}---|---|---|", *rows]
    failed = comparison.failures.items()
    missing = [f"{GATEWAYS.get(name, name)} was not measured in everything: {failure}." for name, failure in failed]
    write_section(_BEGIN, _END, "\n".join([head, "", *table, "", *missing]).rstrip() + "\n")


def _columns(comparison: Comparison) -> list[str]:
    return [name for name in GATEWAYS if any(name in line.values for line in comparison.lines)]


def _values(line: Line, columns: Sequence[str]) -> list[str]:
    return [shown(line.values[name]) if name in line.values else "" for name in columns]


def _versions(comparison: Comparison) -> str:
    packages = comparison.machine["versions"]
    own = {OURS: ", ".join(f"{name} {packages[name]}" for name in ("uvloop", "uvicorn") if name in packages)}
    told = {name: version or own.get(name, "") for name, version in comparison.versions.items()}
    return "; ".join(f"{GATEWAYS[name]} {version}" for name, version in told.items() if version)
