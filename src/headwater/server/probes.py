"""Probes for machines: /health (this process lives), /ready (ingest and queries work), /metrics (Prometheus)."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec

from headwater.clock import monotonic_s
from headwater.errors import HeadwaterError
from headwater.ingest import Intake
from headwater.server.folder import DataFolder
from headwater.store import Store

Send = Callable[[dict[str, Any]], Awaitable[None]]
_FRESH_S = 1.0


class Probes:
    """Three ASGI applications that need no key: they tell nothing of what is observed."""

    def __init__(self, folder: DataFolder, store: Store, intake: Intake, metrics_text: Callable[[], bytes]) -> None:
        self._folder = folder
        self._store = store
        self._intake = intake
        self._metrics_text = metrics_text
        self._asked_s = 0.0
        self._problems: dict[str, str] = {}

    async def alive(self, scope: dict[str, Any], receive: Any, send: Send) -> None:
        """200 as long as this process answers."""
        await _answer(send, 200, "application/json", msgspec.json.encode({"status": "ok", "service": "headwater"}))

    async def ready(self, scope: dict[str, Any], receive: Any, send: Send) -> None:
        """200 when ingest and queries work, else 503 with what does not."""
        if monotonic_s() - self._asked_s > _FRESH_S or self._problems:
            self._problems = await asyncio.to_thread(self._look)
            self._asked_s = monotonic_s()
        status = {"status": "unavailable" if self._problems else "ok", "problems": self._problems}
        await _answer(send, 503 if self._problems else 200, "application/json", msgspec.json.encode(status))

    async def metrics(self, scope: dict[str, Any], receive: Any, send: Send) -> None:
        """Numbers in Prometheus' text format."""
        text = await asyncio.to_thread(self._metrics_text)
        await _answer(send, 200, "text/plain; version=0.0.4; charset=utf-8", text)

    def _look(self) -> dict[str, str]:
        found: dict[str, str] = {}
        if self._intake.problem:
            found["journal"] = self._intake.problem
        try:
            self._store.check()
        except HeadwaterError as error:
            found["store"] = str(error)
        return found


async def _answer(send: Send, status: int, content_type: str, body: bytes) -> None:
    headers = [
        (b"content-type", content_type.encode()),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"no-store"),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
