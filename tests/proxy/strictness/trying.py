"""Tries a case on a gateway and tells what came of it: upstream, at the client, and of the line between them."""

import select
import socket
import time
from collections.abc import Sequence
from typing import NamedTuple

from tests.proxy.upstream import ECHO, Script, Upstream
from tests.proxy.wire import Message, Nonsense, shortened, take_answer

PROBE = b"GET /openai/v1/probe HTTP/1.1\r\nhost: gateway\r\n\r\n"
_PROBED = "GET /v1/probe"
_TIMEOUT_S = 10.0
_LOCAL = {404: "not found", 502: "failed", 504: "failed"}


class Verdict(NamedTuple):
    """What came of a case.

    `upstream`: the requests that it was sent, as method, target, body and headers in "x-a"; beginnings do not count.
    `client`: the answers; "refused" and "failed" are the gateway's own, for the client's or the upstream's fault.
    `line`: kept (it can be used for another request), closed, or silent (nothing came, which a case should not want).
    """

    upstream: tuple[str, ...] = ()
    client: tuple[str, ...] = ("refused",)
    line: str = "closed"


REFUSED = Verdict()
FAILED = Verdict(client=("failed",))
UNJUDGED = Verdict(line="whatever")
"""What nginx makes of it tells nothing."""


def passed(*told: str, line: str = "kept") -> Verdict:
    """Each request reached the upstream, and was answered with its own echo."""
    told = tuple(shortened(each) for each in told)
    return Verdict(told, tuple(shortened(f"200 {each}") for each in told), line)


class Case(NamedTuple):
    """Bytes that a client sends, and what must come of them. Where `nginx` is given, that differs, and `why` says why.

    `sent` may be in pieces: a client waits for something to come after each but the last. `is_half_closed`: the client
    sends no more afterwards, and no probe. `heads`: the requests that are HEAD, by number. `is_at_once`: what comes of
    it byte by byte depends on the time that takes.
    """

    name: str
    sent: bytes | Sequence[bytes]
    verdict: Verdict = REFUSED
    script: Script = ECHO
    nginx: Verdict | None = None
    why: str = ""
    is_half_closed: bool = False
    heads: tuple[int, ...] = ()
    is_at_once: bool = False

    @property
    def pieces(self) -> Sequence[bytes]:
        """What is sent, in its pieces."""
        return [self.sent] if isinstance(self.sent, bytes) else self.sent

    def wanted(self, gateway: str) -> Verdict:
        """The verdict that is right for a gateway."""
        return self.nginx if gateway == "nginx" and self.nginx is not None else self.verdict


class Gateway(NamedTuple):
    """A gateway that runs: nginx or headwater, and the upstream behind it."""

    name: str
    port: int
    upstream: Upstream


def try_case(gateway: Gateway, case: Case, is_slow: bool = False) -> Verdict:
    """Send a case and tell what came of it. `is_slow`: one byte at a time."""
    gateway.upstream.forget(case.script)
    count = len(case.wanted(gateway.name).client)
    with Client(gateway.port, case.heads) as client:
        for number, piece in enumerate(case.pieces):
            client.send(piece, is_slow)
            if number < len(case.pieces) - 1:
                client.read_more()
        if case.is_half_closed:
            client.end()
            client.read_answers(1_000)
        else:
            client.read_answers(count)
        line = client.probe() if not (case.is_half_closed or client.is_over) else client.line
        told = client.told()
    settle(gateway)
    return Verdict(_upstream_told(gateway.upstream), told, line)


def settle(gateway: Gateway) -> None:
    """What the gateway does for a request on another connection comes after all that it does for earlier ones."""
    with Client(gateway.port) as client:
        client.send(PROBE)
        client.read_answers(1)
        found = client.told()
    assert found == (f"200 {_PROBED}",), f"another client of {gateway.name} was answered {found}"
    _forget_probe(gateway)


def _forget_probe(gateway: Gateway) -> None:
    seen = gateway.upstream.requests
    last = max(number for number, request in enumerate(seen) if request.start == _PROBED)
    del seen[last]


class Client:
    """A client of one connection, which reads answers as strictly as can be. `heads`: requests that are HEAD."""

    def __init__(self, port: int, heads: tuple[int, ...] = ()) -> None:
        self.answers: list[Message] = []
        self.line = "silent"
        self._data = b""
        self._heads = heads
        self._finals = 0
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=_TIMEOUT_S)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    @property
    def is_over(self) -> bool:
        """Whether nothing more comes."""
        return self.line == "closed"

    def told(self) -> tuple[str, ...]:
        """The answers, each as a line."""
        return tuple(_answer_told(answer) for answer in self.answers)

    def send(self, data: bytes, is_slow: bool = False) -> None:
        """Send, as far as the other side takes it."""
        try:
            if not is_slow:
                self.socket.sendall(data)
                return
            for at in range(len(data)):
                if select.select([self.socket], [], [], 0)[0]:
                    # An answer came before the end: what follows may no longer be wanted.
                    self.read_more()
                    if self.is_over:
                        return
                self.socket.send(data[at : at + 1])
        except ConnectionError:
            pass

    def end(self) -> None:
        """Send no more."""
        try:
            self.socket.shutdown(socket.SHUT_WR)
        except OSError:
            self.line = "closed"

    def read_more(self) -> None:
        """Wait until something comes, or nothing more can."""
        try:
            data = self.socket.recv(65536)
        except TimeoutError:
            raise
        except OSError:
            data = b""
        self._data += data
        if not data:
            self.line = "closed"
        self._take()

    def read_answers(self, count: int) -> None:
        """Read until so many answers have come, interim ones too, or nothing more can."""
        deadline_s = time.monotonic() + _TIMEOUT_S
        try:
            while len(self.answers) < count and not self.is_over and time.monotonic() < deadline_s:
                self.read_more()
        except TimeoutError:
            self.line = "silent"

    def probe(self) -> str:
        """Whether the line is good for another request, whose answer is its own."""
        before = len(self.answers)
        self.send(PROBE)
        while True:
            had = len(self.answers)
            self.read_answers(had + 1)
            for number in range(before, len(self.answers)):
                if _answer_told(self.answers[number]) == f"200 {_PROBED}":
                    del self.answers[number]
                    return "kept"
            if len(self.answers) == had:
                return self.line

    def _take(self) -> None:
        try:
            self._take_all()
        except Nonsense:
            self.answers.append(Message(f"nonsense {shortened(self._data.decode('latin-1'))}", (), b""))
            self._data = b""

    def _take_all(self) -> None:
        while True:
            taken = take_answer(self._data, self._finals in self._heads, self.is_over)
            if taken is None:
                if self.is_over and self._data:
                    raise Nonsense("the beginning of an answer")
                return
            answer, self._data = taken
            self._finals += answer.start >= "200"
            self.answers.append(answer)


def _upstream_told(upstream: Upstream) -> tuple[str, ...]:
    """All that the upstream was sent whole, but one probe."""
    told = [request.told() for request in upstream.requests]
    if _PROBED in told:
        told.remove(_PROBED)
    return (*told, *(f"nonsense {each}" for each in upstream.nonsense))


def _answer_told(answer: Message) -> str:
    status = int(answer.start) if answer.start.isdecimal() else 0
    if not answer.header("x-mock") and status >= 200:
        return _LOCAL.get(status, "refused" if 400 <= status <= 505 else f"{status} local")
    return answer._replace(headers=(), body=answer.body.decode("utf-8").encode("latin-1", "replace")).told()
