"""Partly: calls read once, counted in parts, and the parts put together in two ways.

A chart and the sums of its stretch, or models and their providers, count the same calls. Where rollups do not know what
narrows them, reading the calls is nearly all of the work.
"""
# ruff: noqa: S608 - statements are put together of our own words only; what comes from outside is a parameter.

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from headwater.query.ask import Asker, Row
from headwater.query.measures import MEASURES, Counted, Scope, Source, source_of, split_of
from headwater.query.windows import Window

_DIGESTS: Mapping[str, str] = {"duration": "duration_ns", "ttft": "ttft_ns"}
_QUANTILES = "(0.5, 0.95, 0.99)"


class Both(NamedTuple):
    """Calls by value and bucket, and their measures over the exact stretch, None where it holds no calls."""

    counted: list[Counted]
    whole: Row | None


def in_parts(source: Source, keys: dict[str, str], names: Sequence[str], also: dict[str, str] | None = None) -> str:
    """Return a FROM clause of parts by `keys` (name to SQL).

    Columns: the keys, `of_<name>` for each measure, and other aggregates by their names.
    """
    by = [f"{sql} AS {name}" if sql != name else name for name, sql in (keys | (also or {})).items()]
    parts = [f"{_part(name, source)} AS of_{name}" for name in names]
    return f"(SELECT {', '.join((*by, *parts))} FROM {source.sql} GROUP BY {', '.join(keys)})"


def together(name: str) -> str:
    """Return the SQL of a measure over parts."""
    if name in _DIGESTS:
        return f"quantilesTDigestMerge{_QUANTILES}(of_{name})"
    return f"toFloat64(ifNull(sum(of_{name}), 0))" if name == "cost_usd" else f"sum(of_{name})"


def _part(name: str, source: Source) -> str:
    """The SQL of a measure of a part: a digest that can be merged, an exact sum."""
    if name in _DIGESTS:
        merged, made = f"MergeState{_QUANTILES}({name}_state)", f"State{_QUANTILES}({_DIGESTS[name]})"
        return f"quantilesTDigest{merged if source.is_rolled_up else made}"
    if name == "cost_usd":
        return "sum(cost_usd)"
    return MEASURES[name].from_rollups if source.is_rolled_up else MEASURES[name].from_spans


def measure_both(
    ask: Asker, scope: Scope, exact: Window, names: tuple[str, ...], named: tuple[str, ...] | None
) -> Both:
    """Measure the calls of a chart as `measure` does, and those of the stretch `exact`, which may end later than it."""
    bounds = Window(min(scope.window.low, exact.low), max(scope.window.high, exact.high))
    source = source_of(ask, scope._replace(window=bounds))
    split = split_of(scope)
    keys = {
        "is_named": "1" if named is None else f"{split} IN {{named:Array(String)}}",
        "split_by": f"if(is_named, {split}, '')",
        "at_s": f"intDiv(toUnixTimestamp(toDateTime(start_time, 'UTC')), {scope.bucket_s}) * {scope.bucket_s}",
        "is_exact": "start_time >= fromUnixTimestamp64Nano({exact_low:Int64}, 'UTC')"
        " AND start_time < fromUnixTimestamp64Nano({exact_high:Int64}, 'UTC')",
    }
    rows = ask.rows(
        f"SELECT grouping(at_s) = 1 AS is_whole, is_exact, is_named, split_by, at_s,"
        f" {', '.join(together(name) for name in names)} FROM {in_parts(source, keys, names)}"
        " GROUP BY GROUPING SETS ((is_named, split_by, at_s), (is_exact))",
        {
            **scope.conditions.parameters,
            **source.parameters,
            "named": list(named or ()),
            "exact_low": exact.low,
            "exact_high": exact.high,
        },
    )
    low_s, high_s = scope.window.low // 1_000_000_000, scope.window.high // 1_000_000_000
    counted = [
        Counted(row[3] if row[2] else None, int(row[4]), row[5:])
        for row in rows
        if not row[0] and low_s <= row[4] < high_s
    ]
    return Both(counted, next((row[5:] for row in rows if row[0] and row[1]), None))
