"""Telemetry: the part that all monitors share. Events are collected, and sent by number, by time, and at the end."""

import functools
import importlib
import json
import os
import threading
import uuid
from collections.abc import Callable, Mapping
from typing import Any, Concatenate, ParamSpec, TypeVar, cast

from headwater import clock, ids
from headwater.compat.prysmai.client.background import EXIT_S, background_for
from headwater.compat.prysmai.client.config import logger, resolve_prysm_connection, root_of
from headwater.compat.prysmai.client.context import current_context
from headwater.compat.prysmai.client.detectors.detector import unix_s
from headwater.compat.prysmai.client.integrations.trail import Trail
from headwater.compat.prysmai.client.reports import report, telemetry_path

P = ParamSpec("P")
R = TypeVar("R")
S = TypeVar("S")
V = TypeVar("V")

_END_S = 30.0
_TEXT_CHARS = 2000
_ITEMS = 50
_REMEMBERED = 10_000
_DEPTH = 12
_MARK = "...[truncated]"


class Telemetry:
    """What a monitor is made with, and its way to the server.

    `batch_size` events, or those of `flush_interval` seconds, go in one request. With `governance` the events that say
    what the agent does are checked too.
    """

    source = ""
    agent_type = "custom"
    summary_name = ""

    def _begin(
        self,
        client: Any,
        api_key: str | None,
        base_url: str | None,
        session_id: str | None,
        user_id: str | None,
        metadata: dict[str, Any] | None,
        batch_size: int = 10,
        flush_interval: float = 5.0,
        governance: bool = False,
        governance_context: dict[str, Any] | None = None,
    ) -> None:
        connection = resolve_prysm_connection(client=client, prysm_key=api_key, base_url=base_url)
        self._connection = connection
        self.api_key = connection.prysm_key
        self.base_url = connection.base_url
        self.session_id = session_id or str(uuid.UUID(hex=ids.trace_id()))
        self.user_id = user_id
        self.metadata = metadata or {}
        self.batch_size = batch_size
        self.flush_interval = flush_interval
        context = {"framework": self.source, "session_id": self.session_id, **(governance_context or {})}
        self._trail = Trail(connection, self.agent_type, context) if governance else None
        self._kept: Trail | None = None
        self._batch = _Batch(self)

    @property
    def governance_report(self) -> Any:
        """What was said of the governance session at its end; None before."""
        return next((trail.report for trail in (self._trail, self._kept) if trail is not None and trail.report), None)

    def summary(self) -> dict[str, Any]:
        """What goes with each batch, under `summary_name`."""
        return {}

    def flush(self) -> None:
        """Send what was collected, and wait for it for some seconds at most."""
        quietly(background_for(root_of(self.base_url)).flush, EXIT_S)

    def close(self) -> None:
        """End governance, and send what was collected. Nothing is lost where this is not called."""
        if self._trail is not None:
            quietly(self._end_governance, "partial", None, EXIT_S)
        self.flush()

    def _begin_governance(self, task: str, tools: list[str] | None, more: Mapping[str, Any] | None) -> None:
        """Begin governance, asked for by name: whatever was governed before has ended."""
        if self._trail is not None and self._trail.is_begun:
            self._end_governance("completed", None)
        context = {"framework": self.source, "session_id": self.session_id, **(more or {})}
        trail = self._trail or Trail(self._connection, self.agent_type, context)
        trail.begin(task, tools, more)
        self._trail = trail

    def _end_governance(self, outcome: str, output_summary: str | None, wait_s: float = _END_S) -> Any:
        """End it and return the report, None where there is none. The next event begins the next one."""
        trail = self._trail
        if trail is None or not trail.is_begun:
            return None
        self._trail, self._kept = trail.successor(), trail
        return trail.end(outcome, output_summary or json.dumps(self.summary(), default=str), wait_s)

    def _tell(self, event_type: str, fields: Mapping[str, Any]) -> None:
        """Collect an event."""
        context = current_context()
        told = {"event_type": event_type, **fields, "session_id": self.session_id}
        told |= {"user_id": self.user_id or context.user_id, "timestamp": unix_s()}
        self._batch.add({**told, "prysm_metadata": shown({**self.metadata, **context.metadata})})

    def _govern(self, event_type: str, data: Mapping[str, Any], task: str = "", tools: list[str] | None = None) -> None:
        """Have an event checked, if there is governance; the first begins it."""
        if self._trail is not None:
            self._trail.add(event_type, data, task or f"{self.source} execution", tools)


