"""Movers: which model's, user's or session's cost, errors or latency changed most since the period before.

Models are counted over calls, from rollups; users and sessions over the traces that carry their ids, as their own
lists are.
"""
# ruff: noqa: S608 - statements are put together of our own words only; what comes from outside is a parameter.

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

from headwater.query.ask import Asker
from headwater.query.conditions import IN_WINDOW, given_fields, span_conditions, trace_conditions
from headwater.query.facets import read_facet
from headwater.query.filters import CallFilters, TraceFilters
from headwater.query.lists import read_limit
from headwater.query.measures import Scope, measure, source_of
from headwater.query.periods import Periods, periods_of
from headwater.query.reports import Mover, Movers
from headwater.query.windows import Window

MEASURED = ("cost_usd", "errors", "p95_ms")
_PEOPLE = {"user": "user_id", "session": "session_id"}
_BY = {"model": "model", **_PEOPLE}

_ENOUGH = 5
"""Calls (or traces) that a latency must be of, in both periods, or else chance moves it most."""

_COUNTED = ("calls", "errors", "cost_usd", "duration")


class _Numbers(NamedTuple):
    calls: int = 0
    cost_usd: float = 0.0
    errors: float = 0.0
    p95_ms: float = 0.0
    timed: int = 0


class _Change(NamedTuple):
    by: str
    value: str
    now: _Numbers
    before: _Numbers

    def of(self, measured: str) -> float:
        """How much a measure changed; 0 where it cannot be told."""
        if measured == "p95_ms" and min(self.now.timed, self.before.timed) < _ENOUGH:
            return 0.0
        return abs(getattr(self.now, measured) - getattr(self.before, measured))


def list_movers(ask: Asker, calls: CallFilters, traces: TraceFilters, by: str | None, limit: int) -> Movers:
    """Return the `limit` largest changes of each measure, of one kind of mover or of all; raises BadRequest."""
    kinds = tuple(_BY) if by is None else (by,)
    for kind in kinds:
        read_facet(kind, _BY, "by")
    read_limit(limit)
    periods = periods_of(calls)
    changes: list[_Change] = []
    before = periods.before
    if before is not None:
        # They do not need each other, and the store answers several at once.
        with ThreadPoolExecutor(len(kinds)) as pool:
            found = [
                pool.submit(_people, ask, kind, traces, periods, before, limit)
                if kind in _PEOPLE
                else pool.submit(_models, ask, calls, periods.now, before)
                for kind in kinds
            ]
            changes = [change for each in found for change in each.result()]
    items = [mover for measured in MEASURED for mover in _largest(changes, measured, limit)]
    return Movers(start=periods.start, end=periods.end, before_start=periods.before_start, items=tuple(items))


def _largest(changes: Iterable[_Change], measured: str, limit: int) -> list[Mover]:
    moved = [change for change in changes if change.of(measured)]
    moved.sort(key=lambda change: (-change.of(measured), change.by, change.value))
    return [
        Mover(
            by=change.by,
            value=change.value,
            measure=measured,
            now=getattr(change.now, measured),
            before=getattr(change.before, measured),
            calls=change.now.calls,
            calls_before=change.before.calls,
        )
        for change in moved[:limit]
    ]


def _models(ask: Asker, filters: CallFilters, now: Window, before: Window) -> list[_Change]:
    counted = [_counted(ask, filters, window) for window in (now, before)]
    values = sorted({value for each in counted for value in each if value})
    return [_Change("model", value, *[each.get(value, _Numbers()) for each in counted]) for value in values]


def _counted(ask: Asker, filters: CallFilters, window: Window) -> dict[str, _Numbers]:
    scope = Scope(window, span_conditions(filters), given_fields(filters), "model", 0)
    return {each.value or "": _numbers(*each.numbers) for each in measure(ask, scope, source_of(ask, scope), _COUNTED)}


def _numbers(calls: int, errors: int, cost_usd: float, durations: Any) -> _Numbers:
    p95_ns = durations[1]
    return _Numbers(calls, float(cost_usd), float(errors), 0.0 if p95_ns != p95_ns else float(p95_ns) / 1e6, calls)


_SUMS = (
    ("calls", "toInt64(sumIf(call_count, {0}))"),
    ("cost", "toFloat64(ifNull(sumIf(cost_usd, {0}), 0))"),
    ("errors", "toFloat64(sumIf(error_count, {0}))"),
    ("p95", "ifNotFinite(quantileTDigestIf(0.95)(duration_ns, {0}), 0) / 1e6"),
    ("timed", "toInt64(countIf({0}))"),
)
_IS_NOW = "start_time >= fromUnixTimestamp64Nano({middle:Int64}, 'UTC')"
_IS_BEFORE = f"NOT ({_IS_NOW})"
_RANKS = (
    "abs(cost_now - cost_before)",
    "abs(errors_now - errors_before)",
    f"if(least(timed_now, timed_before) < {_ENOUGH}, 0, abs(p95_now - p95_before))",
)


def _people(
    ask: Asker, kind: str, filters: TraceFilters, periods: Periods, before: Window, limit: int
) -> list[_Change]:
    """The users or sessions among whose numbers one changed much: a page's worth of each measure, never all of them."""
    conditions, id_column = trace_conditions(filters), _PEOPLE[kind]
    sums = ", ".join(
        f"{sql.format(when)} AS {name}_{word}"
        for word, when in (("now", _IS_NOW), ("before", _IS_BEFORE))
        for name, sql in _SUMS
    )
    columns = ", ".join(f"{name}_{word}" for word in ("now", "before") for name, _ in _SUMS)
    where = conditions.sql(IN_WINDOW, f"{id_column} != ''")
    # Each measure keeps its largest as it goes: sorting all of a project's sessions three times would cost more.
    largest = ", ".join(f"groupArraySorted({limit})(tuple(-toFloat64({rank}), value, {columns}))" for rank in _RANKS)
    rows = ask.rows(
        f"SELECT {largest} FROM"
        f" (SELECT {id_column} AS value, {sums} FROM headwater.traces FINAL WHERE {where} GROUP BY value)",
        {**conditions.parameters, "low": before.low, "middle": periods.now.low, "high": periods.now.high},
    )
    found = {str(each[1]): each[2:] for ranked in rows[0] for each in ranked}
    return [_Change(kind, value, _Numbers(*numbers[:5]), _Numbers(*numbers[5:])) for value, numbers in found.items()]
