"""What can be set about the outbox. The SDK reads arguments and the environment, and hands this over."""

from collections.abc import Callable, Mapping
from typing import Any, Literal

import msgspec

Compression = Literal["auto", "gzip", "none"]


class OutboxSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Where to send, how much to hold, how long to try."""

    url: str
    """Base address of the server; `/v1/traces` and `/v1/logs` are appended."""

    headers: Mapping[str, str] = {}
    """Sent with every request: the key, for one."""

    more_headers: Mapping[str, str] | Callable[[], Mapping[str, str]] = {}
    """Sent as well, where `headers` say nothing of that name. A function is asked before each request, in the outbox's
    thread; while it raises, nothing can be sent."""

    resource: Mapping[str, Any] = {}
    """OpenTelemetry resource attributes of this process (service.name, telemetry.sdk.version, ...)."""

    queue_bytes: int = 32 * 1024 * 1024
    """Bytes of items held in memory, those on their way included; past it the oldest that waits is dropped."""

    batch_items: int = 256
    """Items in one request at most."""

    batch_bytes: int = 1024 * 1024
    """Bytes of one request before compression; the item that passes it is the request's last."""

    interval_s: float = 1.0
    """Seconds that an item waits at most before it is sent."""

    timeout_s: float = 10.0
    """Seconds to wait for a connection, and for each piece of an answer."""

    retry_for_s: float = 600.0
    """Seconds to try the same request for before it is dropped. With a spool it is tried until it arrives."""

    compression: Compression = "auto"
    """`gzip`, `none`, or `auto`: gzip unless the server is on this machine."""

    spool: str = ""
    """A folder that keeps what has not arrived over the end of the process; empty: memory only."""

    spool_bytes: int = 256 * 1024 * 1024
    """Bytes of the spool's files; past it new items are dropped."""

    exit_timeout_s: float = 5.0
    """Seconds that the program's exit waits for what has not arrived."""
