"""A headwater of our own, in real processes: started, asked, hurt and stopped by its own ids."""

import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
import psutil
import urllib3

COMMAND = [sys.executable, "-c", "from headwater.cli import main; main()"]
QUERY_PATH = "/api/headwater/v1/query"
PROTOBUF = "application/x-protobuf"
JSON = "application/json"
_START_S = 60.0
_STOP_S = 60.0
_CONFIG = tempfile.TemporaryDirectory(prefix="headwater-config-")
_PASSED_ON = ("PATH", "HOME", "LANG", "TMPDIR", "VIRTUAL_ENV")


class Answer(msgspec.Struct, frozen=True):
    """What the server answered. Header names are lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        """The body, read as JSON."""
        return msgspec.json.decode(self.body)


class Ran(msgspec.Struct, frozen=True):
    """What a command said."""

    code: int
    out: str
    err: str


def free_ports(count: int) -> list[int]:
    """Ports of loopback that nobody listens on now."""
    probes = [socket.socket() for _ in range(count)]
    try:
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [int(probe.getsockname()[1]) for probe in probes]
    finally:
        for probe in probes:
            probe.close()


def environment(extra: Mapping[str, str]) -> dict[str, str]:
    """The environment of a process of ours: nothing of the caller's settings or home, and `extra`."""
    passed_on = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    return passed_on | {"XDG_CONFIG_HOME": _CONFIG.name} | dict(extra)


def command(*arguments: str, extra: Mapping[str, str] | None = None, typed: str = "", timeout_s: float = 90.0) -> Ran:
    """Run `headwater` with these arguments, `typed` on its standard input."""
    done = subprocess.run(
        [*COMMAND, *arguments],
        env=environment(extra or {}),
        input=typed,
        capture_output=True,
        text=True,
        timeout=timeout_s,
    )
    return Ran(done.returncode, done.stdout, done.stderr)


def wait_until(holds: Callable[[], Any], timeout_s: float = 30.0, what: str = "") -> Any:
    """Ask again and again until the answer is true, and return it."""
    deadline = time.monotonic() + timeout_s
    while True:
        found = holds()
        if found:
            return found
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {timeout_s:g} s: {what or holds}; last answer {found!r}")
        time.sleep(0.05)