class _Batch:
    """The events of one monitor that wait for others."""

    def __init__(self, monitor: Telemetry) -> None:
        self._monitor = monitor
        self._lock = threading.RLock()
        self._events: list[dict[str, Any]] = []
        self._since_s = 0.0
        self._pid = os.getpid()

    def due_s(self) -> float:
        return self._since_s + self._monitor.flush_interval

    def add(self, event: dict[str, Any]) -> None:
        if self._pid != os.getpid():
            # What waits here is sent by the process that this one was forked from, where a thread may hold the lock.
            self._pid, self._events, self._lock = os.getpid(), [], threading.RLock()
        with self._lock:
            self._since_s = self._since_s if self._events else clock.monotonic_s()
            self._events.append(event)
            is_full = len(self._events) >= self._monitor.batch_size
        if is_full:
            self.hand_over()
        else:
            self._background().hold(self)

    def hand_over(self) -> None:
        """Give what waits to the background."""
        monitor = self._monitor
        with self._lock:
            events, self._events = self._events, []
            self._background().let_go(self)
        if events:
            body = {"source": monitor.source, "session_id": monitor.session_id, "events": events}
            body |= {monitor.summary_name: monitor.summary()} if monitor.summary_name else {}
            report(monitor._connection, telemetry_path(monitor._connection), body)  # pyright: ignore[reportPrivateUsage] - the same file

    def _background(self) -> Any:
        return background_for(root_of(self._monitor.base_url))


def guarded(method: Callable[Concatenate[S, P], None]) -> Callable[Concatenate[S, P], None]:
    """Let a framework's callback fail without the framework."""

    @functools.wraps(method)
    def run(self: S, *args: P.args, **kwargs: P.kwargs) -> None:
        quietly(method, self, *args, **kwargs)

    return run


def quietly(function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R | None:
    """Call something of ours; what it raises is logged and goes no further."""
    try:
        return function(*args, **kwargs)
    except Exception:  # noqa: BLE001 - the guard
        logger.debug("%s failed; the program goes on", getattr(function, "__qualname__", function), exc_info=True)
        return None


def become(thing: Any, *bases: str) -> None:
    """Make a thing an instance of a framework's classes too, which the framework asks for, if it is installed."""
    found: list[type] = []
    for base in bases:
        module, _, name = base.rpartition(".")
        try:
            found.append(getattr(importlib.import_module(module), name))
        except (ImportError, AttributeError):
            logger.debug("%s is not there", base)
    if found:
        thing.__class__ = _mixed(cast("type", thing.__class__), tuple(found))


@functools.cache
def _mixed(own: type, bases: tuple[type, ...]) -> type:
    return type(own.__name__, (own, *bases), {"__module__": own.__module__, "__qualname__": own.__qualname__})


def remember(known: dict[str, V], key: str, value: V) -> None:
    """Put something into a table of what is going on; what never ends is forgotten when too much has come since."""
    known[key] = value
    while len(known) > _REMEMBERED:
        known.pop(next(iter(known)), None)


def new_id() -> str:
    """An id for what has none."""
    return str(uuid.UUID(hex=ids.trace_id()))


def since_ms(begun_s: float) -> int:
    """Milliseconds since a time of the monotonic clock."""
    return int((clock.monotonic_s() - begun_s) * 1000)


def cut(value: Any, most: int = _TEXT_CHARS) -> str | None:
    """A text, not longer than that."""
    if value is None:
        return None
    text = str(value)
    return text if len(text) <= most else text[:most] + _MARK


def shown(value: Any, most: int = _TEXT_CHARS, depth: int = 0) -> Any:
    """A value as JSON has it: texts and lists cut, what is no JSON as text. Never raises."""
    try:
        if value is None or isinstance(value, bool | int | float):
            return value
        if isinstance(value, str) or depth > _DEPTH:
            return cut(value, most)
        if isinstance(value, Mapping):
            pairs = list(cast("Mapping[Any, Any]", value).items())[:_ITEMS]
            return {str(name): shown(item, most, depth + 1) for name, item in pairs}
        if isinstance(value, list | tuple):
            return [shown(item, most, depth + 1) for item in cast("list[Any]", value)[:_ITEMS]]
        return cut(value, most)
    except Exception:  # noqa: BLE001 - a value of the program's may raise from wherever it likes
        return "<unserializable>"
