"""Printed: the figures as a table on the terminal."""

from rich import box
from rich.console import Console
from rich.table import Table

from bench.figures import Figure, Report

_MARKS = {True: "[green]met[/]", False: "[red]MISSED[/]", None: ""}


def print_report(report: Report) -> None:
    """Print what was measured, on what, and how many targets were missed."""
    console = Console()
    table = Table(box=box.SIMPLE_HEAD, title=f"headwater, {report.at}", title_justify="left")
    for name in ("", "figure", "value", "unit", "target", ""):
        table.add_column(name, justify="right" if name in ("value", "target") else "left", overflow="fold")
    for measured in report.measured:
        for number, figure in enumerate(measured.figures):
            table.add_row(measured.name if number == 0 else "", *_cells(figure))
        if measured.failure:
            table.add_row(measured.name, f"[red]not measured: {measured.failure}[/]")
        table.add_section()
    console.print(table)
    for measured in report.measured:
        for figure in measured.figures:
            if figure.note:
                console.print(f"[dim]{measured.name}: {figure.name}: {figure.note}[/]", highlight=False)
    console.print(f"[dim]{', '.join(f'{name} {value}' for name, value in report.machine.items())}[/]", highlight=False)
    console.print(f"{len(report.missed)} targets missed" if report.missed else "no target missed")


def shown(value: float) -> str:
    """A value with as many digits as it deserves."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def _cells(figure: Figure) -> tuple[str, ...]:
    return figure.name, shown(figure.value), figure.unit, figure.target, _MARKS[figure.is_met]
