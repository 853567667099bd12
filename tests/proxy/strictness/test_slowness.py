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


def test_an_answer_in_the_middle_of_a_long_request_reaches_the_client(gateway: Gateway) -> None:
    """It goes on sending until it cannot, and looks only then."""
    answer = b"HTTP/1.1 413 Too Large\r\nx-mock: 1\r\ncontent-length: 3\r\nconnection: close\r\n\r\nbig"
    gateway.upstream.forget((Do.EARLY, answer, Do.END, Do.HOLD))
    with Client(gateway.port) as client:
        client.send(_POST % (_PIECES * len(_PIECE)) + _PIECE * 16)
        client.read_answers(1)
        assert client.told() == ("413 big",)
    gateway.upstream.release()


def _taken(client: socket.socket) -> int:
    """Send a long body until no more of it is taken, and say how much was."""
    sent = 0
    try:
        while sent < _PIECES * len(_PIECE):
            sent += client.send(_PIECE)
    except (TimeoutError, ConnectionError):
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


@pytest.fixture(scope="module")
def hasty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """A server that waits for two seconds at most."""
    bounds = {"HEADWATER_PROXY_CLIENT_TIMEOUT_S": "2", "HEADWATER_PROXY_ANSWER_TIMEOUT_S": "2"}
    with gateways.headwater(tmp_path_factory.mktemp("hasty"), bounds) as gateway:
        yield gateway


# What a client sends before it falls silent, and what it is told before the line is closed.
_HALVES: dict[str, tuple[bytes, tuple[str, ...]]] = {
    "nothing": (b"", ()),
    "half a head": (_GET[:-2], ()),
    "half a body": (_POST % 10 + b"abc", ("refused",)),
    "half a body that nobody wants": ((_POST % 10).replace(b"/openai/", b"/nobody/") + b"abc", ("not found",)),
    "a call, then half a head": (_GET + _GET[:-2], ("200 GET /v1/b",)),
}


def test_clients_that_fall_silent_are_not_waited_for(hasty: Gateway) -> None:
    """Three hundred of them keep nobody else from being served."""
    hasty.upstream.forget(())
    clients = [(Client(hasty.port), half) for half in [*_HALVES.values()] * 60]
    for client, (sent, _) in clients:
        client.send(sent)
    settle(hasty)
    for client, (_, told) in clients:
        client.read_answers(len(told) + 1)
        assert (client.told(), client.line) == (told, "closed")
        client.socket.close()


def test_a_head_that_comes_a_byte_at_a_time_is_not_waited_for(hasty: Gateway) -> None:
    with Client(hasty.port) as client:
        client.send(b"GET /openai/v1/b HTTP/1.1\r\nx-slow: ")
        client.socket.settimeout(0.2)
        wait_until(lambda: _drips(client), 20, "the line to be closed")


def _drips(client: Client) -> bool:
    try:
        client.socket.sendall(b"a")
        return not client.socket.recv(1)
    except TimeoutError:
        return False
    except ConnectionError:
        return True


def test_upstreams_that_fall_silent_are_not_waited_for(hasty: Gateway) -> None:
    """Before their answer, or in the middle of it."""
    hasty.upstream.forget(())
    hasty.upstream.scripts = [(Do.AWAIT_CLOSE,), (_LONG, b"abc", Do.AWAIT_CLOSE)]
    closed = hasty.upstream.closed
    with Client(hasty.port) as first, Client(hasty.port) as second:
        for client, count in ((first, 1), (second, 2)):
            client.send(_GET)
            wait_until(lambda: len(hasty.upstream.requests) == count, 10, "the request")  # noqa: B023
        for client in (first, second):
            client.read_answers(1)
        assert (first.told(), second.told()) == (("failed",), ("200 abc (cut)",))
    wait_until(lambda: hasty.upstream.closed >= closed + 2, 10, "both lines to be closed")


def test_a_client_that_takes_nothing_is_left(hasty: Gateway) -> None:
    """What it holds is given back."""
    hasty.upstream.forget((_LONG, *[_PIECE] * _PIECES))
    closed = hasty.upstream.closed
    with socket.create_connection(("127.0.0.1", hasty.port)) as client:
        client.sendall(_GET)
        wait_until(lambda: hasty.upstream.closed > closed, 20, "the upstream's line to be closed")
