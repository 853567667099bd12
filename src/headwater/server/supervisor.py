"""The supervisor: starts the processes, starts them again when they die, stops them in the order of the flow."""

import contextlib
import logging
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence

import msgspec

from headwater.clock import monotonic_s, now_ns
from headwater.errors import HeadwaterError
from headwater.ids import secret
from headwater.listening import listen
from headwater.server.catalog import catalog_of
from headwater.server.child import Orders
from headwater.server.folder import DataFolder, Running
from headwater.server.local import await_store
from headwater.server.ports import free_port, shown_host
from headwater.server.prices import take_over_prices
from headwater.server.settings import Settings, child_environment, data_folder_of
from headwater.server.status import Death, ProcessStatus, SupervisorStatus, say
from headwater.store import Store, start_front

_log = logging.getLogger("headwater.supervisor")
_RESTART_S = (0.1, 0.5, 1.0, 2.0, 5.0, 10.0)
_CALM_S = 30.0
_TICK_S = 0.1
_FIRST_STARTS = 6
_DEATHS = 5
_STOP_S = {"edge": 15.0, "loader": 15.0, "store": 15.0}


class _Child:
    """One supervised process."""

    def __init__(self, name: str, start: Callable[[], "subprocess.Popen[bytes]"]) -> None:
        self.name = name
        self.restarts = 0
        self.last_exit = ""
        self.deaths: tuple[Death, ...] = ()
        self.started_ns: int | None = None
        self.process: subprocess.Popen[bytes] | None = None
        self._start = start
        self._quick_deaths = 0
        self._started_s = 0.0
        self._due_s = 0.0

    @property
    def state(self) -> str:
        """running, failed (waiting to be started again) or stopped."""
        if self.process is None:
            return "stopped"
        return "running" if self.process.poll() is None else "failed"

    def start(self) -> None:
        """Start it now."""
        self._started_s = monotonic_s()
        self.started_ns = now_ns()
        self.process = self._start()

    def look(self) -> None:
        """Start it again when it has died and its pause is over."""
        process = self.process
        if process is None or process.poll() is None:
            return
        if not self._due_s:
            is_quick = monotonic_s() - self._started_s < _CALM_S
            self._quick_deaths = self._quick_deaths + 1 if is_quick else 0
            pause_s = _RESTART_S[min(self._quick_deaths, len(_RESTART_S) - 1)]
            self._due_s = monotonic_s() + pause_s
            self.last_exit = _exit_text(process.returncode)
            self.deaths = (*self.deaths[1 - _DEATHS :], Death(at_ns=now_ns(), exit=self.last_exit))
            _log.error("a process died", extra={"child": self.name, "exit": self.last_exit, "again_in_s": pause_s})
        elif monotonic_s() >= self._due_s:
            self._due_s = 0.0
            self.restarts += 1
            self.start()

    def ask_to_stop(self) -> None:
        """Ask it to end."""
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()

    def stop(self, within_s: float) -> None:
        """Wait for what was asked to end, and end it when it does not in time."""
        process = self.process
        if process is None:
            return
        if process.poll() is None:
            try:
                process.wait(within_s)
            except subprocess.TimeoutExpired:
                _log.error("a process did not stop in time", extra={"child": self.name})
                process.kill()
                process.wait()
        if process.stdin is not None:
            with contextlib.suppress(OSError):
                process.stdin.close()
        self.process = None

    def status(self) -> ProcessStatus:
        """How it stands."""
        return ProcessStatus(
            name=self.name,
            pid=self.process.pid if self.process is not None else None,
            state=self.state,
            restarts=self.restarts,
            started_ns=self.started_ns,
            last_exit=self.last_exit,
            deaths=self.deaths,
        )


