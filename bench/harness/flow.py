"""Flow: several processes that send batches as fast as they are let."""

import multiprocessing
import queue
import random
import time
from collections.abc import Callable, Sequence
from multiprocessing.sharedctypes import Synchronized
from types import TracebackType
from typing import Any

import msgspec

from bench.harness.connection import Connection
from bench.payload import Filler, Template

_FORK = multiprocessing.get_context("fork")
_PAUSE_S = 0.002
_END = 1 << 60


class Sent(msgspec.Struct, kw_only=True):
    """What senders did. `waits_s` are seconds from the first byte to the acknowledgement, one for each request."""

    spans: int = 0
    requests: int = 0
    refused: int = 0
    broken: int = 0
    began_s: float = 0.0
    ended_s: float = 0.0
    waits_s: list[float] = msgspec.field(default_factory=list)

    @property
    def spans_per_s(self) -> float:
        """Acknowledged spans a second, from the first byte to the last acknowledgement."""
        return self.spans / max(1e-9, self.ended_s - self.began_s)


class Flow:
    """Senders forked from this process, which share one row of numbered batches.

    `total` ends them after so many batches. `allow` lets them send batches below a number; without it they send as fast
    as they are answered. `when` gives the time in Unix ns that a batch begins at.
    """

    def __init__(
        self,
        port: int,
        key: str,
        templates: Sequence[Template],
        pool: bytes,
        *,
        senders: int,
        total: int = _END,
        is_paced: bool = False,
        when: Callable[[int], int] = lambda _: time.time_ns() - 3_000_000_000,
    ) -> None:
        self._port = port
        self._headers = {"content-type": "application/x-protobuf", "x-headwater-key": key}
        self._templates = templates
        self._pool = pool
        self._total = total
        self._when = when
        self._next: Synchronized[int] = _FORK.Value("q", 0)
        self._allowed: Synchronized[int] = _FORK.Value("q", 0 if is_paced else _END)
        self._spans: Synchronized[int] = _FORK.Value("q", 0)
        self._stop = _FORK.Event()
        self._results: Any = _FORK.Queue()
        self._processes = [_FORK.Process(target=self._run, daemon=True) for _ in range(senders)]

    def __enter__(self) -> "Flow":
        for process in self._processes:
            process.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._stop.set()
        for process in self._processes:
            process.join(30)
            if process.is_alive():
                process.kill()

    @property
    def acknowledged(self) -> int:
        """Spans acknowledged so far."""
        return self._spans.value

    def allow(self, batches: int) -> None:
        """Let batches below this number go."""
        self._allowed.value = batches

    def finish(self, is_now: bool = True) -> Sent:
        """Stop the senders (or let them reach the total), and say what they did together."""
        if is_now:
            self._stop.set()
        done: list[Sent] = []
        while len(done) < len(self._processes):
            try:
                done.append(self._results.get(timeout=1.0))
            except queue.Empty:
                if not any(process.is_alive() for process in self._processes) and self._results.empty():
                    raise RuntimeError("a sender died") from None
        return _together(done)

    def _run(self) -> None:
        random.seed()
        filler = Filler(self._pool)
        connection = Connection(self._port, self._headers)
        sent = Sent(began_s=time.monotonic())
        while not self._stop.is_set():
            number = self._take()
            if number is None:
                if self._next.value >= self._total:
                    break
                time.sleep(_PAUSE_S)
                continue
            filled = filler.fill(self._templates[number % len(self._templates)], self._when(number))
            self._send(connection, filled.body, filled.spans, sent)
        sent.ended_s = time.monotonic()
        self._results.put(sent)

    def _take(self) -> int | None:
        with self._next.get_lock():
            number = self._next.value
            if number >= min(self._total, self._allowed.value):
                return None
            self._next.value = number + 1
            return number

    def _send(self, connection: Connection, body: bytearray, spans: int, sent: Sent) -> None:
        """Send one batch until it is acknowledged, as an exporter does."""
        while True:
            began_s = time.monotonic()
            try:
                answer = connection.post(body)
            except OSError:
                sent.broken += 1
                connection.close()
                if self._stop.wait(0.2):
                    return
                continue
            if answer.status == 200:
                break
            sent.refused += 1
            if answer.status != 503:
                raise RuntimeError(f"a batch was answered with {answer.status}: {answer.body[:300]!r}")
            if self._stop.wait(min(1.0, answer.retry_after_s or 0.1)):
                return
        sent.waits_s.append(time.monotonic() - began_s)
        sent.requests += 1
        sent.spans += spans
        with self._spans.get_lock():
            self._spans.value += spans


def _together(done: Sequence[Sent]) -> Sent:
    whole = Sent(began_s=min(each.began_s for each in done), ended_s=max(each.ended_s for each in done))
    for each in done:
        whole.spans += each.spans
        whole.requests += each.requests
        whole.refused += each.refused
        whole.broken += each.broken
        whole.waits_s += each.waits_s
    return whole
