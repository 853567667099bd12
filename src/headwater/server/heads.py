"""Heads: what waits in the journals for the loader, by its heads alone, so an outage of the store hides nothing."""

from headwater.journal import Position, Reader, writer_names
from headwater.server.folder import DataFolder

_HEADS = 20_000
_READ_BYTES = 1 << 20


def waiting_heads(folder: DataFolder, positions: dict[str, int]) -> tuple[list[tuple[Position, bytes]], bool]:
    """Return the heads of what follows the positions, writer by writer, and whether there are more than are looked
    at."""
    found: list[tuple[Position, bytes]] = []
    for writer in writer_names(folder.journal):
        reader = Reader(folder.journal, writer)
        after = positions.get(writer, 0)
        while len(found) < _HEADS and (heads := reader.read(after, _READ_BYTES, _HEADS - len(found), has_bodies=False)):
            after = heads[-1][0].seq
            found += [(position, record.head) for position, record in heads]
        reader.close()
    return found, len(found) >= _HEADS
