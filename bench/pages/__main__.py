"""`python -m bench.pages`: load a project, ask every page, look at them in a browser; print a table, write JSON."""

import argparse
import datetime
import gzip
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from bench.docs import rows_of, write_section
from bench.figures import Figure, Measured, Report
from bench.harness import Served, Watch, facts
from bench.options import FOLDER, RESULTS
from bench.pages.addresses import known_of
from bench.pages.asking import Visit, ask_pages
from bench.pages.looking import look_at_pages
from bench.pages.project import Project, prepared
from bench.printed import print_report

_BEGIN, _END = "<!-- pages: written by `make bench-pages ARGS=--write-docs` -->", "<!-- end of pages -->"
_SCRIPTS_KB = 200.0
_LINK = re.compile(r"https?://\S+/login\?token=\S+")
_COMMAND = "from headwater.cli import main; main()"


def main() -> int:
    """Return 0; 1 when a page could not be measured, or a target was missed and --strict is given."""
    chosen = _chosen()
    if chosen.write_docs:
        write_section(_BEGIN, _END, rows_of(msgspec.json.decode(chosen.json.read_bytes(), type=Report)))
        return 0
    chosen.scratch.mkdir(parents=True, exist_ok=True)
    at = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
    machine = facts(chosen.scratch)
    with _served(chosen.keep, chosen.scratch) as server:
        _tell("loading the project, or bringing it up to now")
        project = prepared(server, server.folder, chosen.rows, chosen.senders)
        measured = [_measured(name, make) for name, make in _parts(server, project, chosen) if name in chosen.parts]
    report = Report(at=at, machine={**machine, "spans": project.spans}, measured=tuple(measured))
    chosen.json.parent.mkdir(parents=True, exist_ok=True)
    chosen.json.write_bytes(msgspec.json.format(msgspec.json.encode(report)))
    print_report(report)
    return int(report.is_broken or (chosen.strict and bool(report.missed)))


_PARTS = ("server", "browser", "scripts")


def _parts(
    server: Served, project: Project, chosen: argparse.Namespace
) -> Iterator[tuple[str, Callable[[], list[Figure]]]]:
    known = known_of(server.api(), project)

    def login() -> str:
        return _login_link(server)

    def asked() -> list[Figure]:
        with Watch(server.pid) as watch:
            figures = ask_pages(server, Visit(server.port, login()), known, chosen.times, chosen.best, chosen.page)
        peak = watch.peak_bytes / 1e6
        note = f"{watch.peak_note}; {watch.note}"
        return [*figures, Figure(name="memory of all processes meanwhile, peak", value=peak, unit="MB", note=note)]

    yield "server", asked
    yield "browser", lambda: look_at_pages(server, login, known, max(3, chosen.times // 3))
    yield "scripts", _scripts


def _measured(name: str, make: Callable[[], list[Figure]]) -> Measured:
    _tell(f"measuring: {name}")
    began_s, figures, failure = time.monotonic(), tuple[Figure, ...](), ""
    try:
        figures = tuple(make())
    except (RuntimeError, AssertionError, OSError) as error:
        failure = f"{type(error).__name__}: {error}"
    return Measured(name=name, figures=figures, took_s=round(time.monotonic() - began_s, 1), failure=failure)


def _scripts() -> list[Figure]:
    """All scripts together, as they travel."""
    files = sorted((FOLDER.parent / "src" / "headwater" / "web" / "static").rglob("*.js"))
    sizes = {file.name: len(gzip.compress(file.read_bytes(), 4)) / 1000 for file in files}
    note = ", ".join(f"{name} {size:.1f}" for name, size in sizes.items())
    name = "all scripts, compressed"
    return [Figure(name=name, value=sum(sizes.values()), unit="kB", at_most=_SCRIPTS_KB, note=note)]


@contextmanager
def _served(kept: Path | None, scratch: Path) -> Generator[Served]:
    folder = kept or Path(tempfile.mkdtemp(prefix="pages-", dir=scratch))
    folder.mkdir(parents=True, exist_ok=True)
    server = Served(folder.resolve(), {})
    note = folder / "project.json"
    if note.exists():
        server.key = msgspec.json.decode(note.read_bytes(), type=Project).key
    try:
        server.start()
        yield server
    finally:
        server.stop()
        if kept is None:
            shutil.rmtree(folder, ignore_errors=True)


def _login_link(server: Served) -> str:
    environment = {**os.environ, "PYTHONPATH": str(FOLDER.parent / "src")}
    command = [sys.executable, "-c", _COMMAND, "login", "--data", str(server.data)]
    said = subprocess.run(command, env=environment, cwd=server.folder, capture_output=True, text=True, check=True)
    found = _LINK.search(said.stdout)
    if found is None:
        raise RuntimeError(f"no login link in {said.stdout!r}")
    return found.group()


def _tell(words: str) -> None:
    print(f"{words} …", file=sys.stderr, flush=True)


def _chosen() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench.pages", description="Measure every page at a million spans.")
    parser.add_argument("parts", nargs="*", metavar="part", help=f"{', '.join(_PARTS)}; all by default")
    parser.add_argument("--rows", type=int, default=1_000_000, help="spans to load")
    parser.add_argument("--times", type=int, default=15, help="addresses asked of each page")
    parser.add_argument("--best", type=int, default=1, help="how often each is asked; the quickest counts")
    parser.add_argument("--page", default="", help="only pages whose path has this part")
    parser.add_argument("--senders", type=int, default=3, help="processes that load")
    parser.add_argument("--keep", type=Path, help="a folder whose project is used again; it is made there first")
    parser.add_argument("--scratch", type=Path, default=RESULTS / "data", help="where data folders are made")
    parser.add_argument("--json", type=Path, default=RESULTS / "pages.json", help="where the figures are written")
    parser.add_argument("--strict", action="store_true", help="exit code 1 when a target is missed")
    parser.add_argument("--write-docs", action="store_true", help="only write docs/benchmarks.md from the JSON")
    chosen = parser.parse_args()
    unknown = [name for name in chosen.parts if name not in _PARTS]
    if unknown:
        parser.error(f"nothing is called {unknown[0]!r}; choose from {', '.join(_PARTS)}")
    chosen.parts = chosen.parts or list(_PARTS)
    return chosen


if __name__ == "__main__":
    sys.exit(main())
