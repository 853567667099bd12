"""Mock: the upstream of every gateway; see native/mock.c."""

import subprocess
from types import TracebackType

from bench.proxy.built import program


class Mock:
    """The mock upstream on a free port of loopback, for as long as the block runs."""

    def __init__(self) -> None:
        self.port = 0
        self.pid = 0

    def __enter__(self) -> "Mock":
        self._process = subprocess.Popen([program("mock")], stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        self.port, self.pid = int(self._process.stdout.readline()), self._process.pid
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._process.kill()
        self._process.wait()

    @property
    def url(self) -> str:
        """Its address, without a path."""
        return f"http://127.0.0.1:{self.port}"
