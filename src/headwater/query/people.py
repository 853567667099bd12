"""Sessions and users: what the traces that share a session's or a user's id come to."""

from collections.abc import Mapping
from typing import Any

from headwater.errors import NotFound
from headwater.query.answers import Page, SessionListed, UserListed
from headwater.query.ask import Asker, Column
from headwater.query.conditions import trace_conditions
from headwater.query.filters import TraceFilters
from headwater.query.found import bounds_of
from headwater.query.lists import Listing, page_of
from headwater.query.times import milliseconds_or_none as _ms_or_none
from headwater.query.times import show_time

_MAX_NAMED = 100
"""How many users or models of one session are named."""


def _sorted(values: Any) -> tuple[str, ...]:
    return tuple(sorted(values))


_FIRST = "min(toUnixTimestamp64Nano(start_time))"
_LAST = "max(toUnixTimestamp64Nano(end_time))"
_LAST_START = "max(toUnixTimestamp64Nano(start_time))"

_SUMS: Mapping[str, Column] = {
    "trace_count": Column("count()"),
    "call_count": Column("sum(call_count)"),
    "error_count": Column("sum(error_count)"),
    "failed_traces": Column("countIf(error_count > 0)"),
    "input_tokens": Column("sum(input_tokens)"),
    "output_tokens": Column("sum(output_tokens)"),
    "cost_usd": Column("toFloat64(sum(cost_usd))"),
}

_SORTS: Mapping[str, str] = {
    "end_time": _LAST,
    "start_time": _FIRST,
    "traces": "toInt64(count())",
    "errors": "toInt64(sum(error_count))",
    "error_share": "toInt64(1000000000 * countIf(error_count > 0) / count())",
    "tokens": "toInt64(sum(input_tokens) + sum(output_tokens))",
    "cost": "ifNull(toInt64(toDecimal128(sum(cost_usd), 9) * 1000000000), -1)",
}

_SESSIONS: Listing[SessionListed] = Listing(
    table="traces",
    shape=SessionListed,
    columns={
        "session_id": Column("session_id"),
        "start_time": Column(_FIRST, show_time),
        "end_time": Column(_LAST, show_time),
        "user_ids": Column(f"groupUniqArrayIf({_MAX_NAMED})(user_id, user_id != '')", _sorted),
        "models": Column(f"groupUniqArrayArray({_MAX_NAMED})(models)", _sorted),
        "turn_gap_ms": Column(f"if(count() > 1, intDiv({_LAST_START} - {_FIRST}, count() - 1), NULL)", _ms_or_none),
        **_SUMS,
    },
    ids=("session_id",),
    sorts=_SORTS,
    terms=("session_id != ''",),
    is_grouped=True,
)

_USERS: Listing[UserListed] = Listing(
    table="traces",
    shape=UserListed,
    columns={
        "user_id": Column("user_id"),
        "first_seen": Column(_FIRST, show_time),
        "last_seen": Column(_LAST, show_time),
        "session_count": Column("uniqExactIf(session_id, session_id != '')"),
        **_SUMS,
    },
    ids=("user_id",),
    sorts=_SORTS,
    terms=("user_id != ''",),
    is_grouped=True,
)


def list_sessions(ask: Asker, filters: TraceFilters, sort: str, cursor: str | None, limit: int) -> Page[SessionListed]:
    """Return a page of sessions, summed over those of their traces that the filters leave."""
    conditions = trace_conditions(filters)
    return page_of(ask, _SESSIONS, conditions, bounds_of(filters), sort=sort, cursor=cursor, limit=limit)


def list_users(ask: Asker, filters: TraceFilters, sort: str, cursor: str | None, limit: int) -> Page[UserListed]:
    """Return a page of users, summed over those of their traces that the filters leave."""
    conditions = trace_conditions(filters)
    return page_of(ask, _USERS, conditions, bounds_of(filters), sort=sort, cursor=cursor, limit=limit)


def show_session(ask: Asker, session_id: str) -> SessionListed:
    """Return one session; raises NotFound."""
    page = list_sessions(ask, TraceFilters(sessions=(session_id,)), "-end_time", None, 1)
    if not page.items:
        raise NotFound(f"no session {session_id[:80]!r} in this project; it may not have arrived yet")
    return page.items[0]
