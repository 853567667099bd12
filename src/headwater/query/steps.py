"""Steps: the spans of one kind in the traces that filters leave, and how reports over them are put in order.

Filters are of traces, because a tool's span rarely says which model, user or session it worked for; its trace does.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

import msgspec

from headwater.errors import BadRequest
from headwater.query.conditions import Conditions, trace_conditions
from headwater.query.filters import TraceFilters
from headwater.query.times import DAY_NS

Item = TypeVar("Item")
Orders = Mapping[str, Callable[[Any], Any]]
"""Orders by their names, each with the key that it sorts by."""

# A trace rarely lasts for more than a day, so that a step of it lies no further from its start.
_OF_TRACES = (
    "trace_id IN (SELECT trace_id FROM headwater.traces FINAL WHERE project = {{project:String}}"
    " AND start_time >= fromUnixTimestamp64Nano({{low:Int64}} - {{trace_ns:Int64}}, 'UTC')"
    " AND start_time < fromUnixTimestamp64Nano({{high:Int64}}, 'UTC') AND {0})"
)


def in_traces(filters: TraceFilters, reach_ns: int = DAY_NS) -> Conditions:
    """Return what a row must fulfil to be of one of the traces; nothing where all are meant.

    `reach_ns` is how long before the window a trace may have begun, in nanoseconds. Raises BadRequest.
    """
    conditions = trace_conditions(filters)
    if not conditions.terms:
        return Conditions()
    parameters = {**conditions.parameters, "trace_ns": reach_ns}
    return msgspec.structs.replace(conditions, terms=(_OF_TRACES.format(conditions.sql()),), parameters=parameters)


def named(column: str, wanted: tuple[str, ...], parameter: str) -> Conditions:
    """Return that a column's value is among some; nothing where none is named."""
    if not wanted:
        return Conditions()
    return Conditions((f"{column} IN {{{parameter}:Array(String)}}",), {parameter: list(wanted)})


def joined(*all_of: Conditions) -> Conditions:
    """Return all of these conditions as one."""
    parameters: dict[str, Any] = {}
    for each in all_of:
        parameters |= each.parameters
    return Conditions(tuple(term for each in all_of for term in each.terms), parameters)


def ordered(items: Iterable[Item], orders: Orders, sort: str) -> tuple[Item, ...]:
    """Put items in an order, `-` before its name for descending; what it leaves equal stays. Raises BadRequest."""
    key = orders.get(sort.removeprefix("-"))
    if key is None:
        allowed = ", ".join(orders)
        raise BadRequest(f"sort: unknown order {sort[:80]!r}; use one of {allowed}, with - before it for descending")
    return tuple(sorted(items, key=key, reverse=sort.startswith("-")))


def known(value: float | None) -> float:
    """Return a number to sort by: what nobody knows stands below all that is known."""
    return float("-inf") if value is None else value