class Server:
    """`headwater serve` on a folder and free ports. Stopped and started again, it keeps folder, ports and key."""

    def __init__(self, folder: Path, arguments: Sequence[str] = (), extra: Mapping[str, str] | None = None) -> None:
        self.data = folder / "data"
        self.port, self.otlp_port, self.grpc_port = free_ports(3)
        self.base_url = f"http://127.0.0.1:{self.port}"
        self.otlp_url = f"http://127.0.0.1:{self.otlp_port}"
        self.key = ""
        self.login_url = ""
        self.config = folder / "config"
        self._folder = folder
        self._arguments = tuple(arguments)
        self._extra = {"XDG_CONFIG_HOME": str(self.config)} | dict(extra or {})
        self._process: subprocess.Popen[bytes] | None = None
        self._started: list[psutil.Process] = []
        self._pool = urllib3.PoolManager(maxsize=16, retries=False)

    def __enter__(self) -> "Server":
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()
        self._pool.clear()

    @property
    def pid(self) -> int:
        """The supervisor's process id."""
        assert self._process is not None, "the server was not started"
        return self._process.pid

    @property
    def log(self) -> str:
        """What all processes have written to standard error."""
        return (self._folder / "serve.err").read_text()

    @property
    def said(self) -> str:
        """What the server has said to the person who started it."""
        return (self._folder / "serve.out").read_text()

    def start(self, is_awaited: bool = True) -> "Server":
        """Start it; with `is_awaited`, return when it is ready."""
        ports = ("--port", self.port, "--otlp-port", self.otlp_port, "--grpc-port", self.grpc_port)
        arguments = ["serve", "--data", str(self.data), *map(str, ports), *self._arguments]
        self._folder.mkdir(parents=True, exist_ok=True)
        with (self._folder / "serve.out").open("wb") as out, (self._folder / "serve.err").open("ab") as err:
            self._process = subprocess.Popen(
                [*COMMAND, *arguments],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                env=environment(self._extra),
                cwd=self._folder,
                start_new_session=True,
            )
        if is_awaited:
            self.await_ready()
        return self

    def await_ready(self, timeout_s: float = _START_S) -> None:
        """Wait until it greets and /ready says 200."""
        wait_until(self._has_greeted, timeout_s, "the greeting")
        wait_until(self.is_ready, timeout_s, "/ready")
        key = re.search(r"shown this once:\s+(hw_\S+)", self.said)
        self.key = key[1] if key else self.key
        login = re.search(r"(http\S+/login\?token=\S+)", self.said)
        self.login_url = login[1] if login else ""
        self._remember()

    def is_ready(self) -> bool:
        """Whether ingest and queries work."""
        try:
            return self.request("GET", "/ready", headers={}).status == 200
        except urllib3.exceptions.HTTPError:
            return False

    def children(self) -> dict[str, int]:
        """The process ids of the children that run, by name."""
        try:
            said = msgspec.json.decode((self.data / "run" / "supervisor.json").read_bytes())
        except FileNotFoundError:
            return {}
        return {each["name"]: each["pid"] for each in said["processes"] if each["state"] == "running"}

    def command_lines(self) -> list[str]:
        """How the processes were called, as anybody on the machine can see."""
        self._remember()
        return [" ".join(each.cmdline()) for each in self._started if each.is_running()]

    def signal(self, name: str, number: int = signal.SIGKILL) -> int | None:
        """Send a signal to a child of ours by its name; return its process id, None when it does not run now."""
        self._remember()
        pid = self.children().get(name)
        if pid is None or not self._is_ours(pid):
            return None
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            return None
        return pid

    def kill_supervisor(self) -> list[psutil.Process]:
        """End the supervisor alone, without a word; return the children that it had."""
        assert self._process is not None, "the server was not started"
        self._remember()
        children = [each for each in self._started if each.pid in self.children().values()]
        self._process.kill()
        self._process.wait()
        self._process = None
        return children

    def interrupt(self) -> None:
        """Press Ctrl-C in its terminal: the signal goes to the whole group that the terminal knows."""
        self._remember()
        os.killpg(self.pid, signal.SIGINT)

    def stop(self) -> int:
        """Stop it as Ctrl-C does, and see to it that nothing of it is left; return its exit code."""
        process, self._process = self._process, None
        code = 0
        if process is not None:
            self._remember(process.pid)
            process.terminate()
            try:
                code = process.wait(_STOP_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
                code = -1
        for each in self._started:
            if each.is_running():
                each.kill()
        self._started.clear()
        return code

    def request(
        self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None, url: str = ""
    ) -> Answer:
        """Send one request, with the key unless `headers` are given."""
        sent = {"x-headwater-key": self.key} if headers is None else dict(headers)
        answer = self._pool.request(method, (url or self.base_url) + path, body=body, headers=sent, timeout=40.0)
        return Answer(answer.status, {name.lower(): value for name, value in answer.headers.items()}, answer.data)

    def send(self, body: bytes, path: str = "/v1/traces", content_type: str = PROTOBUF, **headers: str) -> Answer:
        """Post a body of OTLP with the server's key."""
        sent = {"content-type": content_type, "x-headwater-key": self.key}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        return self.request("POST", path, body, sent)

    def raw(self, data: bytes) -> bytes:
        """Send bytes over a plain socket, end, and return what comes back."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=10) as connection:
            try:
                connection.sendall(data)
                connection.shutdown(socket.SHUT_WR)
                return connection.recv(65536)
            except (ConnectionError, BrokenPipeError):
                return b""

    def sql(self, statement: str, key: str = "") -> list[tuple[Any, ...]]:
        """Ask a question in SQL over the API; rows as tuples."""
        headers = {"content-type": JSON, "x-headwater-key": key or self.key}
        answer = self.request("POST", QUERY_PATH, msgspec.json.encode({"sql": statement}), headers)
        assert answer.status == 200, answer.body.decode()
        return [tuple(row) for row in answer.json()["rows"]]

    def health(self) -> Any:
        """The state of the server's parts."""
        answer = self.request("GET", "/api/headwater/v1/health")
        assert answer.status == 200, answer.body.decode()
        return answer.json()

    def await_loaded(self, timeout_s: float = 60.0) -> None:
        """Wait until everything that was acknowledged is in the store."""
        wait_until(lambda: all(not each["depth"] for each in self.health()["journals"]), timeout_s, "an empty journal")

    def _has_greeted(self) -> bool:
        assert self._process is not None, "the server was not started"
        assert self._process.poll() is None, f"the server ended with {self._process.returncode}:\n{self.log[-4000:]}"
        self._remember()
        return "/login?token=" in self.said

    def _remember(self, pid: int = 0) -> None:
        """Note every process below the supervisor, so that none is left behind whatever becomes of it."""
        if not pid and self._process is None:
            return
        try:
            found = psutil.Process(pid or self.pid).children(recursive=True)
        except psutil.NoSuchProcess:
            return
        self._started += [each for each in found if each not in self._started]

    def _is_ours(self, pid: int) -> bool:
        return any(each.pid == pid and each.is_running() for each in self._started)
