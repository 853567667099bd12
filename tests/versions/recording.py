"""An outbox that keeps what it is given, so that a test can look at the spans."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

from headwater.event import Span
from headwater.outbox import Item
from headwater.sdk import client as sdk_client
from headwater.sdk.settings import SdkSettings


class Recording:
    """Stands where the outbox stands."""

    def __init__(self) -> None:
        self.items: list[Item] = []

    def put(self, item: Item) -> bool:
        """Keep an item."""
        self.items.append(item)
        return True

    def count_dropped(self, reason: str, items: int = 1) -> None:
        """Nothing is dropped here."""
        raise AssertionError(f"dropped {items}: {reason}")

    def spans(self) -> list[Span]:
        """What the items tell, in the order in which they were put."""
        told = [item.told() for item in self.items]
        return [span for span in told if isinstance(span, Span)]


@contextmanager
def recording(**settings: Any) -> Generator[Recording]:
    """Have this process record into a list, with these settings."""
    outbox: Any = Recording()
    place: Any = sdk_client
    before = place._client
    place._client = sdk_client.Client(SdkSettings(**settings), outbox)
    try:
        yield outbox
    finally:
        place._client = before
