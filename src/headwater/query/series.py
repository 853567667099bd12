"""Series: calls over time, whole or split by a facet, and the totals of a stretch of time.

Buckets lie at whole multiples of their width since 1970 (UTC). The stretch is widened to whole buckets, and the answer
says to what: the list of calls between its `start` and `end` has the same sums.
"""
# ruff: noqa: S608 - statements are put together of our own words only; what comes from outside is a parameter.

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

from headwater.clock import now_ns
from headwater.errors import BadRequest
from headwater.query.answers import Charted, Series, SeriesPoint, TimeSeries, Totals
from headwater.query.ask import Asker, Row
from headwater.query.conditions import IN_WINDOW, given_fields, span_conditions
from headwater.query.facets import read_facet
from headwater.query.filters import CallFilters, TraceFilters
from headwater.query.found import list_traces
from headwater.query.heard import heard
from headwater.query.measures import COLUMNS, MEASURES, Counted, Scope, knows_fields, largest_values, measure, source_of
from headwater.query.partly import measure_both
from headwater.query.times import DAY_NS, SECOND_NS, Time, read_time, show_time
from headwater.query.windows import Window, whole

OTHER = "(other)"
"""The value of the series that holds what is not among the largest."""

NAMES = tuple(MEASURES)
_COUNTS = NAMES[:-2]

_STEPS_S = (
    1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 10_800, 21_600, 43_200, 86_400, 172_800, 432_000,
    864_000, 2_592_000, 7_776_000, 31_536_000,
)  # fmt: skip
_POINTS = 120
_MAX_POINTS = 2_000
_MAX_SERIES = 50


def read_series(
    ask: Asker,
    filters: CallFilters,
    by: str | None,
    start: Time | None,
    end: Time | None,
    step_s: int | None,
    top: int,
    points: int = _POINTS,
) -> TimeSeries:
    """Return the chart of the calls that the filters leave, of at most `points` by default; raises BadRequest."""
    scope = _scope(ask, filters, by, start, end, step_s, top, points)
    source = source_of(ask, scope)
    return _chart(scope, measure(ask, scope, source, NAMES, largest_values(ask, scope, source, top) if by else None))


class Summed(NamedTuple):
    """A chart, and the measures of exactly its stretch under the names that answers give them."""

    chart: TimeSeries
    sums: dict[str, Any]


def read_summed(
    ask: Asker,
    filters: CallFilters,
    by: str | None,
    start: Time | None,
    step_s: int | None,
    top: int,
    points: int,
) -> Summed:
    """Return the chart from `start` on, and the sums between the filters' own bounds; raises BadRequest."""
    scope = _scope(ask, filters, by, start, None, step_s, top, points)
    exact = whole(*_read_bounds(filters, None, None))
    # A call with several tags counts under each of them, but once in the sums.
    if knows_fields(scope.fields) or by == "tag":
        with ThreadPoolExecutor(1) as pool:
            sums = pool.submit(sums_of, ask, filters, exact)
            return Summed(read_series(ask, filters, by, start, None, step_s, top, points), sums.result())
    named = largest_values(ask, scope, source_of(ask, scope), top) if by else None
    both = measure_both(ask, scope, exact, NAMES, named)
    return Summed(_chart(scope, both.counted), numbers_of(both.whole) if both.whole else _NOTHING)


def sums_of(ask: Asker, filters: CallFilters, window: Window) -> dict[str, Any]:
    """Return the measures of exactly this stretch under the names that answers give them."""
    scope = Scope(window, heard(ask, span_conditions(filters)), given_fields(filters), None, 0)
    counted = measure(ask, scope, source_of(ask, scope), NAMES)
    return numbers_of(counted[0].numbers) if counted else _NOTHING


def read_totals(ask: Asker, filters: CallFilters, start: Time | None, end: Time | None) -> Totals:
    """Return the sums of exactly this stretch; raises BadRequest."""
    start_ns, end_ns = _read_bounds(filters, start, end)
    window = whole(start_ns, end_ns)
    with ThreadPoolExecutor(1) as pool:
        sums = pool.submit(sums_of, ask, filters, window)
        return _totals(start_ns, end_ns, _counts_of_traces(ask, window), sums.result())


def read_charted(ask: Asker, filters: CallFilters) -> Charted:
    """Return totals and chart of one stretch, all of it by default; raises BadRequest."""
    start_ns, end_ns = _read_bounds(filters, None, None)
    with ThreadPoolExecutor(1) as pool:
        counts = pool.submit(_counts_of_traces, ask, whole(start_ns, end_ns))
        # A chart of all time begins with the first trace; nobody wants to look at the years before.
        start = first_start(ask) if start_ns is None else None
        summed = read_summed(ask, filters, None, start, None, 1, _POINTS)
        return Charted(totals=_totals(start_ns, end_ns, counts.result(), summed.sums), series=summed.chart)


def first_start(ask: Asker) -> str | None:
    """Return when the project's first trace began, None where it has none."""
    first = list_traces(ask, TraceFilters(), "start_time", None, 1).items
    return first[0].start_time if first else None


def _totals(start_ns: int | None, end_ns: int | None, traces: Row, sums: dict[str, Any]) -> Totals:
    window = whole(start_ns, end_ns)
    return Totals(
        start=None if start_ns is None else show_time(window.low),
        end=None if end_ns is None else show_time(window.high),
        traces=traces[0],
        sessions=traces[1],
        users=traces[2],
        **sums,
    )


