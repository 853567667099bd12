"""Rolled: calls in windows that overlap, each a step later than the one before: what a sliding series is made of.

Windows end at whole multiples of the step since 1970 (UTC), and hold the calls that started within them. A window that
is as long as the month so far begins with the month that its last moment lies in.
"""
# ruff: noqa: S608 - statements are put together of our own words only; what comes from outside is a parameter.

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from itertools import accumulate
from typing import Literal

import msgspec

from headwater.errors import BadRequest
from headwater.query.ask import Asker, Row
from headwater.query.conditions import given_fields, span_conditions
from headwater.query.filters import CallFilters
from headwater.query.measures import Scope, Source, measure, source_of
from headwater.query.times import SECOND_NS
from headwater.query.windows import Window

MONTH = 0
"""The width of a window that holds the month so far."""

Digest = Literal["", "duration", "ttft"]
_COUNTS = ("calls", "errors", "input_tokens", "output_tokens", "cost_usd", "unpriced_calls")
_ZEROS = (0.0,) * len(_COUNTS)
_MOST_WINDOWS = 20_000
_STATES: Mapping[tuple[str, bool], str] = {
    ("duration", False): "quantilesTDigestState(0.5, 0.95, 0.99)(duration_ns)",
    ("duration", True): "quantilesTDigestMergeState(0.5, 0.95, 0.99)(duration_state)",
    ("ttft", False): "quantilesTDigestState(0.5, 0.95, 0.99)(ttft_ns)",
    ("ttft", True): "quantilesTDigestMergeState(0.5, 0.95, 0.99)(ttft_state)",
}


class Rolled(msgspec.Struct, frozen=True):
    """The calls of one window, which ends (exclusively) at `end_ns`, Unix nanoseconds.

    `quantiles_ms` are p50, p95 and p99 of what was asked for in milliseconds, None where nothing was measured.
    """

    end_ns: int
    calls: int
    errors: int
    tokens: int
    cost_usd: float
    unpriced_calls: int
    quantiles_ms: tuple[float, float, float] | None = None


def read_rolled(
    ask: Asker, filters: CallFilters, start_ns: int, end_ns: int, step_s: int, window_s: int, digest: Digest
) -> tuple[Rolled, ...]:
    """Return every window that ends from `start_ns` to `end_ns`; raises BadRequest."""
    ends = _ends(start_ns, end_ns, step_s, window_s)
    if not ends:
        return ()
    low = ends[0] - window_s if window_s else _month_of(ends[0])
    sums = _sums(ask, filters, ends, low, step_s, window_s)
    quantiles: Mapping[int, tuple[float, float, float]] = {}
    if digest:
        quantiles = _quantiles(ask, filters, ends, step_s, window_s, digest)
    return tuple([_rolled(end, sums[end], quantiles.get(end)) for end in ends])


