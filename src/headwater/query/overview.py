"""Overview: how a period went beside the one before it, and what failed of late."""
# ruff: noqa: S608 - statements are put together of our own words only; what comes from outside is a parameter.

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

from headwater.query.ask import Asker, Column, select_list, shaped
from headwater.query.conditions import IN_WINDOW, IS_CALL, given_fields, span_conditions
from headwater.query.filters import CallFilters, TraceFilters
from headwater.query.found import list_traces
from headwater.query.hours import HOUR_S, IN_HOURS
from headwater.query.lists import read_limit
from headwater.query.measures import Scope, measure, source_of
from headwater.query.periods import periods_of
from headwater.query.reports import ErrorGroup, ErrorGroups, Overview, Sums
from headwater.query.series import NAMES, numbers_of, read_series
from headwater.query.times import SECOND_NS, show_time
from headwater.query.windows import Window

_MAX_ERRORS = 5_000
_MAX_CALLS = 200_000
"""When enough errors are found, or so many calls looked through, older hours are left."""


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


_GROUP_COLUMNS: Mapping[str, Column] = {
    "error_type": Column("toString(error_type)"),
    "provider": Column("toString(provider)"),
    "model": Column("toString(model)"),
    "errors": Column("count()"),
    "first_seen": Column("toUnixTimestamp64Nano(min(start_time))", show_time),
    "last_seen": Column("toUnixTimestamp64Nano(max(start_time))", show_time),
    "trace_id": Column("argMax(trace_id, start_time)"),
    "message": Column("argMax(status_message, start_time)"),
}


def list_error_groups(ask: Asker, filters: CallFilters, limit: int) -> ErrorGroups:
    """Return the newest kinds of errors; raises BadRequest.

    Rollups say in which hours calls failed, so only those hours are looked through, the newest first and a bounded
    number of calls.
    """
    read_limit(limit)
    periods, conditions = periods_of(filters), span_conditions(filters)
    scope = Scope(periods.now, conditions, given_fields(filters), None, HOUR_S)
    counted = measure(ask, scope, source_of(ask, scope), ("calls", "errors"))
    failed = sorted([(each.at_s, *each.numbers) for each in counted if each.numbers[1]], reverse=True)
    chosen = _newest_hours(failed)
    if not chosen:
        return ErrorGroups(items=(), counted_from=periods.start)
    rows = ask.rows(
        f"SELECT {select_list(_GROUP_COLUMNS)} FROM headwater.spans FINAL"
        f" WHERE {conditions.sql(IN_WINDOW, IS_CALL, IN_HOURS)} AND status = 'error'"
        " GROUP BY error_type, provider, model"
        " ORDER BY max(start_time) DESC, error_type, provider, model LIMIT {limit:UInt32}",
        {
            **conditions.parameters,
            "low": max(periods.now.low, chosen[-1] * SECOND_NS),
            "high": periods.now.high,
            "hours": chosen,
            "limit": limit,
        },
    )
    is_partial = len(chosen) < len(failed)
    return ErrorGroups(
        items=tuple([shaped(ErrorGroup, _GROUP_COLUMNS, row) for row in rows]),
        counted_from=show_time(chosen[-1] * SECOND_NS) if is_partial else periods.start,
        is_partial=is_partial,
    )


def _newest_hours(failed: Sequence[tuple[int, ...]]) -> list[int]:
    """The starts of the hours to look through, of (start, calls, errors), newest first."""
    chosen: list[int] = []
    calls = errors = 0
    for at_s, calls_then, errors_then in failed:
        if calls > _MAX_CALLS or errors > _MAX_ERRORS:
            break
        chosen.append(at_s)
        calls, errors = calls + calls_then, errors + errors_then
    return chosen
