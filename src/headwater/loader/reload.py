"""Loading again: a stretch of the kept journal, or the quarantine, through the mapping as it is today."""

import logging
import threading
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Protocol

from headwater.errors import HeadwaterError, Unavailable
from headwater.event import envelope_from
from headwater.journal import Position, Reader
from headwater.loader.ledger import Ledger, Poison, Reload, Taken

_BATCH = 200
_READ_BYTES = 8 * 1024 * 1024
_log = logging.getLogger("headwater.loader")


class CanLoad(Protocol):
    """What stores records outside the run of positions."""

    def load_again(self, taken: Sequence[Taken], token: str) -> list[Poison]:
        """Store records; return those that could not be. Raises Unavailable."""
        ...


def reload_wish(
    wish: Reload, loader: CanLoad, ledger: Ledger, journal: Path, loaded: Mapping[str, int], stop: threading.Event
) -> None:
    """Fulfil a wish from where it stands; what is not done when the store goes away is done at the next try."""
    done, failed = 0, 0
    batches = _quarantined(ledger) if wish.what == "quarantine" else _journaled(journal, loaded, wish)
    ledger.report_reload(wish.id, "running", done, failed)
    for number, batch in enumerate(batches):
        if stop.is_set():
            return
        try:
            poison = loader.load_again(batch, f"reload-{wish.id}-{number}")
        except Unavailable as error:
            _log.warning("a re-load waits for the store", extra={"reason": str(error)})
            return
        failed += len(poison)
        done += len(batch) - len(poison)
        if wish.what == "quarantine":
            ledger.release(_healed(batch, poison))
        ledger.report_reload(wish.id, "running", done, failed)
    ledger.report_reload(wish.id, "done", done, failed)


def _healed(batch: Sequence[Taken], poison: Sequence[Poison]) -> list[Position]:
    still_bad = {position for position, *_ in poison}
    return [position for position, _ in batch if position not in still_bad]


def _quarantined(ledger: Ledger) -> Iterator[list[Taken]]:
    records = ledger.quarantined_records()
    for start in range(0, len(records), _BATCH):
        yield records[start : start + _BATCH]


def _journaled(journal: Path, loaded: Mapping[str, int], wish: Reload) -> Iterator[list[Taken]]:
    """Loaded records that were received within the wish's time, writer by writer."""
    for writer, last in loaded.items():
        reader = Reader(journal, writer)
        after = 0
        while fresh := [each for each in reader.read(after, _READ_BYTES, _BATCH) if each[0].seq <= last]:
            after = fresh[-1][0].seq
            wanted = [each for each in fresh if _is_wanted(each, wish)]
            if wanted:
                yield wanted
        reader.close()


def _is_wanted(taken: Taken, wish: Reload) -> bool:
    try:
        return wish.since_ns <= envelope_from(taken[1].head, b"").received_ns < wish.until_ns
    except HeadwaterError:
        return False
