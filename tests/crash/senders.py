"""Senders: threads that post batches without a pause and remember what was acknowledged, and how fast."""

import random
import threading
import time
from types import TracebackType

import urllib3

from tests.sending import Sent, body_of, draw
from tests.serving import Server

_SPANS = 12
_PAUSE_S = 0.02


class Senders:
    """Send from several threads until left; every span has a number of its own."""

    def __init__(self, server: Server, chance: random.Random, threads: int = 3) -> None:
        self.acknowledged: list[Sent] = []
        self.refused: list[Sent] = []
        self.waits_s: list[float] = []
        self.statuses: dict[int, int] = {}
        self._server = server
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._threads = [
            threading.Thread(target=self._send, args=(number, random.Random(chance.random())))
            for number in range(threads)
        ]

    def __enter__(self) -> "Senders":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _send(self, sender: int, chance: random.Random) -> None:
        first = sender * 1_000_000
        while not self._stop.wait(_PAUSE_S):
            batch = draw(chance, first, _SPANS)
            first += _SPANS
            began_s = time.monotonic()
            try:
                status = self._server.send(body_of(batch)).status
            except urllib3.exceptions.HTTPError:
                status = 0
            self._note(status, batch, time.monotonic() - began_s)

    def _note(self, status: int, batch: list[Sent], waited_s: float) -> None:
        with self._lock:
            self.statuses[status] = self.statuses.get(status, 0) + 1
            (self.acknowledged if status == 200 else self.refused).extend(batch)
            if status == 200:
                self.waits_s.append(waited_s)
