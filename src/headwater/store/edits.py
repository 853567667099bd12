"""Edits: what people did to traces, and the rows made to agree with it.

`edits` holds the last word on each tag, deletion and retraction, whatever order the words come in: the latest version
counts. The rows of spans and traces carry the outcome, so that whoever reads them needs no join. Both steps may be done
twice: the second time changes nothing.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from headwater.store.client import Client
from headwater.store.columns import SPANS, TRACES, Table
from headwater.store.migrations import DATABASE
from headwater.store.reading import NEWEST, bounds_of_traces

_IDS_AT_ONCE = 1000
_EPHEMERAL = {"cost_nanousd": "cost_usd"}


_TAGS = (
    "arrayConcat(arrayFilter(tag -> NOT has(edited.removed, tag), held.tags),"
    " arrayFilter(tag -> NOT has(held.tags, tag), edited.added))"
)
_EDITED = (
    "(SELECT trace_id, arraySort(groupArrayIf(value, is_on = 1)) AS added, groupArrayIf(value, is_on = 0) AS removed"
    f" FROM {DATABASE}.edits FINAL WHERE project = {{project:String}} AND trace_id IN {{ids:Array(String)}}"
    " AND what = 'tag' GROUP BY trace_id)"
)
_OF_TRACES = (
    "project = {project:String} AND trace_id IN {ids:Array(String)}"
    " AND start_time >= fromUnixTimestamp64Nano({first:Int64}, 'UTC')"
    " AND start_time <= fromUnixTimestamp64Nano({last:Int64}, 'UTC')"
)
_LOOK = (
    f"SELECT trace_id, what, value, is_on FROM {DATABASE}.edits FINAL"
    " WHERE project = {project:String} AND trace_id IN {ids:Array(String)}"
)
_MINUTES = (
    "SELECT DISTINCT toUnixTimestamp(toStartOfMinute(start_time)) * 1000000000"
    f" FROM {DATABASE}.spans WHERE {_OF_TRACES} AND kind = 'call'"
)


def projects_with_edits(client: Client) -> set[str]:
    """The projects in which somebody has done something."""
    return {str(row[0]) for row in client.rows(f"SELECT DISTINCT project FROM {DATABASE}.edits")}


def edits_of_traces(client: Client, project: str, trace_ids: Iterable[str]) -> list[tuple[str, str, str, bool]]:
    """The last words on these traces: trace id, what, value, whether it is on."""
    found: list[tuple[str, str, str, bool]] = []
    for ids in _batches(trace_ids, _IDS_AT_ONCE):
        rows = client.rows(_LOOK, {"project": project, "ids": ids})
        found += [(trace_id, what, value, bool(is_on)) for trace_id, what, value, is_on in rows]
    return found


def put_tags_right(client: Client, project: str, trace_ids: Sequence[str], settings: Mapping[str, Any]) -> None:
    """Write the rows of these traces again whose tags are not what the last words on them say."""
    for parameters in _portions(client, project, trace_ids):
        for table, tags in ((SPANS, _TAGS), (TRACES, f"arraySort({_TAGS})")):
            client.command(_rewriting(table, tags), parameters, {**NEWEST, **settings})


def call_minutes(client: Client, project: str, trace_ids: Sequence[str]) -> set[int]:
    """The minutes (Unix nanoseconds) in which calls of these traces begin, of all versions."""
    return {
        int(row[0]) for parameters in _portions(client, project, trace_ids) for row in client.rows(_MINUTES, parameters)
    }


def erase_traces(client: Client, project: str, trace_ids: Sequence[str]) -> None:
    """Take away every row of these traces; they are gone for whoever asks once this returns."""
    for parameters in _portions(client, project, trace_ids):
        for table in (TRACES.name, SPANS.name):
            client.command(f"DELETE FROM {DATABASE}.{table} WHERE {_OF_TRACES}", parameters)
    for ids in _batches(trace_ids, _IDS_AT_ONCE):
        for table in ("log_events", "trace_time"):
            client.command(
                f"DELETE FROM {DATABASE}.{table}"
                " WHERE project = {project:String} AND trace_id IN {ids:Array(String)}",
                {"project": project, "ids": ids},
            )


def erase_events(client: Client, project: str, trace_ids: Sequence[str], events: Sequence[str]) -> None:
    """Take away log events of these traces by their ids in hex."""
    for part in _batches(events, _IDS_AT_ONCE):
        client.command(
            f"DELETE FROM {DATABASE}.log_events WHERE project = {{project:String}}"
            " AND trace_id IN {ids:Array(String)} AND lower(hex(event_id)) IN {events:Array(String)}",
            {"project": project, "ids": list(trace_ids), "events": part},
        )


def _batches(items: Iterable[str], size: int) -> Iterable[list[str]]:
    listed = list(items)
    return (listed[start : start + size] for start in range(0, len(listed), size))


def _portions(client: Client, project: str, trace_ids: Sequence[str]) -> Iterable[dict[str, Any]]:
    """Parameters of statements over some of the traces that exist, with the bounds of their spans in time."""
    bounds = bounds_of_traces(client, project, trace_ids)
    for ids in _batches(sorted(bounds, key=lambda each: bounds[each]), _IDS_AT_ONCE):
        yield {
            "project": project,
            "ids": ids,
            "first": min(bounds[each][0] for each in ids),
            "last": max(bounds[each][1] for each in ids),
        }


def _rewriting(table: Table[Any], tags: str) -> str:
    """A statement that writes rows again with other tags, as later versions of themselves."""
    names = [_EPHEMERAL.get(column.field, column.name) for column in table.columns]
    values = {"tags": tags, "version": "held.version + 1"}
    return (
        f"INSERT INTO {DATABASE}.{table.name} ({', '.join(names)})"
        f" SELECT {', '.join(values.get(name, f'held.{name}') for name in names)}"
        f" FROM (SELECT * FROM {DATABASE}.{table.name} FINAL WHERE {_OF_TRACES}) AS held"
        f" INNER JOIN {_EDITED} AS edited ON held.trace_id = edited.trace_id"
        f" WHERE held.tags != {tags}"
    )
