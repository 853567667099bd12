"""Disks that fail on demand: a small one that fills up, and one whose writes are refused below the journal."""

import os
import shutil
import subprocess
import threading
from collections.abc import Generator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

_SOURCE = Path(__file__).with_name("fail_writes.c")


class SmallDisk:
    """A tmpfs of some megabytes mounted on a folder; a ballast file fills it, and takes what others give back."""

    extra: Mapping[str, str] = {}

    def __init__(self, folder: Path) -> None:
        self._ballast = folder / "ballast"
        self._is_over = threading.Event()
        self._filler = threading.Thread(target=self._stay_full)

    def break_down(self) -> None:
        """Fill it to the last byte, and keep it so."""
        self._fill()
        self._filler.start()

    def recover(self) -> None:
        """Make room."""
        self._is_over.set()
        self._filler.join()
        self._ballast.unlink()

    def _stay_full(self) -> None:
        while not self._is_over.wait(0.001):
            self._fill()

    def _fill(self) -> None:
        page = b"\0" * os.sysconf("SC_PAGE_SIZE")
        with self._ballast.open("ab", buffering=0) as ballast, suppress(OSError):
            while ballast.write(page):
                pass


class RefusingDisk:
    """The journal's own disk, seen through a library that makes its writes fail while a file says so."""

    def __init__(self, journal: Path, library: Path, code: int) -> None:
        self._flag = library.with_name("fail_with")
        self._code = code
        self.extra = {"LD_PRELOAD": str(library), "FAIL_BELOW": str(journal), "FAIL_WITH": str(self._flag)}

    def break_down(self) -> None:
        """Refuse from now on."""
        part = self._flag.with_suffix(".part")
        part.write_text(str(self._code))
        part.replace(self._flag)

    def recover(self) -> None:
        """Take writes again."""
        self._flag.unlink()


Disk = SmallDisk | RefusingDisk


@contextmanager
def small_disk(folder: Path, size_bytes: int) -> Generator[Disk]:
    """A small disk on a folder; skips where nothing may be mounted."""
    folder.mkdir(parents=True)
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size_bytes},mode=700", "tmpfs", str(folder)], capture_output=True
    )
    if mounted.returncode:
        pytest.skip(f"no disk can be mounted here: {mounted.stderr.decode().strip()}")
    try:
        yield SmallDisk(folder)
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


@contextmanager
def refusing_disk(journal: Path, code: int) -> Generator[Disk]:
    """A disk that refuses writes with an errno; skips where there is no C compiler."""
    if shutil.which("gcc") is None:
        pytest.skip("no gcc here to build the library that refuses writes")
    library = journal.parent.parent / "fail_writes.so"
    subprocess.run(["gcc", "-shared", "-fPIC", "-O1", "-o", str(library), str(_SOURCE), "-ldl"], check=True)
    yield RefusingDisk(journal, library, code)
