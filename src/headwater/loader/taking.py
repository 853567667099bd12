"""Taking: records of all writers, gathered into runs that are worth a block."""

import threading
from collections.abc import Iterable
from hashlib import blake2b
from pathlib import Path

from headwater.clock import monotonic_s
from headwater.errors import HeadwaterError
from headwater.event import envelope_from
from headwater.journal import Reader, Record, writer_names
from headwater.loader.ledger import Intent, Run, Taken
from headwater.loader.settings import LoaderSettings

_IDLE_S = 0.02


class Taker:
    """Reads every writer's journal onwards from where it stands; for one thread at a time."""

    def __init__(self, journal: Path, settings: LoaderSettings) -> None:
        self._journal = journal
        self._settings = settings
        self._readers: dict[str, Reader] = {}

    def take(self, ahead: dict[str, int], stop: threading.Event) -> list[Taken]:
        """Gather records past `ahead` until there are enough of them or they have waited long enough, and move `ahead`
        past them. Empty after a moment without any."""
        settings = self._settings
        taken: list[Taken] = []
        size, rows = 0, 0
        began_s = 0.0
        for name in writer_names(self._journal):
            self._readers.setdefault(name, Reader(self._journal, name))
        while not stop.is_set():
            fresh = self._read(ahead, settings.block_bytes - size)
            for position, record in fresh:
                ahead[position.writer] = position.seq
                size += record.size_bytes
                rows += _items_of(record)
            if fresh and not taken:
                began_s = monotonic_s()
            taken += fresh
            is_full = size >= settings.block_bytes or rows >= settings.block_rows
            if is_full or not taken or monotonic_s() - began_s >= settings.block_age_s:
                break
            stop.wait(_IDLE_S)
        if not taken:
            stop.wait(_IDLE_S)
        return taken

    def take_again(self, intent: Intent) -> list[Taken]:
        """The records of an intent, all of them."""
        taken: list[Taken] = []
        for run in intent.runs:
            reader = self._readers.setdefault(run.writer, Reader(self._journal, run.writer))
            after = run.first - 1
            while after < run.last:
                fresh = [each for each in reader.read(after, 1 << 24) if each[0].seq <= run.last]
                if not fresh:
                    break
                taken += fresh
                after = fresh[-1][0].seq
        return taken

    def _read(self, ahead: dict[str, int], limit_bytes: int) -> list[Taken]:
        """One read of each writer, each with a fair part of the bytes left."""
        share = max(1, limit_bytes // max(1, len(self._readers)))
        found: list[Taken] = []
        for name, reader in self._readers.items():
            found += _up_to_rows(reader.read(ahead.get(name, 0), share, 2000), self._settings.block_rows)
        return found


def intent_of(taken: Iterable[Taken]) -> Intent:
    """The runs that these records are, and the token that always goes with them."""
    runs: dict[str, Run] = {}
    for position, _ in taken:
        begun = runs.get(position.writer)
        first = position.seq if begun is None else begun.first
        runs[position.writer] = Run(position.writer, first, position.seq)
    name = ";".join(f"{run.writer}:{run.first}-{run.last}" for run in runs.values())
    return Intent(blake2b(name.encode(), digest_size=16).hexdigest(), tuple(runs.values()))


def _items_of(record: Record) -> int:
    try:
        return max(1, envelope_from(record.head, b"").items)
    except HeadwaterError:
        return 1


def _up_to_rows(found: list[Taken], bound: int) -> list[Taken]:
    """Cut a read where its items pass the bound, at least one kept."""
    rows = 0
    for index, (_, record) in enumerate(found):
        rows += _items_of(record)
        if rows >= bound:
            return found[: index + 1]
    return found
