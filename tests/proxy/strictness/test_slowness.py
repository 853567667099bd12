"""Who is slow holds up himself alone: what he does not take is not read, what he does not send is not waited for."""

import socket
from collections.abc import Iterator

import pytest

from tests.proxy.strictness import gateways
from tests.proxy.strictness.trying import Client, Gateway, settle
from tests.proxy.upstream import Do
from tests.serving import wait_until

_MIB = 1024 * 1024
_PIECE = bytes(range(256)) * 4096
_PIECES = 96
# What lies in the buffers of two lines between three processes, with much to spare.
_UNDER_WAY_BYTES = 40 * _MIB
_GET = b"GET /openai/v1/b HTTP/1.1\r\nhost: gateway\r\n\r\n"
_LONG = b"HTTP/1.1 200 OK\r\nx-mock: 1\r\ncontent-length: %d\r\n\r\n" % (_PIECES * len(_PIECE))
_POST = b"POST /openai/v1/a HTTP/1.1\r\nhost: gateway\r\ncontent-length: %d\r\n\r\n"


def test_an_answer_that_is_not_taken_is_not_read(gateway: Gateway) -> None:
    """The upstream has to wait; when the client reads on, all of it comes."""
    gateway.upstream.forget((_LONG, *[_PIECE] * _PIECES))
    with socket.create_connection(("127.0.0.1", gateway.port), timeout=30) as client:
        client.sendall(_GET)
        written = _await_rest(gateway)
        assert written < _UNDER_WAY_BYTES
        settle(gateway)
        head, _, body = _read_until(client, b"\r\n\r\n").partition(b"\r\n\r\n")
        assert b"content-length: %d" % (_PIECES * len(_PIECE)) in head.lower()
        assert _drained(client, body) == _PIECES * len(_PIECE)


def test_a_request_that_is_not_taken_is_not_read(gateway: Gateway) -> None:
    gateway.upstream.forget((Do.EARLY, Do.HOLD, Do.CLOSE))
    with socket.create_connection(("127.0.0.1", gateway.port), timeout=2) as client:
        client.sendall(_POST % (_PIECES * len(_PIECE)))
        assert _taken(client) < _UNDER_WAY_BYTES
        settle(gateway)
    gateway.upstream.release()


def _taken(client: socket.socket) -> int:
    """Send a long body until no more of it is taken, and say how much was."""
    sent = 0
    try:
        while sent < _PIECES * len(_PIECE):
            sent += client.send(_PIECE)
    except TimeoutError:
        pass
    return sent


def _await_rest(gateway: Gateway) -> int:
    """Wait until the upstream gets nothing more written, and say how much it got."""
    before = -1

    def has_stopped() -> bool:
        nonlocal before
        was, before = before, gateway.upstream.written_bytes
        settle(gateway)
        return was == before > 0

    wait_until(has_stopped, 30, "the upstream to be held up")
    return gateway.upstream.written_bytes


def _read_until(client: socket.socket, end: bytes) -> bytes:
    data = b""
    while end not in data:
        data += client.recv(65536)
    return data


def _drained(client: socket.socket, begun: bytes) -> int:
    """Read to the end; every byte must be in its place."""
    size = 0
    data = begun
    while True:
        at = size % 256
        assert data == (_PIECE * 2)[at : at + len(data)]
        size += len(data)
        if size == _PIECES * len(_PIECE) or not (data := client.recv(65536)):
            return size


class TestImpatience:
    """A server that waits for two seconds at most."""

    @pytest.fixture(scope="class")
    @staticmethod
    def hasty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
        bounds = {"HEADWATER_PROXY_CLIENT_TIMEOUT_S": "2", "HEADWATER_PROXY_ANSWER_TIMEOUT_S": "2"}
        with gateways.headwater(tmp_path_factory.mktemp("hasty"), bounds) as gateway:
            yield gateway

    def test_heads_that_do_not_end_are_not_waited_for(self, hasty: Gateway) -> None:
        """Nor do they keep others from being served."""
        half = [socket.create_connection(("127.0.0.1", hasty.port), timeout=20) for _ in range(300)]
        for each in half:
            each.sendall(_GET[:-2])
        settle(hasty)
        for each in half:
            assert b"200 OK" not in each.recv(65536)
            each.close()

    def test_a_head_that_comes_a_byte_at_a_time_is_not_waited_for(self, hasty: Gateway) -> None:
        with Client(hasty.port) as client:
            client.send(b"GET /openai/v1/b HTTP/1.1\r\nx-slow: ")
            client.socket.settimeout(0.2)
            wait_until(lambda: _drips(client), 20, "the line to be closed")

    def test_a_body_that_does_not_end_is_not_waited_for(self, hasty: Gateway) -> None:
        hasty.upstream.forget(())
        with Client(hasty.port) as client:
            client.send(_POST % 10 + b"abc")
            client.read_answers(1)
            assert (client.told(), client.probe()) == (("refused",), "closed")
        assert hasty.upstream.requests == []
        settle(hasty)

    def test_an_upstream_that_is_silent_is_not_waited_for(self, hasty: Gateway) -> None:
        hasty.upstream.forget((Do.AWAIT_CLOSE,))
        closed = hasty.upstream.closed
        with Client(hasty.port) as client:
            client.send(_GET)
            client.read_answers(1)
            assert client.told() == ("failed",)
        assert hasty.upstream.closed > closed

    def test_an_answer_that_stops_is_not_waited_for(self, hasty: Gateway) -> None:
        hasty.upstream.forget((_LONG, b"abc", Do.AWAIT_CLOSE))
        with Client(hasty.port) as client:
            client.send(_GET)
            client.read_answers(1)
            assert client.told() == ("200 abc (cut)",)

    def test_a_client_that_takes_nothing_is_left(self, hasty: Gateway) -> None:
        """What it holds is given back."""
        hasty.upstream.forget((_LONG, *[_PIECE] * _PIECES))
        closed = hasty.upstream.closed
        with socket.create_connection(("127.0.0.1", hasty.port)) as client:
            client.sendall(_GET)
            wait_until(lambda: hasty.upstream.closed > closed, 20, "the upstream's line to be closed")


def _drips(client: Client) -> bool:
    try:
        client.socket.sendall(b"a")
        return not client.socket.recv(1)
    except TimeoutError:
        return False
    except ConnectionError:
        return True
