"""Servers that nobody would want to send to: each takes connections and treats them badly."""

import socket
import ssl
import threading
from collections.abc import Callable
from pathlib import Path

_UNTRUSTED = Path(__file__).parent / "untrusted.pem"
_REQUEST_BYTES = 65_536


class Rude:
    """A server on a port of loopback, for as long as the `with` block lasts; `treat` gets each connection."""

    def __init__(self, treat: Callable[[socket.socket], None], scheme: str = "http") -> None:
        self._treat = treat
        self._listening = socket.create_server(("127.0.0.1", 0), backlog=128)
        self._held: list[socket.socket] = []
        self.url = f"{scheme}://127.0.0.1:{self._listening.getsockname()[1]}"
        self.came = 0

    def __enter__(self) -> "Rude":
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        for connection in self._held:
            connection.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listening.accept()
            except OSError:
                return
            self.came += 1
            self._held.append(connection)
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        try:
            self._treat(connection)
        except OSError:
            connection.close()


def hang(connection: socket.socket) -> None:
    """Take everything and never answer."""
    while connection.recv(_REQUEST_BYTES):
        pass


def hang_up(connection: socket.socket) -> None:
    """Close as soon as something comes."""
    connection.recv(1)
    connection.close()


def be_wild(connection: socket.socket) -> None:
    """Answer with bytes that are no HTTP."""
    connection.recv(_REQUEST_BYTES)
    connection.sendall(bytes(range(256)) * 64)
    connection.close()


def answering(status: str, body: bytes, headers: str = "") -> Callable[[socket.socket], None]:
    """Answer every request with this, and close."""

    def answer(connection: socket.socket) -> None:
        connection.recv(_REQUEST_BYTES)
        head = f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n{headers}\r\n"
        connection.sendall(head.encode() + body)
        # A close with unread bytes would reset the connection before the answer is read.
        connection.shutdown(socket.SHUT_WR)
        while connection.recv(_REQUEST_BYTES):
            pass
        connection.close()

    return answer


def shake_untrusted_hands(connection: socket.socket) -> None:
    """Offer a certificate that nobody has signed."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(_UNTRUSTED)
    with context.wrap_socket(connection, server_side=True) as wrapped:
        wrapped.recv(_REQUEST_BYTES)