class Supervisor:
    """`headwater serve`: one process that owns the others and the listening sockets."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.folder = DataFolder(data_folder_of(settings))
        self.folder.make()
        self._hold_folder()
        self._sockets = [listen(settings.host, port) for port in (settings.port, settings.otlp_port) if port]
        self.base_url = f"http://{shown_host(settings.host)}:{self._port_of(0)}" if self._sockets else ""
        self._store_dsn = settings.store_dsn
        self._children: list[_Child] = []

    def start(self) -> None:
        """Start all; returns when the store has answered once and its tables are there. Raises HeadwaterError."""
        if not self._store_dsn:
            self._start_store()
        for number in range(self.settings.workers):
            self._add_edge(f"edge-{number}")
        self._migrate()
        take_over_prices(self.folder, catalog_of(self.settings))
        self._add("loader", lambda: self._python("headwater.server.loading", "loader"))
        self.folder.write_running(Running(pid=os.getpid(), url=self.base_url, store_dsn=self._store_dsn))

    def run(self, stop: threading.Event) -> None:
        """Watch over the processes until told to stop, then stop them."""
        try:
            while not stop.is_set():
                for child in self._children:
                    child.look()
                self._say()
                stop.wait(_TICK_S)
        finally:
            self.stop()

    def stop(self) -> None:
        """Stop all, in the order of the flow."""
        for listening in self._sockets:
            listening.close()
        for kind, within_s in _STOP_S.items():
            kin = [child for child in self._children if child.name.startswith(kind)]
            for child in kin:
                child.ask_to_stop()
            for child in kin:
                child.stop(within_s + (self.settings.proxy.drain_s if kind == "edge" else 0.0))
        self._say()
        self.folder.forget_running()

    def _start_store(self) -> None:
        port = free_port()
        password = secret()
        self._store_dsn = f"clickhouse://headwater:{password}@127.0.0.1:{port}/headwater"
        self._add("store", lambda: start_front(self.folder.store, port, password, self.settings.store))

    def _migrate(self) -> None:
        """Bring the tables up to date while the edges already take what comes."""
        store = Store(self._store_dsn, self.settings.store)
        try:
            await_store(store, self._keep_starting)
            store.migrate()
        except HeadwaterError:
            self.stop()
            raise

    def _keep_starting(self) -> bool:
        """Start again what died: what is left of a killed predecessor may hold the folder for some seconds more."""
        for child in self._children:
            child.look()
        return self._children[0].restarts < _FIRST_STARTS

    def _add_edge(self, name: str) -> None:
        self._add(name, lambda: self._python("headwater.server.edge", name, self._sockets))

    def _add(self, name: str, start: Callable[[], "subprocess.Popen[bytes]"]) -> None:
        child = _Child(name, start)
        self._children.append(child)
        child.start()

    def _python(self, module: str, name: str, sockets: Sequence[socket.socket] = ()) -> "subprocess.Popen[bytes]":
        descriptors = tuple(listening.fileno() for listening in sockets)
        process = subprocess.Popen(  # noqa: S603 - our own interpreter and our own module
            [sys.executable, "-m", module],
            stdin=subprocess.PIPE,
            pass_fds=descriptors,
            start_new_session=True,
            env=child_environment(),
        )
        orders = Orders(
            name=name,
            settings=self.settings,
            store_dsn=self._store_dsn,
            base_url=self.base_url,
            sockets=descriptors,
        )
        if process.stdin is not None:
            process.stdin.write(msgspec.json.encode(orders) + b"\n")
            process.stdin.flush()
        return process

    def _port_of(self, index: int) -> int:
        return int(self._sockets[index].getsockname()[1])

    def _say(self) -> None:
        say(
            self.folder.run,
            "supervisor",
            SupervisorStatus(at_ns=now_ns(), processes=tuple(child.status() for child in self._children)),
        )

    def _hold_folder(self) -> None:
        running = self.folder.running()
        if running is not None and running.pid != os.getpid():
            where = f"{str(self.folder.root)!r} at {running.url} (process {running.pid})"
            raise HeadwaterError(f"headwater already serves {where}")


def _exit_text(code: int | None) -> str:
    if code is None:
        return ""
    return f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
