"""A front: a real store process on a folder of its own, to be asked, stopped and killed."""

import http.client
import secrets
import socket
import subprocess
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlencode

from headwater.clock import monotonic_s, sleep
from headwater.store import Store, StoreSettings, start_front

_START_S = 30


class Front:
    """A store process and how to reach it; it can be started again on the same folder after it ended."""

    def __init__(self, folder: Path, settings: StoreSettings | None = None) -> None:
        self.folder = folder
        self.secret = secrets.token_urlsafe(24)
        self.port = _free_port()
        self._settings = settings
        self.process = self._start()

    @property
    def dsn(self) -> str:
        """The address as the store's clients are given it."""
        return f"clickhouse://headwater:{self.secret}@127.0.0.1:{self.port}"

    def store(self) -> Store:
        """A client of its own."""
        return Store(self.dsn)

    def start_again(self) -> None:
        """Start on the same folder and port."""
        self.process = self._start()

    def kill(self) -> None:
        """End it as a power cut would."""
        self.process.kill()
        self._reap()

    def stop(self) -> int:
        """Tell it to end; return its exit code."""
        self.process.terminate()
        return self._reap()

    def ask(
        self,
        method: str,
        fields: Mapping[str, str] | None = None,
        body: bytes = b"",
        headers: Mapping[str, str] | None = None,
        path: str = "/",
    ) -> tuple[int, bytes, Mapping[str, str]]:
        """Speak plain HTTP to it, with the secret unless `headers` says otherwise."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            known = {"X-ClickHouse-Key": self.secret} if headers is None else headers
            connection.request(method, f"{path}?{urlencode(fields or {})}", body or None, dict(known))
            answer = connection.getresponse()
            return answer.status, answer.read(), dict(answer.headers)
        finally:
            connection.close()

    def _start(self) -> "subprocess.Popen[bytes]":
        process = start_front(self.folder, self.port, self.secret, self._settings)
        deadline_s = monotonic_s() + _START_S
        while not self._answers():
            assert process.poll() is None, "the store process ended"
            assert monotonic_s() < deadline_s, "the store process does not answer"
            sleep(0.02)
        return process

    def _answers(self) -> bool:
        try:
            return self.ask("GET", path="/ping", headers={})[0] == 200
        except OSError:
            return False

    def _reap(self) -> int:
        code = self.process.wait(30)
        assert self.process.stdin is not None
        self.process.stdin.close()
        return code


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
