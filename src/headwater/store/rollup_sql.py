"""The statements of the rollups: what a call counts for, how minutes are counted, hours made of them, and both read.

Tables are read under a letter (`s` spans, `r` rollups), or else a column would be taken for the aggregate of its name.
"""

from collections.abc import Mapping

from headwater.store.migrations import DATABASE

MINUTE_S = 60
HOUR_S = 3600

DIMENSIONS = ("provider", "model", "operation", "environment", "service_name", "status", "source")
"""What rollups are kept by, besides project and time."""

_DIGEST = "quantilesTDigest{}(0.5, 0.95, 0.99)"
_COUNTS = {
    "calls": "count()",
    "errors": "countIf(s.status = 'error')",
    "input_tokens": "sum(ifNull(s.input_tokens, 0))",
    "output_tokens": "sum(ifNull(s.output_tokens, 0))",
    "cache_read_tokens": "sum(s.cache_read_tokens)",
    "cache_write_tokens": "sum(s.cache_write_5m_tokens + s.cache_write_1h_tokens)",
    "reasoning_tokens": "sum(s.reasoning_tokens)",
    "cost_usd": "toDecimal128(ifNull(sum(s.cost_usd), 0), 9)",
    "unpriced_calls": "countIf(s.cost_usd IS NULL)",
    "duration_state": f"{_DIGEST.format('State')}(s.duration_ns)",
    "ttft_state": f"{_DIGEST.format('State')}(s.ttft_ns)",
}
SUMS = tuple(name for name in _COUNTS if not name.endswith("_state"))
"""The columns that add up."""

_BY = ", ".join(DIMENSIONS)
_NAMES = ", ".join(_COUNTS)
_COUNTED = ", ".join(f"{sql} AS {name}" for name, sql in _COUNTS.items())
_MERGED = ", ".join(
    f"{_DIGEST.format('MergeState')}(r.{name})" if name.endswith("_state") else f"sum(r.{name})" for name in _COUNTS
)
_ROLLUPS = f"{DATABASE}.rollups"
_INSERT = f"INSERT INTO {_ROLLUPS} (project, grain_s, bucket, {_BY}, {_NAMES}, version, is_deleted)"
_AT = "toInt64(toUnixTimestamp(r.bucket))"
_HOUR = f"intDiv({_AT}, {HOUR_S}) * {HOUR_S}"


def _calls_of_minutes(minutes: str, start_ns: str, end_ns: str) -> str:
    """The calls of some minutes of a range. The range picks the partitions, the minutes the rows of the sort key."""
    return (
        f"FROM {DATABASE}.spans AS s FINAL WHERE s.project = {{project:String}}"
        " AND s.kind = 'call' AND s.folded_into = ''"
        # A set from a subquery reaches the primary key; one from arrayMap reads every granule.
        f" AND toStartOfMinute(s.start_time) IN (SELECT toDateTime(arrayJoin({{{minutes}:Array(Int64)}}), 'UTC'))"
        f" AND s.start_time >= fromUnixTimestamp64Nano({{{start_ns}:Int64}}, 'UTC')"
        f" AND s.start_time < fromUnixTimestamp64Nano({{{end_ns}:Int64}}, 'UTC')"
    )


def _rolled_up(grain_s: int, first: str, last: str) -> str:
    """The rollups of one grain from `first` on and before `last` (Unix seconds)."""
    return (
        f"FROM {_ROLLUPS} AS r FINAL WHERE r.project = {{project:String}} AND r.grain_s = {grain_s}"
        f" AND r.bucket >= toDateTime64({{{first}:Int64}}, 0, 'UTC')"
        f" AND r.bucket < toDateTime64({{{last}:Int64}}, 0, 'UTC')"
    )


def _gone(grain_s: int) -> str:
    """Tombstones for all that is there, of a version below the new counts: what is counted again wins over them."""
    return (
        f"SELECT r.project, r.grain_s, r.bucket, {_BY}, {_NAMES}, {{version:UInt64}} - 1, 1"
        f" {_rolled_up(grain_s, 'hour', 'next_hour')}"
    )


COUNT_MINUTES = (
    f"{_INSERT} SELECT s.project, toUInt32({MINUTE_S}),"
    " toDateTime64(toStartOfMinute(s.start_time), 0, 'UTC') AS minute,"
    f" {_BY}, {_COUNTED}, {{version:UInt64}}, 0 {_calls_of_minutes('minutes', 'start_ns', 'end_ns')}"
    f" GROUP BY s.project, minute, {_BY}"
    f" UNION ALL {_gone(MINUTE_S)} AND {_AT} IN {{minutes:Array(Int64)}}"
)
"""Count `minutes` of one hour anew."""

