"""The client of this process: its settings and its outbox. There is one; it is made when it is first needed."""

import os
import sys
import threading
from typing import TYPE_CHECKING, Any

from headwater import __version__
from headwater.capture import Scope
from headwater.sdk import context, otel
from headwater.sdk.guest import guest, logger, report
from headwater.sdk.settings import SdkSettings, settings_from

if TYPE_CHECKING:
    from headwater.outbox import Flushed, Item, Outbox, OutboxSettings

KEY_HEADER = "x-headwater-key"


class Client:
    """What the process records with. `outbox` is None where the SDK is off: then nothing is recorded."""

    __slots__ = ("outbox", "settings")

    def __init__(self, settings: SdkSettings, outbox: "Outbox | None") -> None:
        self.settings = settings
        self.outbox = outbox


_client: Client | None = None
# A signal's handler may come here while its own thread is here already.
_lock = threading.RLock()


def client() -> Client:
    """The process's client; without `init` it is made of the environment and the credentials file. Never raises."""
    return _client or _first()


def current_settings() -> SdkSettings:
    """What the SDK works with in this process, by `init`, the environment, the credentials file and the defaults."""
    return client().settings


def open_with(arguments: dict[str, Any]) -> None:
    """Take new settings; what the client before still holds is sent first, for at most `exit_timeout_s`.

    Raises HeadwaterError for an argument that cannot be. The same settings again change nothing.
    """
    global _client
    settings = settings_from(arguments)
    with _lock:
        before = _client
        if before is not None and before.settings == settings and (before.outbox or not settings.enabled):
            return
        _client = _open(settings)
    _close(before)


def shutdown() -> None:
    """Send what waits, for at most `exit_timeout_s`, and record nothing from now on, until `init` is called again."""
    global _client
    with _lock:
        before = _client
        _client = Client(before.settings if before else SdkSettings(enabled=False), None)
    _close(before)


def begin() -> tuple[Scope, int, int, bool] | None:
    """What begins here: (the scope around it, its trace id, its span id, whether it is sampled); None when off.

    A trace is sampled or not at its root, by its id; what comes from elsewhere keeps what was decided there.
    """
    ours = _client or _first()
    if ours.outbox is None:
        return None
    own = context.own_scope()
    scope = otel.around(own) if otel.is_loaded() else own
    trace_id, span_id = context.new_ids(scope)
    if scope.trace_id == 0 or scope.trace_id != own.trace_id:
        rate = ours.settings.sample_rate
        return scope, trace_id, span_id, rate >= 1.0 or context.is_within_rate(trace_id, rate)
    return scope, trace_id, span_id, scope.is_sampled


def record(item: "Item") -> None:
    """Hand an item to the outbox. Never raises, never waits; nothing happens when the SDK is off."""
    try:
        outbox = (_client or _first()).outbox
        if outbox is not None:
            outbox.put(item)
    except Exception as error:  # noqa: BLE001 - the guard, written out: a call less for each item
        report(error, "record")


@guest
def count_dropped(reason: str, items: int = 1) -> None:
    """Count what was lost before it could be put into the outbox."""
    outbox = client().outbox
    if outbox is not None:
        outbox.count_dropped(reason, items)


def flush(timeout: float = 5.0) -> "Flushed":
    """Send what waits, for at most `timeout` seconds; returns what was sent, kept and dropped since the process began.

    Never raises. What could not be sent in time stays waiting and is sent later.
    """
    from headwater.outbox import Flushed

    outbox = client().outbox
    if outbox is not None:
        try:
            return outbox.flush(timeout)
        except Exception as error:  # noqa: BLE001 - the guard; a result is owed
            report(error, "flush")
    return Flushed(sent=0, kept=0, dropped={})


async def aflush(timeout: float = 5.0) -> "Flushed":
    """`flush` for coroutines: the event loop goes on meanwhile."""
    from headwater.outbox import Flushed

    outbox = client().outbox
    if outbox is not None:
        try:
            return await outbox.aflush(timeout)
        except Exception as error:  # noqa: BLE001 - the guard; a result is owed
            report(error, "flush")
    return Flushed(sent=0, kept=0, dropped={})


def _first() -> Client:
    global _client
    with _lock:
        if _client is None:
            try:
                made = _open(settings_from({}))
            except Exception as error:  # noqa: BLE001 - whatever the environment holds, the program goes on without us
                made = Client(SdkSettings(enabled=False), None)
                report(error, "making the client")
            _client = _client or made
        return _client


def _open(settings: SdkSettings) -> Client:
    if not settings.enabled:
        return Client(settings, None)
    ours = logger()
    for problem in settings.problems:
        ours.debug(problem)
    # What masks and sends is loaded by who records, not by who imports us.
    from headwater.outbox import Outbox
    from headwater.redact import Masks
    from headwater.sdk.prepare import prepare_with

    masks = Masks(settings.masks) if settings.masks else None
    prepare = prepare_with(settings.content, masks, settings.redact, settings.text_limit)
    return Client(settings, Outbox(_sending(settings), prepare))


@guest
def _close(before: Client | None) -> None:
    if before is not None and before.outbox is not None:
        before.outbox.close(before.settings.exit_timeout_s)


def _sending(settings: SdkSettings) -> "OutboxSettings":
    from headwater.outbox import OutboxSettings

    return OutboxSettings(
        url=settings.url,
        headers={KEY_HEADER: settings.key} if settings.key else {},
        more_headers=settings.headers,
        resource=_resource(settings),
        queue_bytes=settings.queue_bytes,
        interval_s=settings.flush_interval_s,
        timeout_s=settings.timeout_s,
        retry_for_s=settings.retry_for_s,
        compression=settings.compression,
        spool=settings.spool,
        exit_timeout_s=settings.exit_timeout_s,
    )


def _resource(settings: SdkSettings) -> dict[str, Any]:
    named = {
        "service.name": settings.service_name or "unknown_service",
        "service.version": settings.release,
        "deployment.environment.name": settings.environment,
        "telemetry.sdk.name": "headwater",
        "telemetry.sdk.language": "python",
        "telemetry.sdk.version": __version__,
        "process.runtime.name": sys.implementation.name,
        "process.runtime.version": ".".join(map(str, sys.version_info[:3])),
    }
    return {name: value for name, value in named.items() if value}


def _after_fork() -> None:
    # Another thread may have held it when the process was forked; that thread does not exist here.
    global _lock
    _lock = threading.RLock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
