"""The loader's loop: take a run of envelopes, make a block, store it, advance. Exactly once by Position.

A process of its own takes and makes rows ahead; this one stores them, in order. While the store works, the next block
is made.
"""

import logging
import sqlite3
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import msgspec

from headwater.clock import monotonic_s, now_ns
from headwater.errors import HeadwaterError, Unavailable
from headwater.journal import JournalSettings, drop_loaded
from headwater.loader.ahead import Ahead
from headwater.loader.block import Block, BlockMaker
from headwater.loader.content import Seen
from headwater.loader.delivery import Delivery
from headwater.loader.edits import Edits
from headwater.loader.ledger import Ledger, Poison, Taken
from headwater.loader.live import LiveTraces
from headwater.loader.made import Made
from headwater.loader.making import make, poison_of, receipt_aside, unreadable
from headwater.loader.portions import portions, size_of_log, size_of_message, size_of_span, size_of_trace
from headwater.loader.receipts import Receipt
from headwater.loader.reload import reload_wish
from headwater.loader.reprice import Repricer
from headwater.loader.runs import Runs
from headwater.loader.settings import LoaderSettings
from headwater.loader.taking import Taker
from headwater.pricing import PriceBooks
from headwater.store import Store

_log = logging.getLogger("headwater.loader")
_IDLE_S = 0.05
_HOUSEKEEPING_S = 5.0
_ROLL_UP_S = 2.0
_MERGE_S = 10.0
_QUIET_S = 60
_ROLL_UP_PART_S = 0.1
_LOOK_FOR_WISHES_S = 1.0
_RETRY_S = (0.2, 0.5, 1.0, 2.0, 5.0)


class Progress(msgspec.Struct, kw_only=True):
    """What the loader did since it began; read by the health page."""

    spans: int = 0
    envelopes: int = 0
    blocks: int = 0
    waiting_for: str = ""
    loaded_at_ns: int = 0


class _Stored(msgspec.Struct, kw_only=True):
    """What became of a run: what was set aside, what was dropped by reason, what it tells of its senders and
    of the keys that it came with."""

    spans: int = 0
    poison: list[Poison] = []
    dropped: dict[str, int] = {}
    deliveries: list[Delivery] = []
    receipts: list[Receipt] = []


