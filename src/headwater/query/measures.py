"""Measures: what is counted of calls, as SQL, alike from rollups and from spans.

The store says which rows stand for the calls of a stretch of time: rollups where they hold, spans elsewhere.
Where the question needs a column that rollups do not keep, the spans are counted alone.
"""
# ruff: noqa: S608 - statements are put together of our own words only; what comes from outside is a parameter.

from collections.abc import Mapping
from typing import Any, NamedTuple

from headwater.query.ask import Asker, Row
from headwater.query.conditions import IN_WINDOW, IS_CALL, Conditions
from headwater.query.windows import Window
from headwater.store import DIMENSIONS

_DIGEST = "quantilesTDigest{0}(0.5, 0.95, 0.99)({1})"


class Measure(NamedTuple):
    """A number over calls: counted from spans, and put together from rolled-up rows."""

    from_spans: str
    from_rollups: str


def _sum(column: str, from_spans: str) -> Measure:
    return Measure(from_spans, f"sum({column})")


MEASURES: Mapping[str, Measure] = {
    "calls": _sum("calls", "count()"),
    "errors": _sum("errors", "countIf(status = 'error')"),
    "input_tokens": _sum("input_tokens", "sum(ifNull(input_tokens, 0))"),
    "output_tokens": _sum("output_tokens", "sum(ifNull(output_tokens, 0))"),
    "cache_read_tokens": _sum("cache_read_tokens", "sum(cache_read_tokens)"),
    "cache_write_tokens": _sum("cache_write_tokens", "sum(cache_write_5m_tokens + cache_write_1h_tokens)"),
    "reasoning_tokens": _sum("reasoning_tokens", "sum(reasoning_tokens)"),
    "cost_usd": Measure("toFloat64(ifNull(sum(cost_usd), 0))", "toFloat64(sum(cost_usd))"),
    "unpriced_calls": _sum("unpriced_calls", "countIf(cost_usd IS NULL)"),
    "duration": Measure(_DIGEST.format("", "duration_ns"), _DIGEST.format("Merge", "duration_state")),
    "ttft": Measure(_DIGEST.format("", "ttft_ns"), _DIGEST.format("Merge", "ttft_state")),
}
"""The last two are quantiles (0.5, 0.95, 0.99) in nanoseconds, not a number where nothing was measured."""

COLUMNS: Mapping[str, str] = {
    "model": "model",
    "provider": "provider",
    "operation": "operation",
    "environment": "environment",
    "service": "service_name",
    "status": "status",
    "source": "source",
    "user": "user_id",
    "session": "session_id",
    "error_type": "error_type",
    "name": "name",
    "tool": "tool_name",
    "agent": "agent_name",
    "release": "release",
    "key": "attributes['headwater.key_id']",
    "tag": "arrayJoin(if(empty(tags), [''], tags))",
}
"""What calls can be split by. A call with several tags counts under each of them."""

_FIELDS_OF_ROLLUPS: Mapping[str, str] = {
    "models": "model",
    "providers": "provider",
    "operations": "operation",
    "environments": "environment",
    "services": "service_name",
    "statuses": "status",
    "sources": "source",
    "has_error": "status",
}
"""Filters that rollups can answer, and the column each needs."""


class Scope(NamedTuple):
    """Which calls are measured, and how they are put together.

    `fields` are the filters' fields in use, `by` splits the calls (a name of `COLUMNS`), `bucket_s` is the width of a
    bucket of time in seconds, 0 for a single one.
    """

    window: Window
    conditions: Conditions
    fields: frozenset[str]
    by: str | None
    bucket_s: int


class Counted(NamedTuple):
    """The measures of one value in one bucket; `value` is None for all values that were not asked for by name."""

    value: str | None
    at_s: int
    numbers: Row


class Source(NamedTuple):
    """Where rows of calls come from: what follows FROM, the column of their time, and which SQL measures them."""

    sql: str
    time: str
    is_rolled_up: bool
    parameters: Mapping[str, Any]

    def measured(self, name: str) -> str:
        """Return the SQL of a measure over these rows."""
        return MEASURES[name].from_rollups if self.is_rolled_up else MEASURES[name].from_spans


_ANY_STEP_S = 3_600


def source_of(ask: Asker, scope: Scope) -> Source:
    """Return where the calls of a scope are counted; valid for a moment: rollups change."""
    if not _is_rolled_up(scope):
        where = scope.conditions.sql(IN_WINDOW, IS_CALL)
        bounds = {"low": scope.window.low, "high": scope.window.high}
        return Source(f"headwater.spans FINAL WHERE {where}", "start_time", False, bounds)
    source = ask.calls(scope.window.low, scope.window.high, scope.bucket_s or _ANY_STEP_S)
    return Source(f"{source.sql} WHERE {scope.conditions.sql('1')}", "bucket", True, source.parameters)


def measure(
    ask: Asker, scope: Scope, source: Source, names: tuple[str, ...], named: tuple[str, ...] | None = None
) -> list[Counted]:
    """Return the measures of every value and bucket that has calls, in no order.

    With `named`, the values that are not among them count together.
    """
    split = split_of(scope)
    seconds = f"toUnixTimestamp(toDateTime({source.time}, 'UTC'))"
    at_s = f"intDiv({seconds}, {scope.bucket_s}) * {scope.bucket_s}" if scope.bucket_s else "0"
    is_named = "1" if named is None else f"{split} IN {{named:Array(String)}}"
    rows = ask.rows(
        f"SELECT {is_named} AS is_named, if(is_named, {split}, '') AS split_by, {at_s} AS at_s,"
        f" {', '.join(source.measured(name) for name in names)} FROM {source.sql} GROUP BY is_named, split_by, at_s",
        {**scope.conditions.parameters, **source.parameters, "named": list(named or ())},
    )
    return [Counted(row[1] if row[0] else None, int(row[2]), row[3:]) for row in rows]


def largest_values(ask: Asker, scope: Scope, source: Source, count: int) -> tuple[str, ...]:
    """Return the values with most calls, most first."""
    rows = ask.rows(
        f"SELECT {split_of(scope)} AS split_by FROM {source.sql} GROUP BY split_by"
        f" ORDER BY {source.measured('calls')} DESC, split_by LIMIT {{largest:UInt32}}",
        {**scope.conditions.parameters, **source.parameters, "largest": count},
    )
    return tuple([str(row[0]) for row in rows])


def split_of(scope: Scope) -> str:
    """Return the SQL of what splits the calls of a scope."""
    return "''" if scope.by is None else f"toString({COLUMNS[scope.by]})"


def knows_fields(fields: frozenset[str]) -> bool:
    """Return whether rollups can answer these filters; otherwise the spans themselves are read."""
    return fields <= _FIELDS_OF_ROLLUPS.keys()


def _is_rolled_up(scope: Scope) -> bool:
    """Rollups hold minutes, so a chart of narrower buckets is counted from spans."""
    if not knows_fields(scope.fields) or scope.bucket_s % 60:
        return False
    needed = {_FIELDS_OF_ROLLUPS[field] for field in scope.fields} | ({COLUMNS[scope.by]} if scope.by else set[str]())
    return needed <= set(DIMENSIONS)
