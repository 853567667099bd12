"""Process: somebody's program, started on a free port and ended by its own ids."""

import contextlib
import os
import signal
import socket
import subprocess
import time
from collections.abc import Generator, Mapping, Sequence
from pathlib import Path

from bench.harness import tree

_START_S = 90.0
_STOP_S = 10.0
_PASSED_ON = ("PATH", "LANG", "TMPDIR")


def free_port() -> int:
    """A port of loopback that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def started(command: Sequence[str | Path], port: int, folder: Path, extra: Mapping[str, str]) -> Generator[int]:
    """Its process id, once it takes connections. Raises RuntimeError when it does not come up."""
    passed_on = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    with (folder / "log.txt").open("wb") as log:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd=folder,
            env={**passed_on, "HOME": str(folder), **extra},
            start_new_session=True,
        )
    try:
        _await_port(process, port, folder)
        yield process.pid
    finally:
        _end(process)


def _await_port(process: "subprocess.Popen[bytes]", port: int, folder: Path) -> None:
    deadline_s = time.monotonic() + _START_S
    while True:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        if process.poll() is not None or time.monotonic() > deadline_s:
            log = (folder / "log.txt").read_text(errors="replace")[-600:]
            raise RuntimeError(f"it did not take connections; its log ends with: {log}")
        time.sleep(0.05)


def _end(process: "subprocess.Popen[bytes]") -> None:
    ours = tree(process.pid)
    process.terminate()
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(_STOP_S)
    for each in ours:
        # Its group's id is the leader's, which is not given again while one of the group lives.
        with contextlib.suppress(ProcessLookupError):
            if os.getpgid(each) == process.pid:
                os.kill(each, signal.SIGKILL)
    process.wait()
