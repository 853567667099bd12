"""Loading again: a stretch of the kept journal, or the quarantine, through the mapping as it is today."""

import logging
import threading
from collections.abc import Iterator, Mapping, Sequence
from hashlib import blake2b
from pathlib import Path
from typing import Protocol

from msgspec.structs import replace

from headwater.clock import now_ns
from headwater.errors import HeadwaterError, Unavailable
from headwater.event import envelope_from
from headwater.journal import Position, Reader, survey
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
    """Fulfil a wish, from its beginning; what is not done when the store goes away is done at the next try."""
    is_quarantine = wish.what == "quarantine"
    batches = _quarantined(ledger, wish) if is_quarantine else _journaled(journal, loaded, wish)
    wish = replace(wish, state="running", done=0, failed=0, problem="", total=_total(wish, ledger, journal, loaded))
    ledger.report_reload(wish)
    for batch in batches:
        if stop.is_set():
            return
        try:
            poison = loader.load_again(batch, _token(wish, batch))
        except Unavailable as error:
            _log.warning("a re-load waits for the store", extra={"reason": str(error)})
            ledger.report_reload(replace(wish, problem=f"waits for the store: {error}"))
            return
        ledger.release(_healed(batch, poison))
        ledger.still_held(poison)
        problem = wish.problem or next((reason for *_, reason in poison), "")
        wish = replace(
            wish, done=wish.done + len(batch) - len(poison), failed=wish.failed + len(poison), problem=problem
        )
        ledger.report_reload(wish)
    total = wish.done + wish.failed
    ledger.report_reload(replace(wish, state="done", total=total, ended_ns=now_ns()))


def _token(wish: Reload, batch: Sequence[Taken]) -> str:
    """The same for the same records only: a wish that is begun anew finds others in its first batch."""
    names = ";".join(f"{position.writer}:{position.seq}" for position, _ in batch)
    return f"reload-{wish.id}-{blake2b(names.encode(), digest_size=16).hexdigest()}"


def _total(wish: Reload, ledger: Ledger, journal: Path, loaded: Mapping[str, int]) -> int:
    """About how many envelopes there are to load: what comes meanwhile, and a moment at either end, is not exact."""
    if wish.what == "quarantine":
        return 1 if wish.only_id else ledger.quarantine_size()
    return sum(survey(journal, writer, wish.since_ns, wish.until_ns).records for writer in loaded)


def _healed(batch: Sequence[Taken], poison: Sequence[Poison]) -> list[Position]:
    still_bad = {position for position, *_ in poison}
    return [position for position, _ in batch if position not in still_bad]


def _quarantined(ledger: Ledger, wish: Reload) -> Iterator[list[Taken]]:
    """What is set aside, in batches, or the one record that the wish names. What comes meanwhile is not waited for."""
    newest = next(iter(ledger.quarantined(1)), None)
    after, last = 0, newest.id if newest is not None else 0
    while after < last:
        found = [each for each in ledger.quarantined_records(after, _BATCH, wish.only_id) if each[0] <= last]
        if not found:
            return
        after = found[-1][0]
        yield [(position, record) for _, position, record in found]


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
