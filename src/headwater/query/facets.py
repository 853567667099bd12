"""Facets: the values that a filter menu offers, from dictionaries that are kept by day, never from the spans."""
# ruff: noqa: S608 - statements are put together of our own words only; what comes from outside is a parameter.

from collections.abc import Mapping
from typing import Any

from headwater.errors import BadRequest
from headwater.query.answers import FacetValue
from headwater.query.ask import Asker
from headwater.query.lists import read_limit
from headwater.query.times import Time, read_time, show_time
from headwater.query.windows import FIRST_NS, LAST_NS

FACETS: Mapping[str, str] = {
    "model": "model",
    "provider": "provider",
    "environment": "environment",
    "user": "user_id",
    "session": "session_id",
    "tag": "tag",
    "service": "service_name",
    "source": "source",
    "kind": "kind",
    "status": "status",
    "error_type": "error_type",
    "name": "name",
    "operation": "operation",
    "tool": "tool_name",
    "agent": "agent_name",
    "release": "release",
    "metadata_key": "metadata_key",
}
"""The facets by the names that users know, and what the store calls them."""


def read_facet(facet: str, allowed: Mapping[str, str], field: str) -> str:
    """Return what the store calls a facet; raises BadRequest that names the field and what is allowed."""
    if facet not in allowed:
        raise BadRequest(f"{field}: unknown facet {facet[:80]!r}; use one of {', '.join(allowed)}")
    return allowed[facet]


_MANY = frozenset({"user_id", "session_id"})
"""Facets with so many values that a menu shows the newest ones."""

_SINCE = (
    "project = {project:String} AND facet = {facet:String}"
    " AND day >= toDate(fromUnixTimestamp64Nano({start:Int64}, 'UTC'))"
)
_CONTAINS = " AND positionCaseInsensitive(value, {contains:String}) > 0"
_COUNT = (
    "SELECT value, uniqHLL12Merge(traces), toUnixTimestamp64Nano(max(last_seen)) FROM headwater.facets WHERE " + _SINCE
)

# How many of the newest days are looked through for enough values, one after the other; at last all of them.
_DAYS = (1, 8, 64, 100_000)


def list_values(ask: Asker, facet: str, contains: str | None, start: Time | None, limit: int) -> tuple[FacetValue, ...]:
    """Return the values seen since the day of `start` (UTC): those of most traces first, users and sessions by newest.

    `contains` looks for a part of the value without regard to the case of ASCII letters.
    """
    parameters: dict[str, Any] = {
        "facet": read_facet(facet, FACETS, "facet"),
        "contains": contains or "",
        "start": min(max(read_time(start, "start") or 0, FIRST_NS), LAST_NS),
        "limit": read_limit(limit),
    }
    matching = _CONTAINS if contains else ""
    if parameters["facet"] in _MANY:
        parameters["values"] = _newest(ask, matching, parameters)
        tail = " AND value IN {values:Array(String)} GROUP BY value ORDER BY max(last_seen) DESC, value"
    else:
        tail = f"{matching} GROUP BY value ORDER BY uniqHLL12Merge(traces) DESC, value LIMIT {{limit:UInt32}}"
    return tuple(
        [
            FacetValue(value=value, traces=traces, last_seen=show_time(last_seen))
            for value, traces, last_seen in ask.rows(_COUNT + tail, parameters)
        ]
    )


def _newest(ask: Asker, matching: str, parameters: Mapping[str, Any]) -> list[str]:
    """The values seen last. A day's rows tell when each was seen on that day, so the newest days hold the newest."""
    days = f"SELECT toInt32(max(day)) FROM headwater.facets WHERE {_SINCE}"
    sql = (
        f"SELECT value FROM headwater.facets WHERE {_SINCE} AND toInt32(day) > ({days}) - {{days:Int32}}{matching}"
        " GROUP BY value ORDER BY max(last_seen) DESC, value LIMIT {limit:UInt32}"
    )
    found: list[str] = []
    for count in _DAYS:
        found = [str(row[0]) for row in ask.rows(sql, {**parameters, "days": count})]
        if len(found) >= parameters["limit"]:
            break
    return found
