"""Start the store process."""

import subprocess
import sys
from os import PathLike

import msgspec

from headwater.store.settings import StoreSettings


def start_front(
    path: str | PathLike[str], port: int, secret: str, settings: StoreSettings | None = None
) -> "subprocess.Popen[bytes]":
    """Start the store of directory `path` behind HTTP on 127.0.0.1:`port`; it is ready when `GET /ping` answers.

    The secret goes through the process's standard input, which stays open: its end, that is the caller's death, ends
    the process. A session of its own keeps the terminal's Ctrl-C from it: SIGTERM is how it is told to stop.
    """
    given = settings or StoreSettings()
    bounds = msgspec.json.encode({"memory_bytes": given.memory_bytes, "connections": given.connections}).decode()
    command = [
        sys.executable,
        "-m",
        "headwater.store.front",
        "--path",
        str(path),
        "--port",
        str(port),
        "--bounds",
        bounds,
    ]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, start_new_session=True)  # noqa: S603  # our own module
    assert process.stdin is not None  # noqa: S101  # stdin=PIPE makes it so
    process.stdin.write(secret.encode() + b"\n")
    process.stdin.flush()
    return process
