"""Overview: how a period went beside the one before it."""

from concurrent.futures import ThreadPoolExecutor

from headwater.query.ask import Asker
from headwater.query.filters import CallFilters
from headwater.query.periods import periods_of
from headwater.query.reports import Overview, Sums
from headwater.query.series import first_start, read_summed, sums_of


def read_overview(
    ask: Asker, filters: CallFilters, by: str | None, step_s: int | None, top: int, points: int
) -> Overview:
    """Return a period, the one before and its chart; raises BadRequest. A chart of all time begins with a trace."""
    periods = periods_of(filters)
    start = first_start(ask) if periods.start_ns is None else periods.start_ns
    # They do not need each other, and the store answers several at once.
    with ThreadPoolExecutor(1) as pool:
        before = pool.submit(sums_of, ask, filters, periods.before) if periods.before else None
        summed = read_summed(ask, filters, by, start, step_s, top, points)
        return Overview(
            now=Sums(start=periods.start, end=periods.end, **summed.sums),
            before=Sums(start=periods.before_start, end=periods.start, **before.result()) if before else None,
            chart=summed.chart,
        )
