"""Crew: the workers and the sink, each a process, told what to do one at a time."""

import subprocess
from types import TracebackType
from typing import Any

import msgspec
import urllib3

from bench.sdk.environments import TREE, environment, python_of

_STOP_S = 60.0


class Sink:
    """The process that takes all exports."""

    def __init__(self, python: str) -> None:
        self._process = subprocess.Popen([python, "-m", "bench.sdk.sink"], cwd=TREE, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        self._base = f"http://127.0.0.1:{int(self._process.stdout.readline())}"
        self._pool = urllib3.PoolManager()

    def __enter__(self) -> "Sink":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._pool.clear()
        self._process.kill()
        self._process.wait()

    def url(self, name: str) -> str:
        """Where an instrumentation sends to."""
        return f"{self._base}/{name}"

    def came(self, name: str) -> dict[str, int]:
        """What has come from it: spans, answers, requests, bytes_sent."""
        return msgspec.json.decode(self._pool.request("GET", f"{self.url(name)}/count").data, type=dict[str, int])


class Hand:
    """A worker of one instrumentation."""

    def __init__(self, name: str, sink: Sink) -> None:
        self.name = name
        command = [python_of(name), "-m", "bench.sdk.inside.worker", name, sink.url(name)]
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(command, cwd=TREE, env=environment(name), stdin=pipe, stdout=pipe, text=True)
        self._read()

    def do(self, what: str, count: int, is_with: bool) -> dict[str, Any]:
        """Have it carry out a task; see bench/sdk/inside/worker.py."""
        assert self._process.stdin is not None
        self._process.stdin.write(msgspec.json.encode({"do": what, "count": count, "with": is_with}).decode() + "\n")
        self._process.stdin.flush()
        return self._read()

    def calls(self) -> int:
        """How many calls it has made with the instrumentation on."""
        return int(self.do("tell", 0, is_with=True)["calls"])

    def stop(self) -> None:
        """End it as a program ends, so that what it still holds is sent."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            self._process.wait(_STOP_S)
        except subprocess.TimeoutExpired:
            self._process.kill()

    def _read(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise BrokenPipeError(f"the worker {self.name!r} ended, with code {self._process.wait(_STOP_S)}")
        return msgspec.json.decode(line, type=dict[str, Any])
