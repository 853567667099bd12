"""Item: what the outbox takes; Batch: what it sends."""

from typing import Literal, Protocol

import msgspec

from headwater.event import Told

Signal = Literal["traces", "logs"]


class Item(Protocol):
    """Something recorded that can tell itself later."""

    @property
    def size_bytes(self) -> int:
        """Bytes that it holds in memory, about."""
        ...

    def told(self) -> Told | None:
        """Tell it; runs in the outbox's thread only. What raises, or tells nothing, is dropped as unreadable."""
        ...


class Batch(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One request to be: `body` as it goes over the wire, `held_bytes` what its items counted for in the queue."""

    signal: Signal
    items: int
    body: bytes
    is_gzip: bool = False
    held_bytes: int = 0