class Loader:
    """Reads every writer's journal and stores what it says. One a data folder."""

    def __init__(
        self,
        journal: Path,
        journal_settings: JournalSettings,
        ledger: Ledger,
        store: Store,
        prices: PriceBooks,
        settings: LoaderSettings,
        look_at_prices: Callable[[], object] = bool,
    ) -> None:
        """`look_at_prices` reads the newest own prices into the books now; it raises Unavailable. Whoever made the
        books may put others into them at any time."""
        self.progress = Progress()
        self._journal = journal
        self._journal_settings = journal_settings
        self._ledger = ledger
        self._store = store
        self._prices = prices
        self._settings = settings
        self._taker = Taker(journal, settings)
        self._positions = ledger.positions()
        self._live = LiveTraces(store, settings.live_spans)
        self._runs = Runs()
        self._edits = Edits(store)
        self._repricer = Repricer(ledger.repricings, store, self._live, prices, look_at_prices, settings)
        self._repriced_s = 0.0
        self._asked_s = 0.0
        self._projects: set[str] = set()
        self._storing = threading.Lock()

    def run(self, stop: threading.Event) -> None:
        """Load until told to stop; what was begun is finished first, unless the store is away."""
        threading.Thread(target=self._keep_house, args=(stop,), name="housekeeping", daemon=True).start()
        unfinished = self._ledger.unfinished()
        if unfinished is not None:
            self._load(self._make(self._taker.take_again(unfinished)), stop)
        own, mark = self._prices.own, self._prices.mark
        ahead = Ahead(self._journal, self._positions, self._settings, own)
        try:
            while not stop.is_set():
                if mark != self._prices.mark:
                    own, mark = self._prices.own, self._prices.mark
                    ahead.reprice(own)
                made = ahead.next(0 if self._repricer.is_busy else _IDLE_S)
                if made is not None and self._load(made, stop):
                    ahead.stored(made)
                self._load_again_what_is_asked(stop)
                self._price_again_what_is_asked()
        finally:
            ahead.close()

    def load_again(self, taken: Sequence[Taken], token: str) -> list[Poison]:
        """Load records outside the run of positions; return those that could not be. Raises Unavailable."""
        try:
            return self._store_all(self._make(taken), token).poison
        except Unavailable:
            self._live.forget()
            raise

    def _make(self, taken: Sequence[Taken]) -> Made:
        """Make a run here and now, every message with it: what was durable before may be in doubt."""
        return make(taken, Seen(0), self._prices)

    def _load(self, made: Made, stop: threading.Event) -> bool:
        """Store one intent and advance past it; wait for the store as long as it is away. Return whether it was stored
        as it was made, at once and whole."""
        intent, attempt = made.intent, 0
        self._ledger.begin(intent)
        while True:
            try:
                stored = self._store_all(made, intent.token)
                break
            except Unavailable as error:
                self._live.forget()
                self.progress.waiting_for = str(error)
                _log.warning("the store is away, trying again", extra={"reason": str(error)})
                if stop.wait(_RETRY_S[min(attempt, len(_RETRY_S) - 1)]):
                    return False
                attempt += 1
                # A block that was begun has changed its rows.
                made = self._make(self._taker.take_again(intent))
        self.progress.waiting_for = ""
        self._ledger.finish(intent, stored.poison, stored.dropped, stored.deliveries, stored.receipts)
        for position, *_, reason in stored.poison:
            _log.error("an envelope is set aside", extra={"position": str(position), "reason": reason[:200]})
        for run in intent.runs:
            self._positions[run.writer] = max(self._positions.get(run.writer, 0), run.last)
        self.progress.spans += stored.spans
        self.progress.envelopes += made.envelopes
        self.progress.blocks += 1
        self.progress.loaded_at_ns = now_ns()
        return attempt == 0 and len(stored.poison) == len(made.poison)

    def _store_all(self, made: Made, token: str) -> _Stored:
        """Store all that can be stored: where a block is refused, its halves are tried, down to the poison envelope."""
        stored = _Stored()
        todo: list[tuple[Made, str, Sequence[Taken] | None]] = [(made, token, None)]
        while todo:
            part, part_token, taken = todo.pop()
            try:
                dropped = self._store_block(part, part_token)
            except Unavailable:
                raise
            except Exception as error:  # noqa: BLE001 - whatever an envelope does to us or the store, the line goes on
                self._live.forget()
                taken = self._taker.take_again(part.intent) if taken is None else taken
                if len(taken) == 1:
                    stored.poison.append(poison_of(taken[0], error))
                    stored.deliveries += unreadable(taken[0][1])
                    stored.receipts += receipt_aside(taken[0][1])
                    continue
                for half, name in ((taken[len(taken) // 2 :], "b"), (taken[: len(taken) // 2], "a")):
                    todo.append((self._make(half), part_token + name, half))
                continue
            stored.spans += len(part.spans)
            stored.poison += part.poison
            stored.deliveries += part.deliveries
            stored.receipts += part.receipts
            for reason, items in (*part.dropped.items(), *dropped.items()):
                stored.dropped[reason] = stored.dropped.get(reason, 0) + items
        return stored

    def _store_block(self, made: Made, token: str) -> Mapping[str, int]:
        """Store a run as a block; return what of it was dropped, by reason."""
        block = BlockMaker(self._store, self._live, self._runs, self._prices, self._edits).make(made)
        with self._storing:
            self._insert(block, token)
            self._edits.store(block.edits, f"{token}-edits")
        self._live.settle(block.grown_spans)
        self._live.drop((row.project, row.trace_id) for row in block.edits)
        return block.dropped

    def _insert(self, block: Block, token: str) -> None:
        """Store a block in portions that the store can hold in memory, each under a token of its own. At other prices
        than before a kill they are other rows."""
        mark = self._prices.mark
        for project in {row.project for row in (*block.spans, *block.logs)} - self._projects:
            self._store.ensure_project(project)
            self._projects.add(project)
        for project, minutes in block.minutes.items():
            self._store.mark_pending(project, minutes)
        for number, messages in enumerate(portions(block.messages, size_of_message)):
            self._store.insert_messages(messages, f"{token}-messages-{number}")
        for number, logs in enumerate(portions(block.logs, size_of_log)):
            self._store.insert_logs(logs, f"{token}-logs-{number}")
        for number, spans in enumerate(portions(block.spans, size_of_span)):
            self._store.insert_spans(spans, f"{token}-spans-{mark}-{number}")
        for number, traces in enumerate(portions(block.traces, size_of_trace)):
            self._store.insert_traces(traces, f"{token}-traces-{mark}-{number}")

    def _roll_up(self, stop: threading.Event) -> None:
        """Count settled minutes anew, a little at a time: between a mark and its spans nothing may be counted."""
        deadline_s = monotonic_s() + _ROLL_UP_S
        is_done = False
        while not is_done and not stop.is_set() and monotonic_s() < deadline_s:
            with self._storing:
                settled_ns = now_ns() - self._settings.settle_s * 1_000_000_000
                is_done = self._store.refresh_rollups(settled_ns, budget_s=_ROLL_UP_PART_S) == 0

    def _load_again_what_is_asked(self, stop: threading.Event) -> None:
        if monotonic_s() - self._asked_s < _LOOK_FOR_WISHES_S:
            return
        self._asked_s = monotonic_s()
        for wish in self._ledger.open_reloads():
            reload_wish(wish, self, self._ledger, self._journal, self._positions, stop)

    def _price_again_what_is_asked(self) -> None:
        """One batch, so that what comes in meanwhile is loaded between."""
        if not self._repricer.is_busy and monotonic_s() - self._repriced_s < _LOOK_FOR_WISHES_S:
            return
        self._repriced_s = monotonic_s()
        with self._storing:
            self._repricer.step()

    def _keep_house(self, stop: threading.Event) -> None:
        """In a thread of its own, so that no span waits: drop what is loaded and old, roll up what has settled."""
        while not stop.wait(_HOUSEKEEPING_S):
            try:
                drop_loaded(self._journal, dict(self._positions), self._journal_settings)
                self._ledger.prune()
                self._roll_up(stop)
                self._store.merge_quiet(_QUIET_S, _MERGE_S)
            except (HeadwaterError, OSError, sqlite3.Error) as error:
                _log.warning("housekeeping could not be done", extra={"reason": str(error)})