COUNT_HOUR = (
    f"{_INSERT} SELECT r.project, toUInt32({HOUR_S}), toDateTime64({{hour:Int64}}, 0, 'UTC'), {_BY}, {_MERGED},"
    f" {{version:UInt64}}, 0 {_rolled_up(MINUTE_S, 'hour', 'next_hour')} GROUP BY r.project, {_BY}"
    f" UNION ALL {_gone(HOUR_S)}"
)
"""Make an hour of its minutes."""

MARK = (
    f"INSERT INTO {DATABASE}.rollup_pending (project, minute, version, is_deleted)"
    " SELECT {project:String}, toDateTime64(arrayJoin({minutes:Array(Int64)}), 0, 'UTC'), {version:UInt64}, 0"
)

# A mark that was made since these were read has a higher version and stays.
UNMARK = (
    f"INSERT INTO {DATABASE}.rollup_pending (project, minute, version, is_deleted)"
    " SELECT {project:String}, toDateTime64(mark.1, 0, 'UTC'), mark.2 + 1, 1 FROM"
    " (SELECT arrayJoin(arrayZip({minutes:Array(Int64)}, {versions:Array(UInt64)})) AS mark)"
)

SETTLED = (
    f"SELECT project, toInt64(toUnixTimestamp(minute)) AS at, version FROM {DATABASE}.rollup_pending FINAL"
    f" WHERE version < {{before:UInt64}} AND at + {MINUTE_S} <= {{before_s:Int64}} ORDER BY project, at"
)

MARKS = (
    f"SELECT toInt64(toUnixTimestamp(minute)) AS at, version FROM {DATABASE}.rollup_pending FINAL"
    " WHERE project = {project:String} AND minute IN"
    " (SELECT toDateTime64(arrayJoin({minutes:Array(Int64)}), 0, 'UTC')) ORDER BY at"
)

PENDING = (
    f"SELECT toInt64(toUnixTimestamp(minute)) FROM {DATABASE}.rollup_pending FINAL WHERE project = {{project:String}}"
    " AND minute >= toDateTime64({first:Int64}, 0, 'UTC') AND minute < toDateTime64({last:Int64}, 0, 'UTC')"
)

LAST_VERSION = (
    f"SELECT greatest((SELECT max(version) FROM {DATABASE}.rollup_pending), (SELECT max(version) FROM {_ROLLUPS}))"
)

_READ = f"SELECT toDateTime(r.bucket, 'UTC') AS bucket, {_BY}, {_NAMES}"

_NOT_RAW = f" AND {_AT} NOT IN {{src_raw:Array(Int64)}}"
_NOT_RAW_HOUR = f" AND {_AT} NOT IN {{src_raw_hours:Array(Int64)}}"
_OF_RAW_HOURS = (
    f" AND {_AT} >= {{src_hour_first:Int64}} AND {_AT} < {{src_hour_last:Int64}}"
    f" AND {_HOUR} IN {{src_raw_hours:Array(Int64)}}"
)
_PARTS = {
    "hours": f"{_READ} {_rolled_up(HOUR_S, 'src_hour_first', 'src_hour_last')}{_NOT_RAW_HOUR}",
    "minutes_of_raw_hours": f"{_READ} {_rolled_up(MINUTE_S, 'src_raw_first', 'src_raw_last')}{_NOT_RAW}{_OF_RAW_HOURS}",
    "minutes_before_hours": f"{_READ} {_rolled_up(MINUTE_S, 'src_first', 'src_hour_first')}{_NOT_RAW}",
    "minutes_after_hours": f"{_READ} {_rolled_up(MINUTE_S, 'src_hour_last', 'src_last')}{_NOT_RAW}",
    "raw": (
        f"SELECT toStartOfMinute(s.start_time) AS bucket, {_BY}, {_COUNTED}"
        f" {_calls_of_minutes('src_raw', 'src_start', 'src_end')} GROUP BY bucket, {_BY}"
    ),
}


def source_of(has: Mapping[str, bool]) -> str:
    """Join the parts of a source that hold anything, for an empty one is read all the same.

    Whole hours without a raw minute; the minutes of the other hours and of both ends, raw ones left out; the calls of
    the raw minutes, which are read where nothing else is left.
    """
    parts = [sql for name, sql in _PARTS.items() if has.get(name)] or [_PARTS["raw"]]
    return f"({' UNION ALL '.join(parts)})"
