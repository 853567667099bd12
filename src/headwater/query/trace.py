"""One trace: its totals and a window of its spans in tree order.

The order is made of a few narrow columns of all its spans; only the spans of the window are read whole, so a trace of
tens of thousands of spans opens as a small one does.
"""
# ruff: noqa: S608 - statements are put together of our own words only; what comes from outside is a parameter.

from collections.abc import Mapping, Sequence
from typing import Any

from headwater.errors import BadRequest, NotFound
from headwater.query.answers import SpanListed, TraceHealth, TraceListed, TraceShown
from headwater.query.ask import Asker, Column, Row, select_list, shaped
from headwater.query.found import COST, DURATION, START, TRACE_COLUMNS, TTFT
from headwater.query.lists import read_limit
from headwater.query.times import milliseconds
from headwater.query.tree import Place, Tree, Twig, grow

# Where in time the trace's spans lie. `trace_time` also remembers places that a span has left: never too narrow.
OF_TRACE = (
    "WITH (SELECT (min(min_start), max(max_start)) FROM headwater.trace_time"
    " WHERE project = {project:String} AND trace_id = {trace_id:String}) AS lies "
)
IN_TRACE = (
    "project = {project:String} AND trace_id = {trace_id:String} AND start_time >= lies.1 AND start_time <= lies.2"
)

_TWIG = "span_id, parent_span_id, toUnixTimestamp64Nano(start_time), toUnixTimestamp64Nano(end_time), folded_into != ''"
_TWIG_WIDTH = 5

_COLUMNS: Mapping[str, Column] = {
    "span_id": Column("span_id"),
    "parent_span_id": Column("parent_span_id"),
    "name": Column("name"),
    "kind": Column("kind"),
    "status": Column("status"),
    "error_type": Column("error_type"),
    "start_time": START,
    "duration_ms": DURATION,
    "model": Column("model"),
    "provider": Column("provider"),
    "tool_name": Column("tool_name"),
    "input_tokens": Column("input_tokens"),
    "output_tokens": Column("output_tokens"),
    "cost_usd": COST,
    "ttft_ms": TTFT,
    "folded_into": Column("folded_into"),
    "source": Column("source"),
    "input_preview": Column("input_preview"),
    "output_preview": Column("output_preview"),
}

_SMALL = 1_000
"""Up to this many spans are read whole at once."""


def show_trace(ask: Asker, trace_id: str, offset: int, limit: int, focus: str | None) -> TraceShown:
    """Return a window of a trace: from `offset`, or around the span `focus`.

    Raises NotFound for a trace or focus that is not there, BadRequest for bad bounds.
    """
    wanted = read_limit(limit)
    if offset < 0:
        raise BadRequest(f"offset: {offset!r} is negative; send 0 or more")
    totals, start_ns = _totals(ask, trace_id)
    rows: Sequence[Row] = ()
    if totals.span_count <= _SMALL:
        rows = _rows(ask, trace_id, f"{_TWIG}, {select_list(_COLUMNS)}", {})
        read = {str(row[0]): row[_TWIG_WIDTH:] for row in rows}
        tree = _tree(rows)
        begin = _begin(tree, offset, wanted, focus)
        shown = tree.places[begin : begin + wanted]
    else:
        tree = _tree(_rows(ask, trace_id, _TWIG, {}))
        begin = _begin(tree, offset, wanted, focus)
        shown = tree.places[begin : begin + wanted]
        ids = {"span_ids": [place.twig.span_id for place in shown]}
        rows = _rows(ask, trace_id, select_list(_COLUMNS), ids)
        read = {str(row[0]): row for row in rows}
    return TraceShown(
        trace=totals,
        spans=tuple(
            [_listed(place, read[place.twig.span_id], start_ns) for place in shown if place.twig.span_id in read]
        ),
        offset=begin,
        total_spans=len(tree.places),
        health=TraceHealth(
            orphans=tree.orphans, folded=tree.folded, clock_skewed=tree.clock_skewed, missing_root=tree.is_rootless
        ),
    )


def _totals(ask: Asker, trace_id: str) -> tuple[TraceListed, int]:
    """The newest totals, and the start in Unix nanoseconds. A trace whose start moved has left rows behind."""
    sql = (
        f"SELECT {select_list(TRACE_COLUMNS)}, toUnixTimestamp64Nano(start_time) FROM headwater.traces FINAL"
        " WHERE project = {project:String} AND trace_id = {trace_id:String} ORDER BY version DESC LIMIT 1"
    )
    rows = ask.rows(sql, {"trace_id": trace_id})
    if not rows:
        raise NotFound(f"no trace {trace_id[:80]!r} in this project; it may not have arrived yet")
    return shaped(TraceListed, TRACE_COLUMNS, rows[0]), int(rows[0][-1])


def _rows(ask: Asker, trace_id: str, columns: str, only: Mapping[str, Any]) -> Sequence[Row]:
    narrowed = " AND span_id IN {span_ids:Array(String)}" if only else ""
    sql = f"{OF_TRACE}SELECT {columns} FROM headwater.spans FINAL WHERE {IN_TRACE}{narrowed}"
    return ask.rows(sql, {"trace_id": trace_id, **only})


def _tree(rows: Sequence[Row]) -> Tree:
    return grow([Twig(row[0], row[1], row[2], row[3], bool(row[4])) for row in rows])


def _begin(tree: Tree, offset: int, limit: int, focus: str | None) -> int:
    """Where the window begins. Around a focus, windows lie as a reader who pages from the top would meet them."""
    if focus is None:
        return offset
    for index, place in enumerate(tree.places):
        if place.twig.span_id == focus:
            return index // limit * limit
    raise NotFound(f"no span {focus[:80]!r} in this trace; leave focus out to see it from the top")


def _listed(place: Place, row: Row, trace_start_ns: int) -> SpanListed:
    offset_ms = milliseconds(place.twig.start_ns - trace_start_ns)

    def listed(**fields: Any) -> SpanListed:
        return SpanListed(
            depth=place.depth, child_count=place.child_count, is_orphan=place.is_orphan, offset_ms=offset_ms, **fields
        )

    return shaped(listed, _COLUMNS, row)
