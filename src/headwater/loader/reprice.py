"""Re-pricing: the stored calls of a stretch, priced again by today's prices, a batch at a time between blocks.

Rule 1: a call is priced by the same function as when it was loaded, from the counts in its row.
Rule 2: only what differs is written, as a later version of itself; so whatever is done twice changes nothing.
Rule 3: minutes are marked before their calls change, traces are summed after; a batch that a kill cut short is summed
again whole, because its calls no longer tell which of them had changed.
Rule 4: all calls of a stretch are priced by the same prices: when these change meanwhile, it begins anew.
"""

import logging
from collections.abc import Callable, Iterable, Sequence
from hashlib import blake2b

import msgspec
from msgspec.structs import replace

from headwater.clock import now_ns
from headwater.errors import Unavailable
from headwater.event import Call
from headwater.loader.delivery import MINUTE_NS
from headwater.loader.live import LiveTraces
from headwater.loader.portions import portions, size_of_span
from headwater.loader.repricings import Repricing, Repricings, RepricingState
from headwater.loader.settings import LoaderSettings
from headwater.loader.spanrow import lines_of, put_price
from headwater.pricing import PRICED_AS, PriceBooks, Priced, stored_call
from headwater.store import PricedCall, SpanRow, Store

_COUNTS = tuple(name for name in PricedCall.__struct_fields__ if name.endswith("_tokens"))
_KINDS = ("operation", "provider", "request_model", "model", "service_tier", "priced_as")
_log = logging.getLogger("headwater.loader")


class _Batch(msgspec.Struct, frozen=True):
    """Calls that start in [start, end) (Unix nanoseconds), and of them a part of the traces."""

    start_ns: int
    end_ns: int
    part: int = 0
    parts: int = 1

    @property
    def is_last_part(self) -> bool:
        return self.part == self.parts - 1


