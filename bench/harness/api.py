"""Api: the JSON API as a program with a key uses it, over one kept connection."""

import http.client
import time
from typing import Any
from urllib.parse import urlencode

import msgspec

_PREFIX = "/api/headwater/v1"


class Api:
    """One connection; not for several threads."""

    def __init__(self, port: int, key: str) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        self._headers = {"x-headwater-key": key}

    def get(self, path: str, **asked: Any) -> tuple[int, bytes]:
        """Status and body of a question."""
        query = "?" + urlencode(asked, doseq=True) if asked else ""
        return self._request("GET", f"{_PREFIX}{path}{query}", None)

    def timed_ms(self, path: str, **asked: Any) -> tuple[float, Any]:
        """How long a question takes until its last byte, and its answer. Raises RuntimeError when it is refused."""
        began_s = time.monotonic()
        status, body = self.get(path, **asked)
        took_ms = (time.monotonic() - began_s) * 1000
        if status != 200:
            raise RuntimeError(f"GET {path} {asked} was answered with {status}: {body[:300]!r}")
        return took_ms, msgspec.json.decode(body)

    def sql(self, statement: str) -> list[list[Any]]:
        """Rows of a statement over the project's views."""
        status, body = self._request("POST", f"{_PREFIX}/query", msgspec.json.encode({"sql": statement}))
        if status != 200:
            raise RuntimeError(f"{statement!r} was answered with {status}: {body[:300]!r}")
        return msgspec.json.decode(body)["rows"]

    def metrics(self) -> dict[str, float]:
        """The Prometheus series, summed over their labels."""
        _, body = self._request("GET", "/metrics", None)
        found: dict[str, float] = {}
        for line in body.decode().splitlines():
            if not line.startswith("#"):
                name, _, value = line.rpartition(" ")
                name = name.partition("{")[0]
                found[name] = found.get(name, 0.0) + float(value)
        return found

    def status(self, path: str) -> int:
        """The status of any path, 0 when nobody answers."""
        try:
            return self._request("GET", path, None)[0]
        except OSError:
            self._connection.close()
            return 0

    def _request(self, method: str, path: str, body: bytes | None) -> tuple[int, bytes]:
        headers = {**self._headers, "content-type": "application/json"} if body else self._headers
        try:
            self._connection.request(method, path, body, headers)
            answer = self._connection.getresponse()
            return answer.status, answer.read()
        except (http.client.HTTPException, BrokenPipeError, ConnectionResetError):
            self._connection.close()
            self._connection.request(method, path, body, headers)
            answer = self._connection.getresponse()
            return answer.status, answer.read()
