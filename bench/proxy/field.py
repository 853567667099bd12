"""Field: the mock, the gateways that run, and every call that ours has answered, so that it can be asked for later."""

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Generator, Mapping
from pathlib import Path
from types import TracebackType

from bench.harness import cpu_by_name, machine_cpu_s
from bench.proxy.gateways import GATEWAYS, OURS, Gateway, running
from bench.proxy.installed import Missing
from bench.proxy.load import Came, Load, run
from bench.proxy.mock import Mock
from bench.proxy.options import Options
from bench.proxy.stored import Checked, Taken, check, taken

LOADER, STORE, BENCH, OTHERS = "loader", "store", "bench", "others"
_LOADING = ("loader", "maker")


class Field:
    """Everything that a measure needs. Gateways that cannot be had are left out with a reason."""

    def __init__(self, options: Options, tell: Callable[[str], None]) -> None:
        self.options = options
        self.tell = tell
        self.gateways: dict[str, Gateway] = {}
        self.failures: dict[str, str] = {}
        self.notes: list[str] = []
        self.checked = Checked()
        self.mock = Mock()
        self._next = 1
        self._taken: dict[int, list[Taken]] = {}
        self._stack = contextlib.ExitStack()

    def __enter__(self) -> "Field":
        self._stack.enter_context(self.mock)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._stack.close()

    def start(self, name: str) -> None:
        """Start a gateway that stays until the end, unless it cannot be had here."""
        self.tell(f"starting: {GATEWAYS[name]}")
        try:
            folder = self._stack.enter_context(self.folder(name))
            self.gateways[name] = self._stack.enter_context(running(name, self.mock.url, folder))
        except (Missing, OSError, RuntimeError, subprocess.SubprocessError) as error:
            self.failures[name] = f"{type(error).__name__}: {error}"

    @contextlib.contextmanager
    def folder(self, name: str) -> Generator[Path]:
        """A folder of a gateway's own, on the disk that is measured."""
        self.options.scratch.mkdir(parents=True, exist_ok=True)
        path = Path(tempfile.mkdtemp(prefix=f"bench-proxy-{name}-", dir=self.options.scratch))
        try:
            yield path
        finally:
            if not self.options.is_kept:
                shutil.rmtree(path, ignore_errors=True)

    def serials(self, count: int) -> int:
        """The first of so many numbers that no call has had."""
        first, self._next = self._next, self._next + count
        return first

    def run(self, gateway: Gateway, load: Load) -> Came:
        """Make a load's calls through a gateway."""
        came = run(gateway.way, load, self._next)
        first = self.serials(came.summary.calls)
        if gateway.name == OURS:
            self._taken.setdefault(gateway.pid, []).extend(taken(came, first, load.kinds))
        if came.why and f"{gateway.name}: " not in " ".join(self.notes):
            self.notes.append(f"{gateway.name}: {came.why}")
        return came

    def check(self, gateway: Gateway) -> None:
        """Ask the store of a server of ours for every call that it has answered since it was asked last."""
        if gateway.server is not None:
            self.checked += check(gateway.server.api().sql, self._taken.pop(gateway.pid, []))

    def weighed(self, gateway: Gateway, load: Load) -> tuple[Came, Mapping[str, float]]:
        """The same, with seconds of processor time: of the gateway by its name; of ours, loader and store until nothing
        is left to do; of mock and load together; and of whoever else was busy meanwhile.
        """
        before = self._used(gateway)
        came = self.run(gateway, load)
        after = self._used(gateway)
        spent = {name: used - before.get(name, 0.0) for name, used in after.items()}
        gateway.settle()
        if gateway.name == OURS:
            settled = self._used(gateway)
            spent |= {name: settled.get(name, 0.0) - before.get(name, 0.0) for name in (LOADER, STORE)}
        return came, spent

    def _used(self, gateway: Gateway) -> dict[str, float]:
        parts = cpu_by_name(gateway.pid) if gateway.pid else {}
        own = os.times()
        bench = own.user + own.system + own.children_user + own.children_system
        bench += sum(cpu_by_name(self.mock.pid).values())
        used = {
            gateway.name: sum(used for name, used in parts.items() if not gateway.parts or name in gateway.parts),
            BENCH: bench,
            OTHERS: machine_cpu_s() - bench - sum(parts.values()),
        }
        if gateway.name == OURS:
            used |= {LOADER: sum(parts.get(name, 0.0) for name in _LOADING), STORE: parts.get("store", 0.0)}
        return used


def tell(what: str) -> None:
    """Say what is being done."""
    print(f"{what} …", file=sys.stderr, flush=True)