def _counts_of_traces(ask: Asker, window: Window) -> Row:
    """How many traces, sessions and users a stretch has, whatever narrows its calls."""
    sql = (
        "SELECT count(), uniqExactIf(session_id, session_id != ''), uniqExactIf(user_id, user_id != '')"
        f" FROM headwater.traces FINAL WHERE {IN_WINDOW}"
    )
    return ask.rows(sql, {"low": window.low, "high": window.high})[0]


def _scope(
    ask: Asker,
    filters: CallFilters,
    by: str | None,
    start: Time | None,
    end: Time | None,
    step_s: int | None,
    top: int,
    points: int,
) -> Scope:
    if by is not None:
        read_facet(by, COLUMNS, "by")
    if not 1 <= top <= _MAX_SERIES:
        raise BadRequest(f"top: {top!r} is not from 1 to {_MAX_SERIES}")
    stretch = _stretch(filters, start, end)
    step = _read_step(stretch, step_s, points)
    return Scope(_widened(stretch, step), heard(ask, span_conditions(filters)), given_fields(filters), by, step)


def _chart(scope: Scope, counted: Iterable[Counted]) -> TimeSeries:
    window, step = scope.window, scope.bucket_s
    times = range(window.low // SECOND_NS, window.high // SECOND_NS, step)
    return TimeSeries(
        start=show_time(window.low),
        end=show_time(window.high),
        step_s=step,
        by=scope.by,
        series=_series(counted, times) if scope.by else (Series(value="", points=_filled(counted, times)),),
    )


def _series(counted: Iterable[Counted], times: range) -> tuple[Series, ...]:
    """Series by calls, most first; what is left over comes last."""
    by_value: dict[str | None, list[Counted]] = {}
    for each in counted:
        by_value.setdefault(each.value, []).append(each)

    def place(value: str | None) -> tuple[bool, int, str]:
        return value is None, -sum(each.numbers[0] for each in by_value[value]), value or ""

    return tuple(
        [
            Series(value=OTHER if value is None else value, points=_filled(by_value[value], times))
            for value in sorted(by_value, key=place)
        ]
    )


def _filled(counted: Iterable[Counted], times: range) -> tuple[SeriesPoint, ...]:
    by_time = {each.at_s: numbers_of(each.numbers) for each in counted}
    return tuple([SeriesPoint(time=show_time(at_s * SECOND_NS), **by_time.get(at_s, _NOTHING)) for at_s in times])


def numbers_of(values: Row) -> dict[str, Any]:
    """Return the measures of `NAMES` under the names that answers give them.

    No row at all stands for a bucket without calls, except where everything is one bucket.
    """
    if values[0] == 0:
        return _NOTHING
    p50, p95, p99 = [_milliseconds(each) for each in values[-2]]
    ttft_p50, ttft_p95, _ = [_milliseconds(each) for each in values[-1]]
    latencies = {"p50_ms": p50, "p95_ms": p95, "p99_ms": p99, "ttft_p50_ms": ttft_p50, "ttft_p95_ms": ttft_p95}
    return dict(zip(_COUNTS, values, strict=False)) | latencies


_NOTHING: dict[str, Any] = {name: 0.0 if name == "cost_usd" else 0 for name in _COUNTS} | dict.fromkeys(
    ("p50_ms", "p95_ms", "p99_ms", "ttft_p50_ms", "ttft_p95_ms")
)


def _milliseconds(quantile_ns: float | None) -> float | None:
    """A quantile of nothing is not a number."""
    return None if quantile_ns is None or quantile_ns != quantile_ns else float(quantile_ns) / 1e6


def _read_bounds(filters: CallFilters, start: Time | None, end: Time | None) -> tuple[int | None, int | None]:
    """The arguments, or else the filters' own bounds."""
    return (
        read_time(filters.start if start is None else start, "start"),
        read_time(filters.end if end is None else end, "end"),
    )


def _stretch(filters: CallFilters, start: Time | None, end: Time | None) -> Window:
    """The last day where nothing else is said."""
    start_ns, end_ns = _read_bounds(filters, start, end)
    if end_ns is None:
        end_ns = max(now_ns(), start_ns or 0) + 1
    if start_ns is None:
        start_ns = end_ns - DAY_NS
    if start_ns >= end_ns:
        raise BadRequest(f"start: {start!r} is not before the end {end!r}")
    return whole(start_ns, end_ns)


def _read_step(stretch: Window, step_s: int | None, points: int) -> int:
    seconds = (stretch.high - stretch.low) / SECOND_NS
    if step_s is None:
        return next((step for step in _STEPS_S if seconds / step <= points), _STEPS_S[-1])
    if step_s < 1 or seconds / step_s > _MAX_POINTS:
        least = max(1, round(seconds / _MAX_POINTS + 0.5))
        raise BadRequest(f"step: {step_s!r} s is too narrow for this time; use {least} or more, or none")
    return step_s


def _widened(stretch: Window, step_s: int) -> Window:
    step_ns = step_s * SECOND_NS
    low = stretch.low // step_ns * step_ns
    return Window(low, -(-stretch.high // step_ns) * step_ns)
