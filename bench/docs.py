"""Docs: docs/benchmarks.md, whose figures are those of one run."""

from bench.figures import Figure, Report
from bench.options import FOLDER
from bench.printed import shown

DOCUMENT = FOLDER.parent / "docs" / "benchmarks.md"
_BEGIN, _END = "<!-- figures: written by `make bench ARGS=--write-docs` -->", "<!-- end of figures -->"
_WORDS = {True: "yes", False: "**no**", None: ""}


def write_docs(report: Report) -> None:
    """Put the figures of a run in their place in the document."""
    write_section(_BEGIN, _END, rows_of(report))


def write_section(begin: str, end: str, written: str) -> None:
    """Put text between two marks of the document."""
    before, _, rest = DOCUMENT.read_text().partition(begin)
    _, _, after = rest.partition(end)
    DOCUMENT.write_text(f"{before}{begin}\n\n{written}\n{end}{after}")


def rows_of(report: Report) -> str:
    """The machine and the table of a run, as Markdown."""
    machine = report.machine
    lines = [
        f"Measured {report.at[:10]} at commit {machine['commit']}: {machine['processor']}, {machine['cores']} cores, "
        f"{machine['memory_gb']} GB, {machine['system']}, Python {machine['python']}; an fdatasync takes "
        f"{machine['fdatasync_p50_ms']} ms, the disk writes {machine['disk_write_mb_s']} MB/s.",
        "",
        "| | figure | value | target | met |",
        "|---|---|---:|---:|---|",
    ]
    for measured in report.measured:
        lines += [_row(measured.name, figure) for figure in measured.figures]
        if measured.failure:
            lines.append(f"| {measured.name} | not measured: {measured.failure} | | | |")
    return "\n".join(lines) + "\n"


def _row(name: str, figure: Figure) -> str:
    value = f"{shown(figure.value)} {figure.unit}"
    return f"| `{name}` | {figure.name} | {value} | {figure.target} | {_WORDS[figure.is_met]} |"
