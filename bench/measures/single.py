"""Single: requests of one span each, as exporters without batching send them, every one durable before its answer."""

import multiprocessing
import random
import selectors
import socket
import time
from typing import Any

import msgspec

from bench.figures import Figure, quantile
from bench.harness import Served, Watch, request_head, served
from bench.options import Options
from bench.payload import Filler, templates, text_pool

_FORK = multiprocessing.get_context("fork")
_WARM_S = 2.0
_WANTED_REQUESTS_PER_S = 1_500
_WANTED_P99_MS = 25


class _Answers(msgspec.Struct, frozen=True, kw_only=True):
    requests_per_s: float
    waits_ms: list[float]
    other_than_200: int


def measure(options: Options) -> list[Figure]:
    """Closed loops over kept connections, from one process that waits on all of them."""
    text_pool()
    seconds = max(10.0, options.seconds)
    with served(options) as server:
        figures = _figures(server, options.connections, seconds, is_target=True)
        return [*figures, *_figures(server, 2 * options.connections, seconds, is_target=False)]


def _figures(server: Served, connections: int, seconds: float, is_target: bool) -> list[Figure]:
    results: Any = _FORK.Queue()
    sender = _FORK.Process(target=_send, args=(server.port, server.key, connections, seconds, results), daemon=True)
    sender.start()
    time.sleep(_WARM_S)
    with Watch(server.pid) as watch:
        time.sleep(seconds)
    answers: _Answers = results.get(timeout=60)
    sender.join()
    what = f"single-span requests, {connections} connections"
    return [
        Figure(
            name=what,
            value=answers.requests_per_s,
            unit="requests/s",
            at_least=_WANTED_REQUESTS_PER_S if is_target else None,
            note=f"{answers.other_than_200} not 200; {watch.note}",
        ),
        Figure(name=f"{what}, p50", value=quantile(answers.waits_ms, 0.5), unit="ms"),
        Figure(
            name=f"{what}, p99",
            value=quantile(answers.waits_ms, 0.99),
            unit="ms",
            at_most=_WANTED_P99_MS if is_target else None,
        ),
    ]


class _Loop:
    """One connection's closed loop: a request, its answer, the next request."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.began_s = 0.0

    def send(self, request: bytes) -> None:
        """Send one request; it fits the socket's buffer."""
        self.began_s = time.monotonic()
        self.socket.sendall(request)


def _send(port: int, key: str, connections: int, seconds: float, results: Any) -> None:
    random.seed()
    filler, singles = Filler(text_pool()), templates(64, 1)
    headers = {"content-type": "application/x-protobuf", "x-headwater-key": key}
    heads = [request_head("/v1/traces", "127.0.0.1", headers, len(each.body)) for each in singles]
    waits_ms: list[float] = []
    bad = 0
    waiting = selectors.DefaultSelector()
    loops = [_Loop(port) for _ in range(connections)]

    def request() -> bytes:
        number = random.randrange(len(singles))
        return heads[number] + filler.fill(singles[number], time.time_ns() - 3_000_000_000).body

    for loop in loops:
        waiting.register(loop.socket, selectors.EVENT_READ, loop)
        loop.send(request())
    measured_from_s = time.monotonic() + _WARM_S
    end_s = measured_from_s + seconds
    while (now_s := time.monotonic()) < end_s:
        for chosen, _ in waiting.select(1.0):
            loop = chosen.data
            answer = loop.socket.recv(65536)
            if now_s >= measured_from_s:
                waits_ms.append((time.monotonic() - loop.began_s) * 1000)
                bad += answer[9:12] != b"200"
            loop.send(request())
    results.put(_Answers(requests_per_s=len(waits_ms) / seconds, waits_ms=waits_ms, other_than_200=bad))
