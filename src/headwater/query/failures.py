"""Failures: failed calls and spans in groups, by what failed, where, and the message without what differs each time.

Failures are counted over the whole stretch; grouped are the newest `_MOST` of them, and the answer says since when.
"""
# ruff: noqa: S608 - statements are put together of our own words only; what comes from outside is a parameter.

from collections.abc import Mapping, Sequence
from typing import Any

from headwater.errors import BadRequest
from headwater.query.answers import Answer
from headwater.query.ask import Asker, Column, Row, shaped
from headwater.query.conditions import IN_WINDOW, Conditions, span_conditions
from headwater.query.cursors import Cursor, read_cursor, write_cursor
from headwater.query.filters import SpanFilters
from headwater.query.found import bounds_of
from headwater.query.lists import read_limit
from headwater.query.stretches import Stretch, stretch_of
from headwater.query.times import DAY_NS, SECOND_NS, show_time
from headwater.query.windows import Window

_MOST = 5_000


class FailureGroup(Answer, frozen=True, kw_only=True):
    """Failures that are alike. `message` has `#` for what differs: numbers, ids; `sample` is the newest one as it came.

    `where` is the model of a call, the tool of a tool's span, or else the span's name. `share` is of all the failures
    that were grouped, from 0 to 1. `trend` counts by bucket from the answer's `start` on. The newest failure is the
    span `last_span_id` of `last_trace_id`.
    """

    fingerprint: str
    error_type: str
    kind: str
    provider: str
    where: str
    message: str
    sample: str
    count: int
    share: float
    traces: int
    users: int
    sessions: int
    first_seen: str
    last_seen: str
    last_trace_id: str
    last_span_id: str
    trend: tuple[int, ...]


class Failures(Answer, frozen=True, kw_only=True):
    """A page of groups of failures from `start` to `end`, in buckets of `step_s` seconds.

    `total` counts all failures of the stretch that was asked for, `grouped` those that the groups are made of: the
    newest, from `start` on; `groups` is the number of groups on all pages, `trend` counts all failures from `start` on.
    """

    start: str
    end: str
    step_s: int
    total: int
    grouped: int
    groups: int
    trend: tuple[int, ...]
    items: tuple[FailureGroup, ...]
    next: str | None = None


_UUID = r"\b[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f-]{18,}\b"
# What differs from one failure to the next of its kind. Statuses of HTTP (400 to 599) tell kinds apart and stay.
_IN_MESSAGES = (
    _UUID,
    r"\b[\w-]*[0-9][\w-]{5,}\b|\b[\w-]{5,}[0-9][\w-]*\b",
    r"\b(?:[0-9]+(?:[.,:][0-9]+)+|[0-9]{4,}|[0-36-9][0-9]{2}|[0-9]{1,2})(?:ms|s|m|h|k|kb|mb|gb)?\b",
    r"\b[0-9]+(?:ms|s|m|h|k|kb|mb|gb)\b",
)
_IN_NAMES = (_UUID, r"\b[0-9A-Fa-f]*[0-9][0-9A-Fa-f]{7,}\b|\b[0-9]{2,}\b")
_LONGEST = 300


def _alike(sql: str, patterns: Sequence[str]) -> str:
    """The SQL of a text without what differs."""
    for pattern in patterns:
        sql = f"replaceRegexpAll({sql}, {{{_PARAMETER[pattern]}:String}}, '#')"
    return f"replaceRegexpAll({sql}, '\\\\s+', ' ')"


_PARAMETER = {pattern: f"pattern_{index}" for index, pattern in enumerate((*_IN_MESSAGES, *_IN_NAMES))}
_PATTERN_PARAMETERS = {name: pattern for pattern, name in _PARAMETER.items()}
_IS_FAILURE = "status = 'error'"
_NEWEST = (
    "SELECT trace_id, span_id, start_time AS at, kind, error_type, provider,"
    " multiIf(kind = 'call' AND model != '', model, kind = 'tool' AND tool_name != '', tool_name, name) AS place,"
    f" if(kind = 'call', toString(place), {_alike('toString(place)', _IN_NAMES)}) AS where_at,"
    f" substringUTF8(status_message, 1, {_LONGEST}) AS said,"
    f" {_alike('said', _IN_MESSAGES)} AS alike,"
    " lower(hex(sipHash64(error_type, kind, provider, where_at, alike))) AS fingerprint, user_id, session_id"
    " FROM headwater.spans FINAL WHERE {where} ORDER BY start_time DESC LIMIT {most:UInt32}"
)
# A sender may name user and session on a trace's first span only, and a trace rarely lasts for more than a day.
_TRACES = (
    "SELECT trace_id, user_id, session_id FROM headwater.traces FINAL WHERE project = {project:String}"
    " AND start_time >= fromUnixTimestamp64Nano({low:Int64} - {day:Int64}, 'UTC')"
    " AND start_time < fromUnixTimestamp64Nano({high:Int64}, 'UTC') AND error_count > 0"
)
_STRUCK = (
    "SELECT f.*, if(f.user_id != '', f.user_id, t.user_id) AS user,"
    f" if(f.session_id != '', f.session_id, t.session_id) AS session FROM ({_NEWEST}) AS f"
    f" LEFT ANY JOIN ({_TRACES}) AS t ON f.trace_id = t.trace_id"
)
_SORTS: Mapping[str, str] = {
    "count": "toInt64(count())",
    "last_seen": "max(toUnixTimestamp64Nano(at))",
    "first_seen": "min(toUnixTimestamp64Nano(at))",
    "users": "toInt64(uniqExactIf(user, user != ''))",
    "sessions": "toInt64(uniqExactIf(session, session != ''))",
}
_COLUMNS: Mapping[str, Column] = {
    "fingerprint": Column("fingerprint"),
    "error_type": Column("any(error_type)"),
    "kind": Column("any(kind)"),
    "provider": Column("any(provider)"),
    "where": Column("any(where_at)"),
    "message": Column("any(alike)"),
    "sample": Column("argMax(said, at)"),
    "count": Column("count()"),
    "traces": Column("uniqExact(trace_id)"),
    "users": Column(_SORTS["users"]),
    "sessions": Column(_SORTS["sessions"]),
    "first_seen": Column(_SORTS["first_seen"], show_time),
    "last_seen": Column(_SORTS["last_seen"], show_time),
    "last_trace_id": Column("argMax(trace_id, (at, span_id))"),
    "last_span_id": Column("argMax(span_id, (at, span_id))"),
}


