"""Connection: HTTP/1.1 with keep-alive over a plain socket, just enough to post bodies quickly."""

import socket
from collections.abc import Mapping

import msgspec

_ANSWER_S = 120.0


class Answered(msgspec.Struct, frozen=True, kw_only=True):
    """What came back. `retry_after_s` is 0 where nothing was said."""

    status: int
    body: bytes
    retry_after_s: float


def request_head(path: str, host: str, headers: Mapping[str, str], size_bytes: int) -> bytes:
    """The head of a POST."""
    given = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"POST {path} HTTP/1.1\r\nhost: {host}\r\n{given}content-length: {size_bytes}\r\n\r\n".encode()


class Connection:
    """One connection, made anew when the server has closed it."""

    def __init__(self, port: int, headers: Mapping[str, str], path: str = "/v1/traces") -> None:
        self._port = port
        self._headers = headers
        self._path = path
        self._socket: socket.socket | None = None
        self._rest = b""

    def post(self, *parts: bytes | bytearray, size_bytes: int | None = None) -> Answered:
        """Post a body given in parts. Raises OSError when the connection breaks."""
        size_bytes = sum(map(len, parts)) if size_bytes is None else size_bytes
        self.begin(size_bytes)
        for part in parts:
            self.send(part)
        return self.answer()

    def begin(self, size_bytes: int) -> None:
        """Send the head of a body that follows by `send`."""
        self._connected().sendall(request_head(self._path, f"127.0.0.1:{self._port}", self._headers, size_bytes))

    def send(self, part: bytes | bytearray) -> None:
        """Send a part of the body."""
        self._connected().sendall(part)

    def answer(self) -> Answered:
        """Read the answer."""
        read = self._connected()
        data = self._rest
        while (end := data.find(b"\r\n\r\n")) < 0:
            data += self._received(read)
        head = data[:end].lower()
        length = int(_header(head, b"content-length") or 0)
        data = data[end + 4 :]
        while len(data) < length:
            data += self._received(read)
        self._rest = data[length:]
        if _header(head, b"connection") == b"close":
            self.close()
        wait = _header(head, b"retry-after")
        return Answered(status=int(head[9:12]), body=data[:length], retry_after_s=float(wait) if wait else 0.0)

    def close(self) -> None:
        """Close; the next request connects again."""
        if self._socket is not None:
            self._socket.close()
        self._socket, self._rest = None, b""

    def _connected(self) -> socket.socket:
        if self._socket is None:
            self._socket = socket.create_connection(("127.0.0.1", self._port), timeout=_ANSWER_S)
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return self._socket

    def _received(self, read: socket.socket) -> bytes:
        data = read.recv(65536)
        if not data:
            self.close()
            raise ConnectionError("the server closed the connection before it had answered")
        return data


def _header(head: bytes, name: bytes) -> bytes:
    at = head.find(b"\r\n" + name + b":")
    return head[at:].split(b"\r\n", 2)[1].partition(b":")[2].strip() if at >= 0 else b""
