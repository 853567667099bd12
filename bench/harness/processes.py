"""Processes: memory and processor time of a tree of processes, as /proc tells them."""

import os
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType

_TICKS = os.sysconf("SC_CLK_TCK")
_NAMES = (
    ("headwater.server.edge", "edge"),
    ("headwater.server.loading", "loader"),
    ("headwater.loader.maker", "maker"),
    ("headwater.store.front", "store"),
)


def tree(root: int) -> list[int]:
    """A process and all below it."""
    children: dict[int, list[int]] = {}
    for path in Path("/proc").iterdir():
        if path.name.isdigit():
            parent = _parent(path)
            if parent is not None:
                children.setdefault(parent, []).append(int(path.name))
    found = [root]
    for process in found:
        found.extend(children.get(process, []))
    return found


def pss_bytes(root: int) -> int:
    """Memory of a tree: what is shared between processes counts once (proportional set size)."""
    return sum(_pss(process) for process in tree(root))


def cpu_by_name(root: int) -> dict[str, float]:
    """Seconds of processor time that each part of a server has used so far."""
    found: dict[str, float] = {}
    for process in tree(root):
        name = _name(process)
        found[name] = found.get(name, 0.0) + _cpu_s(process)
    return found


def processes_by_name(root: int) -> dict[str, list[int]]:
    """The processes of a tree by the part that each one is."""
    found: dict[str, list[int]] = {}
    for process in tree(root):
        found.setdefault(_name(process), []).append(process)
    return found


class Watch:
    """Over a stretch of time: processor use by part (in cores), and the peak of memory, sampled."""

    def __init__(self, root: int, every_s: float = 1.0) -> None:
        self.peak_bytes = 0
        self.peak_parts: Mapping[str, int] = {}
        self.cores: Mapping[str, float] = {}
        self.seconds = 0.0
        self._root = root
        self._every_s = every_s
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._sample, name="watch", daemon=True)

    def __enter__(self) -> "Watch":
        self._began_s = time.monotonic()
        self._before = self._used()
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._stop.set()
        self._thread.join()
        self.seconds = time.monotonic() - self._began_s
        after = self._used()
        self.cores = {name: (used - self._before.get(name, 0.0)) / self.seconds for name, used in after.items()}

    @property
    def note(self) -> str:
        """Who used the processors, for the note of a figure; `others` is what had nothing to do with the bench."""
        others = self.cores.get("machine", 0.0) - sum(used for name, used in self.cores.items() if name != "machine")
        parts = {**{name: used for name, used in self.cores.items() if name != "machine"}, "others": max(0.0, others)}
        return "cores: " + ", ".join(f"{name} {used:.2f}" for name, used in parts.items())

    @property
    def peak_note(self) -> str:
        """Who held what when all together held most."""
        return ", ".join(f"{name} {size / 1e6:.0f} MB" for name, size in self.peak_parts.items() if size)

    def _used(self) -> dict[str, float]:
        own = os.times()
        bench = own.user + own.system + own.children_user + own.children_system
        return {**cpu_by_name(self._root), "bench": bench + _children_cpu_s(self._root), "machine": machine_cpu_s()}

    def _sample(self) -> None:
        while not self._stop.wait(self._every_s):
            parts: dict[str, int] = {}
            for process in tree(self._root):
                name = _name(process)
                parts[name] = parts.get(name, 0) + _pss(process)
            if sum(parts.values()) > self.peak_bytes:
                self.peak_bytes, self.peak_parts = sum(parts.values()), parts


def _children_cpu_s(server: int) -> float:
    """Processor time of senders that still run; those that ended are in os.times()."""
    theirs = set(tree(server))
    return sum(_cpu_s(process) for process in tree(os.getpid())[1:] if process not in theirs)


def _name(process: int) -> str:
    line = _read(Path(f"/proc/{process}/cmdline"))
    return next((name for mark, name in _NAMES if mark in line), "supervisor" if line else "ended")


def _parent(path: Path) -> int | None:
    fields = _read(path / "stat").rpartition(")")[2].split()
    return int(fields[1]) if fields else None


def _cpu_s(process: int) -> float:
    fields = _read(Path(f"/proc/{process}/stat")).rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS if fields else 0.0


def machine_cpu_s() -> float:
    """Busy time of all processors: user, nice, system, interrupts."""
    fields = [int(field) for field in _read(Path("/proc/stat")).split("\n", 1)[0].split()[1:]]
    return (fields[0] + fields[1] + fields[2] + fields[5] + fields[6]) / _TICKS


def _pss(process: int) -> int:
    for line in _read(Path(f"/proc/{process}/smaps_rollup")).splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) * 1024
    return 0


def _read(path: Path) -> str:
    try:
        return path.read_text(errors="replace")
    except OSError:
        return ""
