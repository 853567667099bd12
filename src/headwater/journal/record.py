"""The nouns of the journal."""

import msgspec


class Position(msgspec.Struct, frozen=True, order=True):
    """Where a record stands: the writer's name and a number that grows by one with each of its records."""

    writer: str
    seq: int


class Record(msgspec.Struct, frozen=True):
    """What is kept: a small `head` and a `body`, both opaque."""

    head: bytes
    body: bytes

    @property
    def size_bytes(self) -> int:
        """Bytes of head and body together."""
        return len(self.head) + len(self.body)
