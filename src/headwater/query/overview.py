"""Overview: how a period went beside the one before it."""

from concurrent.futures import ThreadPoolExecutor

from headwater.query.ask import Asker
from headwater.query.conditions import given_fields, span_conditions
from headwater.query.filters import CallFilters, TraceFilters
from headwater.query.found import list_traces
from headwater.query.measures import Scope, measure, source_of
from headwater.query.periods import periods_of
from headwater.query.reports import Overview, Sums
from headwater.query.series import NAMES, numbers_of, read_series
from headwater.query.windows import Window


def read_overview(
    ask: Asker, filters: CallFilters, by: str | None, step_s: int | None, top: int, points: int
) -> Overview:
    """Return a period, the one before and its chart; raises BadRequest. A chart of all time begins with a trace."""
    periods = periods_of(filters)
    start = _first_start(ask) if periods.start_ns is None else periods.start_ns
    # The three do not need each other, and the store answers several at once.
    with ThreadPoolExecutor(2) as pool:
        now = pool.submit(_sums, ask, filters, periods.now, periods.start, periods.end)
        before = (
            pool.submit(_sums, ask, filters, periods.before, periods.before_start, periods.start)
            if periods.before
            else None
        )
        chart = read_series(ask, filters, by, start, None, step_s, top, points)
        return Overview(now=now.result(), before=before and before.result(), chart=chart)


def _sums(ask: Asker, filters: CallFilters, window: Window, start: str | None, end: str | None) -> Sums:
    scope = Scope(window, span_conditions(filters), given_fields(filters), None, 0)
    counted = measure(ask, scope, source_of(ask, scope), NAMES)
    return Sums(start=start, end=end, **numbers_of(counted[0].numbers if counted else (0,)))


def _first_start(ask: Asker) -> str | None:
    first = list_traces(ask, TraceFilters(), "start_time", None, 1).items
    return first[0].start_time if first else None