def _ends(start_ns: int, end_ns: int, step_s: int, window_s: int) -> range:
    if step_s < 1 or window_s % step_s:
        raise BadRequest(f"step: {step_s!r} s is no part of a window of {window_s} s")
    step_ns = step_s * SECOND_NS
    ends = range(-(-start_ns // step_ns) * step_s, end_ns // step_ns * step_s + 1, step_s)
    if len(ends) > _MOST_WINDOWS:
        raise BadRequest(f"step: {step_s!r} s is too narrow for this time; ask for {_MOST_WINDOWS} windows at most")
    return ends


def _sums(
    ask: Asker, filters: CallFilters, ends: range, low: int, step_s: int, window_s: int
) -> Mapping[int, Sequence[float]]:
    """The counts of each window. What lies before the last windows of a month is one sum, however long it is."""
    first = low if window_s else max(low, ends[0] - step_s)
    base = _counted(ask, filters, low, first, 0).get(0, _ZEROS) if low < first else _ZEROS
    counted = _counted(ask, filters, first, ends[-1], step_s)
    grid = range(first // step_s * step_s, ends[-1], step_s)
    running = [base, *accumulate((counted.get(at, _ZEROS) for at in grid), _added, initial=base)][1:]
    until = {at: sums for at, sums in zip(range(grid.start, ends[-1] + 1, step_s), running, strict=True)}
    return {end: _less(until[end], _before(end, low, window_s, until)) for end in ends}


def _before(end: int, low: int, window_s: int, until: Mapping[int, Sequence[float]]) -> Sequence[float]:
    """What was counted before a window begins."""
    begin = end - window_s if window_s else _month_of(end)
    return _ZEROS if not window_s and begin <= low else until[begin]


def _counted(ask: Asker, filters: CallFilters, low: int, high: int, step_s: int) -> Mapping[int, Sequence[float]]:
    scope = _scope(filters, low, high, step_s)
    return {each.at_s: each.numbers for each in measure(ask, scope, source_of(ask, scope), _COUNTS)}


def _quantiles(
    ask: Asker, filters: CallFilters, ends: range, step_s: int, window_s: int, digest: Digest
) -> Mapping[int, tuple[float, float, float]]:
    """Digests of each step are made once, and put together for each window that holds it."""
    if not window_s:
        raise BadRequest("window: a month has sums only; use a shorter one for latencies")
    scope = _scope(filters, ends[0] - window_s, ends[-1], step_s)
    source = source_of(ask, scope)
    state = _STATES[digest, source.is_rolled_up]
    rows = ask.rows(
        f"SELECT end_s, quantilesTDigestMerge(0.5, 0.95, 0.99)(state) FROM (SELECT {_at_s(source, step_s)} AS at_s,"
        f" {state} AS state FROM {source.sql} GROUP BY at_s) ARRAY JOIN"
        f" range(toUInt64(at_s + {step_s}), toUInt64(at_s + {window_s} + 1), {step_s}) AS end_s"
        " WHERE end_s BETWEEN {first_end:UInt64} AND {last_end:UInt64} GROUP BY end_s",
        {**scope.conditions.parameters, **source.parameters, "first_end": ends[0], "last_end": ends[-1]},
    )
    return {int(row[0]): tuple(float(each) / 1e6 for each in row[1]) for row in rows if _is_known(row)}  # pyright: ignore[reportReturnType]  # three quantiles


def _at_s(source: Source, step_s: int) -> str:
    return f"intDiv(toUnixTimestamp(toDateTime({source.time}, 'UTC')), {step_s}) * {step_s}"


def _is_known(row: Row) -> bool:
    """A quantile of nothing is not a number."""
    return bool(row[1]) and all(each is not None and each == each for each in row[1])


def _scope(filters: CallFilters, low: int, high: int, step_s: int) -> Scope:
    window = Window(low * SECOND_NS, high * SECOND_NS)
    return Scope(window, span_conditions(filters), given_fields(filters), None, step_s)


def _added(sums: Sequence[float], more: Sequence[float]) -> Sequence[float]:
    return [each + other for each, other in zip(sums, more, strict=True)]


def _less(sums: Sequence[float], fewer: Iterable[float]) -> Sequence[float]:
    return [each - other for each, other in zip(sums, fewer, strict=True)]


def _rolled(end: int, sums: Sequence[float], quantiles_ms: tuple[float, float, float] | None) -> Rolled:
    calls, errors, given, gave, cost, unpriced = sums
    # Sums of many small parts, taken from each other: costs are kept to the nano-dollar.
    return Rolled(
        end * SECOND_NS,
        int(calls),
        int(errors),
        int(given + gave),
        max(0.0, round(cost, 9)),
        int(unpriced),
        quantiles_ms,
    )


def _month_of(end: int) -> int:
    """The beginning of the month (UTC, Unix seconds) that the last moment before `end` lies in."""
    moment = datetime.fromtimestamp(end - 1, UTC)
    return int(moment.replace(day=1, hour=0, minute=0, second=0).timestamp())
