"""Printed: the comparison as a table on the terminal, and as one for docs/benchmarks.md."""

import itertools
from collections.abc import Sequence

from rich import box
from rich.console import Console
from rich.table import Table

from bench.docs import write_section
from bench.printed import shown
from bench.sdk.figures import Comparison, Line
from bench.sdk.peers import PEERS
from bench.sdk.rounds import WITHOUT

_BEGIN, _END = "<!-- client side: written by `make bench-sdk ARGS=--write-docs` -->", "<!-- end of client side -->"
_WIDTH = 165
_MARKS = {True: "[green]met[/]", False: "[red]MISSED[/]", None: ""}
_WORDS = {True: "yes", False: "**no**", None: ""}


def print_comparison(comparison: Comparison) -> None:
    """Print what everybody adds, and how many targets were missed."""
    console = Console(width=max(Console().width, _WIDTH))
    columns = _columns(comparison)
    for group, lines in itertools.groupby(comparison.lines, lambda line: line.group):
        table = Table(box=box.SIMPLE_HEAD, title=group, title_justify="left")
        for title in ("", "unit", "without", *(PEERS[name].title for name in columns), "target", ""):
            is_text = title in ("", "unit", "target")
            table.add_column(title, justify="left" if is_text else "right", no_wrap=True)
        for line in lines:
            table.add_row(line.name, line.unit, *_values(line, columns), line.targets, _MARKS[line.is_met])
        console.print(table)
    for name, failure in comparison.failures.items():
        console.print(f"[red]{name} was not measured: {failure}[/]", highlight=False)
    console.print(f"[dim]{'; '.join(_versions(comparison))}[/]", highlight=False)
    console.print(f"[dim]load before: {comparison.machine['load_before']}; noise shows as less than nothing[/]")
    console.print(f"{len(comparison.missed)} targets missed" if comparison.missed else "no target missed")


def write_docs(comparison: Comparison) -> None:
    """Put the comparison in its place in docs/benchmarks.md."""
    machine, columns = comparison.machine, _columns(comparison)
    titles = " | ".join(PEERS[name].title for name in columns)
    rows = [
        f"| {line.group} | {line.name}, {line.unit} | {' | '.join(_values(line, columns))} | {line.targets} "
        f"| {_WORDS[line.is_met]} |"
        for line in comparison.lines
    ]
    head = (
        f"Measured {comparison.at[:10]} at commit {machine['commit']}: {machine['processor']}, {machine['cores']} "
        f"cores, Python {machine['python']}, {comparison.rounds} rounds; {'; '.join(_versions(comparison))}."
    )
    table = [f"| | | without | {titles} | target | met |", f"|---|---|---:|{'---:|' * len(columns)}---|---|", *rows]
    missing = [f"{PEERS[name].title} was not measured: {failure}." for name, failure in comparison.failures.items()]
    write_section(_BEGIN, _END, "\n".join([head, "", *table, *missing]) + "\n")


def _columns(comparison: Comparison) -> list[str]:
    return [name for name in PEERS if any(name in line.values for line in comparison.lines)]


def _values(line: Line, columns: Sequence[str]) -> list[str]:
    return [shown(line.values[name]) if name in line.values else "" for name in (WITHOUT, *columns)]


def _versions(comparison: Comparison) -> list[str]:
    """openai's version once, and each one's own packages."""
    openai = sorted({found["openai"] for found in comparison.versions.values()})
    told = [f"openai {', '.join(openai)}"]
    for name, found in comparison.versions.items():
        asked = [package.partition("==")[0].partition(">")[0] for package in PEERS[name].packages]
        told.append(f"{PEERS[name].title}: " + ", ".join(f"{package} {found[package]}" for package in asked))
    return told
