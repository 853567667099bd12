"""Connections to an upstream: whole answers, over TLS too, and none that could reach the wrong call."""

import asyncio
import datetime
import ipaddress
import ssl
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import cast

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from headwater.proxy.upstream import Connection, Origin, Pool

Serve = Callable[[], asyncio.Protocol]


class Waiting:
    """A caller that keeps what it is told."""

    def __init__(self, *, is_head: bool = False) -> None:
        self.is_head = is_head
        self.status = 0
        self.body = b""
        self.lost = ""
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def answered(self, status: int, headers: list[tuple[bytes, bytes]]) -> None:
        self.status = status

    def answer_body(self, data: bytes) -> None:
        self.body += data

    def answer_over(self) -> None:
        self.done.set_result(None)

    def fed(self) -> None: ...

    def switched(self, rest: bytes) -> None: ...

    def upstream_lost(self, why: str) -> None:
        self.lost = why
        self.done.set_result(None)

    def pause_request(self) -> None: ...

    def resume_request(self) -> None: ...


def pool_with(tls: ssl.SSLContext | None = None) -> Pool:
    return Pool(
        connect_timeout_s=5,
        idle_timeout_s=5,
        head_limit_bytes=4096,
        tls=tls or ssl.create_default_context(),
    )


async def asked(connection: Connection, *, is_head: bool = False) -> Waiting:
    """Send a request and wait for the end of its answer."""
    waiting = Waiting(is_head=is_head)
    connection.lend(waiting)
    connection.transport.write(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n")
    await asyncio.wait_for(waiting.done, 10)
    return waiting


class Saying(asyncio.Protocol):
    """A server that answers each request with these pieces."""

    def __init__(self, pieces: Sequence[bytes], *, is_closed: bool) -> None:
        self._pieces = pieces
        self._is_closed = is_closed
        self._transport: asyncio.Transport
        self._asked = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        self._asked += data
        if self._asked.endswith(b"\r\n\r\n"):
            self._asked = b""
            for piece in self._pieces:
                self._transport.write(piece)
            if self._is_closed:
                self._transport.close()


def answering(*pieces: bytes, is_closed: bool = False) -> Serve:
    return partial(Saying, pieces, is_closed=is_closed)


async def connected(serve: Serve, pool: Pool, tls: ssl.SSLContext | None = None) -> Connection:
    server = await asyncio.get_running_loop().create_server(serve, "127.0.0.1", 0, ssl=tls)
    port = server.sockets[0].getsockname()[1]
    try:
        return await pool.connect(Origin(tls is not None, "127.0.0.1", port, True))
    finally:
        server.close()


OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"


async def test_a_connection_serves_one_call_after_another() -> None:
    pool = pool_with()
    connection = await connected(answering(OK), pool)
    for _ in range(3):
        assert (await asked(connection)).body == b"ok"
        connection.give_back(True)
        assert pool.idle(connection.origin) is connection


@pytest.mark.parametrize(
    "said",
    [
        b"HTTP/1.1 100 Continue\r\n\r\n" + OK,
        b"HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n" + OK,
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1;x=y\r\no\r\n1\r\nk\r\n0\r\ntrailer: z\r\n\r\n",
    ],
)
async def test_an_answer_is_whole_wherever_it_is_cut(said: bytes) -> None:
    pool = pool_with()
    connection = await connected(answering(*(said[at : at + 1] for at in range(len(said)))), pool)
    waiting = await asked(connection)
    assert (waiting.status, waiting.body, waiting.lost) == (200, b"ok", "")


@pytest.mark.parametrize(
    "said",
    [
        OK + b"HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\nsecond",
        OK + b"rubbish",
        b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 2\r\n\r\nok",
        b"HTTP/1.0 200 OK\r\ncontent-length: 2\r\n\r\nok",
    ],
)
async def test_a_connection_that_says_more_than_its_answer_or_goodbye_is_not_used_again(said: bytes) -> None:
    pool = pool_with()
    connection = await connected(answering(said), pool)
    waiting = await asked(connection)
    assert waiting.body == b"ok"
    if not waiting.lost:
        connection.give_back(True)
    await asyncio.sleep(0)
    assert pool.idle(connection.origin) is None


async def test_the_end_of_a_connection_ends_an_answer_without_a_length() -> None:
    connection = await connected(answering(b"HTTP/1.1 200 OK\r\n\r\nall of it", is_closed=True), pool_with())
    waiting = await asked(connection)
    assert (waiting.body, waiting.lost) == (b"all of it", "")


async def test_the_end_of_a_connection_breaks_an_answer_with_a_length() -> None:
    said = b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf"
    waiting = await asked(await connected(answering(said, is_closed=True), pool_with()))
    assert (waiting.body, waiting.lost) == (b"half", "the upstream closed it")


async def test_the_answer_to_head_has_no_body_whatever_its_length_says() -> None:
    connection = await connected(answering(b"HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n"), pool_with())
    waiting = await asked(connection, is_head=True)
    assert (waiting.status, waiting.body, waiting.lost) == (200, b"", "")


async def test_a_head_that_never_ends_is_given_up() -> None:
    waiting = await asked(await connected(answering(b"HTTP/1.1 200 OK\r\nx: " + b"y" * 10_000), pool_with()))
    assert waiting.lost == "the head of the upstream's answer is too long"


async def test_tls_is_spoken_with_whom_the_certificate_names(tmp_path: Path) -> None:
    certificate = certified(tmp_path, "127.0.0.1")
    trusting = ssl.create_default_context(cafile=certificate)
    connection = await connected(answering(OK), pool_with(trusting), served_with(certificate))
    assert (await asked(connection)).body == b"ok"


@pytest.mark.parametrize(("address", "is_trusted"), [("127.0.0.1", False), ("127.0.0.9", True)])
async def test_tls_with_anybody_else_is_refused(tmp_path: Path, address: str, is_trusted: bool) -> None:
    certificate = certified(tmp_path, address)
    trusting = ssl.create_default_context(cafile=certificate if is_trusted else None)
    with pytest.raises(ssl.SSLCertVerificationError):
        await connected(answering(OK), pool_with(trusting), served_with(certificate))


def served_with(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


def certified(folder: Path, address: str) -> Path:
    """A self-signed certificate with its key, for an address."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "upstream")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder(
            name, name, key.public_key(), x509.random_serial_number(), now, now + datetime.timedelta(1)
        )
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(address))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = folder / "certificate.pem"
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(secret + certificate.public_bytes(serialization.Encoding.PEM))
    return path