def list_failures(ask: Asker, filters: SpanFilters, sort: str, cursor: str | None, limit: int) -> Failures:
    """Return a page of groups; raises BadRequest."""
    name = sort.removeprefix("-")
    if name not in _SORTS:
        allowed = ", ".join(_SORTS)
        raise BadRequest(f"sort: unknown order {sort[:80]!r}; use one of {allowed}, with - before it for descending")
    wanted = read_limit(limit)
    after = read_cursor(cursor, sort, 1) if cursor else None
    conditions = span_conditions(filters)
    asked = stretch_of(ask, bounds_of(filters))
    counts = _counts(ask, conditions, asked)
    newest = _newest(asked, counts)
    rows = _groups(ask, conditions, newest, sort, after, wanted + 1)
    grouped = int(rows[0][1]) if rows else 0
    shown = rows[:wanted]
    last = shown[-1] if len(rows) > wanted else None
    return Failures(
        start=show_time(newest.window.low),
        end=show_time(newest.window.high),
        step_s=newest.step_s,
        total=sum(counts.values()),
        grouped=grouped,
        groups=int(rows[0][2]) if rows else 0,
        trend=tuple([counts.get(at, 0) for at in newest.times]),
        items=tuple([_group(row, newest, grouped) for row in shown]),
        next=write_cursor(Cursor(sort, int(last[0]), (str(last[4]),))) if last else None,
    )


def _counts(ask: Asker, conditions: Conditions, stretch: Stretch) -> dict[int, int]:
    """How many spans failed, by bucket."""
    sql = (
        f"SELECT intDiv(toUnixTimestamp(start_time), {stretch.step_s}) AS bucket, count() FROM headwater.spans FINAL"
        f" WHERE {conditions.sql(IN_WINDOW, _IS_FAILURE)} GROUP BY bucket"
    )
    bounds = {"low": stretch.window.low, "high": stretch.window.high}
    return {int(bucket): int(count) for bucket, count in ask.rows(sql, {**conditions.parameters, **bounds})}


def _newest(stretch: Stretch, counts: Mapping[int, int]) -> Stretch:
    """The part of a stretch that holds its newest failures, whole buckets, at least one."""
    left = _MOST
    for bucket in sorted(counts, reverse=True):
        left -= counts[bucket]
        if left <= 0 and bucket != min(counts):
            low = max(stretch.window.low, bucket * stretch.step_s * SECOND_NS)
            return Stretch(Window(low, stretch.window.high), stretch.step_s)
    return stretch


def _groups(
    ask: Asker, conditions: Conditions, stretch: Stretch, sort: str, after: Cursor | None, wanted: int
) -> Sequence[Row]:
    """Rows of (sort value, failures in all, groups in all, counts by bucket, the group's columns)."""
    key = _SORTS[sort.removeprefix("-")]
    direction, comparison = ("DESC", "<") if sort.startswith("-") else ("ASC", ">")
    where = conditions.sql(IN_WINDOW, _IS_FAILURE)
    later = f"(sorted_by, id) {comparison} ({{after:Int64}}, {{after_id:String}})" if after else "1"
    # Every column has a name of its own, for of two of one name the outer query would see one.
    columns = ", ".join(f"{column.sql} AS of_{name}" for name, column in _COLUMNS.items())
    bucket = f"intDiv(toUnixTimestamp(at), {stretch.step_s})"
    sql = (
        f"SELECT * FROM (SELECT {key} AS sorted_by, sum(count()) OVER () AS failures, count() OVER () AS groups,"
        f" sumMap(map({bucket}, 1)) AS counts, {columns}, fingerprint AS id"
        f" FROM ({_STRUCK.replace('{where}', where)}) GROUP BY fingerprint) WHERE {later}"
        f" ORDER BY sorted_by {direction}, id {direction} LIMIT {{limit:UInt32}}"
    )
    parameters: dict[str, Any] = {"low": stretch.window.low, "high": stretch.window.high, "most": _MOST, "day": DAY_NS}
    parameters |= {"limit": wanted, **_PATTERN_PARAMETERS}
    parameters |= {"after": after.value, "after_id": after.ids[0]} if after else {}
    return ask.rows(sql, {**conditions.parameters, **parameters})


def _group(row: Row, stretch: Stretch, grouped: int) -> FailureGroup:
    trend = {int(bucket): int(count) for bucket, count in dict(row[3]).items()}

    def group(**fields: Any) -> FailureGroup:
        counts = tuple([trend.get(at, 0) for at in stretch.times])
        return FailureGroup(share=fields["count"] / grouped, trend=counts, **fields)

    return shaped(group, _COLUMNS, row[4:])
