"""Wire: requests to the server, and its answers, over the standard library's HTTP.

The connections stay open between requests; each request has one for itself. As many rest as were needed at once.
"""

import contextlib
import json
import os
from collections import deque
from collections.abc import Mapping
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from typing import Any, NamedTuple
from urllib.parse import urlsplit

_ANSWER_MAX = 16 * 1024 * 1024


class Unreachable(Exception):
    """No answer came."""


class Answer(NamedTuple):
    """What the server said."""

    status: int
    body: bytes

    @property
    def text(self) -> str:
        """The body."""
        return self.body.decode("utf-8", "replace")


class Wire:
    """One server, one key. Threads may share it; `timeout_s` is for connecting, and for each piece of an answer."""

    def __init__(self, origin: str, key: str, timeout_s: float) -> None:
        parts = urlsplit(origin)
        self._make = HTTPSConnection if parts.scheme == "https" else HTTPConnection
        self._netloc = parts.netloc.rpartition("@")[2]
        self._path = parts.path.rstrip("/")
        self._timeout_s = timeout_s
        self._headers = {"authorization": f"Bearer {key}", "content-type": "application/json"}
        self._resting: deque[HTTPConnection] = deque()
        self._pid = os.getpid()

    def send(self, method: str, path: str, body: Any, headers: Mapping[str, str] | None = None) -> Answer:
        """Send a request and read its answer. Raises Unreachable where none comes."""
        data = json.dumps(body, default=str).encode()
        told = {**self._headers, **(headers or {})}
        connection, is_reused = self._take()
        try:
            return self._exchange(connection, method, path, data, told)
        except ConnectionError as error:
            connection.close()
            # A server may close a connection that rests; that says nothing about its being there.
            if not is_reused:
                raise Unreachable(repr(error)) from error
        except (OSError, HTTPException, ValueError) as error:
            connection.close()
            raise Unreachable(repr(error)) from error
        try:
            return self._exchange(self._connect(), method, path, data, told)
        except (OSError, HTTPException, ValueError) as error:
            raise Unreachable(repr(error)) from error

    def close(self) -> None:
        """Close what rests; a request after this opens a connection again."""
        with contextlib.suppress(IndexError):
            while True:
                self._resting.pop().close()

    def _take(self) -> tuple[HTTPConnection, bool]:
        if self._pid != os.getpid():
            # What rests here belongs to the process that this one was forked from.
            self._pid, self._resting = os.getpid(), deque()
        try:
            return self._resting.pop(), True
        except IndexError:
            return self._connect(), False

    def _connect(self) -> HTTPConnection:
        return self._make(self._netloc, timeout=self._timeout_s)

    def _exchange(
        self, connection: HTTPConnection, method: str, path: str, data: bytes, headers: Mapping[str, str]
    ) -> Answer:
        connection.request(method, self._path + path, data, dict(headers))
        response = connection.getresponse()
        body = _body_of(response)
        if response.will_close or not response.isclosed():
            connection.close()
        else:
            self._resting.append(connection)
        return Answer(response.status, body)


def _body_of(response: HTTPResponse) -> bytes:
    body = response.read(_ANSWER_MAX)
    if response.isclosed() or not response.read(1):
        return body
    raise ValueError(f"the answer is longer than {_ANSWER_MAX} bytes")