class Repricer:
    """Fulfils wishes in the loader's own thread, so that no block is on its way meanwhile. `look` reads the newest own
    prices into the books; it raises Unavailable."""

    def __init__(
        self,
        wishes: Repricings,
        store: Store,
        live: LiveTraces,
        books: PriceBooks,
        look: Callable[[], object],
        settings: LoaderSettings,
    ) -> None:
        self._wishes = wishes
        self._store = store
        self._live = live
        self._books = books
        self._look = look
        self._settle_ns = settings.settle_s * 1_000_000_000
        self._size = max(1, settings.reprice_calls)
        self._wish: Repricing | None = None
        self._batches: list[_Batch] = []
        self._is_cut_short = False

    @property
    def is_busy(self) -> bool:
        """Whether a wish is under way."""
        return self._wish is not None

    def step(self) -> None:
        """Do one batch of the oldest wish, if there is one. What cannot be done now is done at a later step."""
        wish = self._wish
        try:
            if wish is None:
                self._begin()
            elif wish.prices != self._books.mark:
                self._wish = None
            else:
                self._go_on(wish)
        except Unavailable as error:
            self._leave(wish, "running", f"waits: {error}")
        except Exception as error:  # noqa: BLE001 - the line goes on, whatever a row does to us or the store
            _log.exception("a re-pricing failed")
            self._leave(wish, "failed", f"{type(error).__name__}: {error}"[:500])

    def _leave(self, wish: Repricing | None, state: RepricingState, problem: str) -> None:
        """After an error the store alone knows what it holds."""
        self._live.forget()
        wish = wish or next(iter(self._wishes.open()), None)
        self._wish = None
        if wish is not None:
            ended_ns = now_ns() if state == "failed" else 0
            self._wishes.report(replace(wish, state=state, problem=problem, ended_ns=ended_ns))

    def _begin(self) -> None:
        wish = next(iter(self._wishes.open()), None)
        if wish is None:
            return
        self._look()
        mark = self._books.mark
        if wish.prices != mark:
            wish = replace(wish, from_ns=wish.since_ns, seen=0, changed=0, prices=mark)
        left, _ = self._store.repricing.count_calls(wish.project, wish.from_ns, wish.until_ns)
        self._report(replace(wish, state="running", total=wish.seen + left, problem=""))
        self._batches = []
        self._is_cut_short = True

    def _go_on(self, wish: Repricing) -> None:
        if not self._batches:
            minutes = self._store.repricing.minutes(wish.project, wish.from_ns, wish.until_ns)
            self._batches = _batches(minutes, wish.from_ns, wish.until_ns, self._size)
        if not self._batches:
            self._report(replace(wish, state="done", total=wish.seen, ended_ns=now_ns()))
            return
        batch = self._batches[0]
        seen, changed = self._price(wish.project, batch)
        self._batches.pop(0)
        self._is_cut_short = self._is_cut_short and not batch.is_last_part
        self._report(
            replace(
                wish,
                seen=wish.seen + seen,
                changed=wish.changed + changed,
                total=max(wish.total, wish.seen + seen),
                # A batch in parts begins anew after a kill: its calls are counted twice then, and written once.
                from_ns=batch.end_ns if batch.is_last_part else wish.from_ns,
            )
        )

    def _report(self, wish: Repricing) -> None:
        is_open = self._wishes.report(wish)
        self._wish = wish if is_open and wish.is_open else None

    def _price(self, project: str, batch: _Batch) -> tuple[int, int]:
        """Price a batch anew; return how many calls were looked at and how many were written."""
        within = (batch.start_ns, batch.end_ns)
        calls = self._store.repricing.calls(project, within, PRICED_AS, (batch.part, batch.parts))
        book = self._books.of(project)
        changed: dict[tuple[str, str], Priced | None] = {}
        for call in calls:
            priced = book.price(_call_of(call), call.start_ns)
            if _told(priced) != (call.cost_nanousd, call.price_version, call.price_lines):
                changed[(call.trace_id, call.span_id)] = priced
        touched = calls if self._is_cut_short else [each for each in calls if (each.trace_id, each.span_id) in changed]
        if touched:
            minutes = {each.start_ns // MINUTE_NS * MINUTE_NS for each in touched}
            self._store.mark_pending(project, minutes)
            self._write(project, within, changed)
            traces = sorted({each.trace_id for each in touched})
            self._store.repricing.put_costs_right(project, traces)
            self._live.drop((project, trace_id) for trace_id in traces)
            settled_ns = now_ns() - self._settle_ns - MINUTE_NS
            self._store.recount(project, [minute for minute in minutes if minute < settled_ns])
        return len(calls), len(changed)

    def _write(self, project: str, within: tuple[int, int], changed: dict[tuple[str, str], Priced | None]) -> None:
        rows = self._store.repricing.rows(project, within, list(changed))
        for row in rows:
            put_price(row, changed[(row.trace_id, row.span_id)])
            row.version += 1
        for part in portions(rows, size_of_span):
            self._store.insert_spans(part, f"reprice-{_name_of(part)}")


def _batches(minutes: Sequence[tuple[int, int]], from_ns: int, until_ns: int, size: int) -> list[_Batch]:
    """Minutes, with how many calls start in each, put together to about as many as a batch is to have; a minute of many
    more is done in parts."""
    found: list[_Batch] = []
    start_ns, calls = from_ns, 0
    for number, (minute, count) in enumerate(minutes):
        calls += count
        is_last = number == len(minutes) - 1
        if calls < size and not is_last and minutes[number + 1][1] <= size:
            continue
        end_ns, parts = min(minute + MINUTE_NS, until_ns), max(1, -(-calls // (2 * size)))
        found += [_Batch(start_ns, end_ns, part, parts) for part in range(parts)]
        start_ns, calls = end_ns, 0
    return found


def _call_of(call: PricedCall) -> Call:
    return stored_call(**{name: getattr(call, name) for name in (*_KINDS, *_COUNTS)})


def _told(priced: Priced | None) -> tuple[int | None, str, str]:
    return (None, "", "") if priced is None else (priced.total_nanousd, priced.version, lines_of(priced))


def _name_of(rows: Iterable[SpanRow]) -> str:
    """A name for just these versions at these prices: what is tried again after a kill may be others of them."""
    told = [(row.project, row.trace_id, row.span_id, row.version, row.price_lines) for row in rows]
    return blake2b(msgspec.msgpack.encode(told), digest_size=16).hexdigest()
