"""Served: the real server, started as a user starts it, on free ports and a fresh data folder."""

import contextlib
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import msgspec

from bench.harness.api import Api
from bench.harness.processes import tree
from bench.options import FOLDER, Options

_READY_S = 90.0
_STOP_S = 60.0
_KEY = re.compile(r"\bhw_[\w-]{43}")
_COMMAND = "from headwater.cli import main; main()"


class Served:
    """A server that runs. `ready_s` is from its start to the first 200 of /ready."""

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        self.folder = folder
        self.data = folder / "data"
        self.port = _free_port()
        self.key = ""
        self.ready_s = 0.0
        self._environment = environment
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """The supervisor's process id."""
        if self._process is None:
            raise RuntimeError("the server does not run")
        return self._process.pid

    def api(self) -> Api:
        """A new connection with the key."""
        return Api(self.port, self.key)

    def start(self) -> None:
        """Start, and wait until it is ready. Raises RuntimeError when it does not come up."""
        said = self.folder / "said.txt"
        command = [sys.executable, "-c", _COMMAND, "serve", "--data", str(self.data), "--port", str(self.port)]
        command += ["--otlp-port", str(_free_port()), "--grpc-port", str(_free_port())]
        source = str(FOLDER.parent / "src")
        config = str(self.folder / "config")
        environment = {**os.environ, "PYTHONPATH": source, "XDG_CONFIG_HOME": config, **self._environment}
        began_s = time.monotonic()
        with said.open("wb") as out, (self.folder / "log.txt").open("ab") as log:
            self._process = subprocess.Popen(command, stdout=out, stderr=log, env=environment, cwd=self.folder)
        self._await_ready(began_s)
        self.ready_s = time.monotonic() - began_s
        self.key = self.key or self._printed_key(said)

    def stop(self) -> None:
        """Ask it to end; end it, and what it left, when it does not."""
        process = self._process
        if process is None:
            return
        ours = tree(process.pid)
        process.terminate()
        try:
            process.wait(_STOP_S)
        except subprocess.TimeoutExpired:
            for each in ours:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(each, signal.SIGKILL)
            process.wait()
        self._process = None

    def store_dsn(self) -> str:
        """The address of the embedded store, for what no door tells: tables made beside headwater's own."""
        return str(msgspec.json.decode((self.data / "run" / "server.json").read_bytes())["store_dsn"])

    def log_tail(self) -> str:
        """The end of the log."""
        return (self.folder / "log.txt").read_text(errors="replace")[-2000:]

    def _await_ready(self, began_s: float) -> None:
        asking = Api(self.port, "")
        while asking.status("/ready") != 200:
            if self._process is None or self._process.poll() is not None or time.monotonic() - began_s > _READY_S:
                self.stop()
                raise RuntimeError(f"the server did not become ready; its log ends with:\n{self.log_tail()}")
            time.sleep(0.01)

    def _printed_key(self, said: Path) -> str:
        deadline_s = time.monotonic() + 10
        while time.monotonic() < deadline_s:
            found = _KEY.search(said.read_text())
            if found:
                return found.group()
            time.sleep(0.05)
        raise RuntimeError("the server printed no key")


@contextlib.contextmanager
def served(options: Options, environment: Mapping[str, str] | None = None) -> Iterator[Served]:
    """A server for as long as the block runs; its data goes with it unless it is to be kept."""
    options.scratch.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="bench-", dir=options.scratch))
    server = Served(folder, environment or {})
    try:
        server.start()
        yield server
    finally:
        server.stop()
        if not options.is_kept:
            shutil.rmtree(folder, ignore_errors=True)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
