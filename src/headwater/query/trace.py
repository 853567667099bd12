"""One trace: its totals and a window of its spans in tree order.

The order is made of a few narrow columns of all its spans; only the spans of the window are read whole, so a trace of
tens of thousands of spans opens as a small one does. The order of a long trace is kept for a while under the version of
its totals: spans are stored before totals are, so it is never older than they.
"""
# ruff: noqa: S608 - statements are put together of our own words only; what comes from outside is a parameter.

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from headwater.errors import BadRequest, NotFound
from headwater.query.answers import TraceListed
from headwater.query.ask import Asker, Column, Row, select_list, shaped
from headwater.query.found import COST, DURATION, START, TRACE_COLUMNS, TTFT
from headwater.query.lists import read_limit
from headwater.query.outline import Grown, outline_of, survey
from headwater.query.said import said_of_trace
from headwater.query.times import milliseconds
from headwater.query.timing import own_time_ns
from headwater.query.traced import SpanListed, TraceOutline, TraceShown
from headwater.query.tree import Place, Tree, Twig, grow

# Where in time the trace's spans lie. `trace_time` also remembers places that a span has left: never too narrow.
OF_TRACE = (
    "WITH (SELECT (min(min_start), max(max_start)) FROM headwater.trace_time"
    " WHERE project = {project:String} AND trace_id = {trace_id:String}) AS lies "
)
IN_TRACE = (
    "project = {project:String} AND trace_id = {trace_id:String} AND start_time >= lies.1 AND start_time <= lies.2"
)

_TWIG = (
    "span_id, parent_span_id, toUnixTimestamp64Nano(start_time), toUnixTimestamp64Nano(end_time), folded_into != '',"
    " status = 'error', hasAny(finish_reasons, ['length', 'max_tokens']), kind"
)
_TWIG_WIDTH = 8
_NAMED = "span_id, name, kind, error_type, status_message"

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


def show_trace(
    ask: Asker, trace_id: str, offset: int, limit: int, focus: str | None, is_outlined: bool = True
) -> TraceShown:
    """Return a window of a trace: from `offset`, or around the span `focus`; its outline only where it is wanted.

    Raises NotFound for a trace or focus that is not there, BadRequest for bad bounds.
    """
    wanted = read_limit(limit)
    if offset < 0:
        raise BadRequest(f"offset: {offset!r} is negative; send 0 or more")
    totals, start_ns, version = _totals(ask, trace_id)
    read: Mapping[str, Row] | None = None
    if totals.span_count <= _SMALL:
        rows = _rows(ask, trace_id, f"{_TWIG}, {select_list(_COLUMNS)}", {})
        read = {str(row[0]): row[_TWIG_WIDTH:] for row in rows}
        grown = survey(_tree(rows))
    else:
        grown = ask.kept((trace_id, version), lambda: survey(_tree(_rows(ask, trace_id, _TWIG, {}))))
    tree = grown.tree
    begin = _begin(tree, offset, wanted, focus)
    shown = tree.places[begin : begin + wanted]
    read = read if read is not None else _wide(ask, trace_id, shown)
    return TraceShown(
        trace=totals,
        spans=tuple(
            [_listed(place, read[place.twig.span_id], start_ns, grown) for place in shown if place.twig.span_id in read]
        ),
        offset=begin,
        total_spans=len(tree.places),
        health=grown.health,
        outline=_outlined(ask, trace_id, grown) if is_outlined else None,
    )


def _wide(ask: Asker, trace_id: str, shown: Sequence[Place]) -> Mapping[str, Row]:
    ids = {"span_ids": [place.twig.span_id for place in shown]}
    return {str(row[0]): row for row in _rows(ask, trace_id, select_list(_COLUMNS), ids)}


def _outlined(ask: Asker, trace_id: str, grown: Grown) -> TraceOutline:
    ids = grown.named_ids
    with ThreadPoolExecutor(1) as pool:
        saying = pool.submit(said_of_trace, ask, trace_id)
        named = _rows(ask, trace_id, _NAMED, {"span_ids": ids}) if ids else ()
        return outline_of(grown, {str(row[0]): row for row in named}, saying.result())


def _totals(ask: Asker, trace_id: str) -> tuple[TraceListed, int, int]:
    """The newest totals, the start in Unix nanoseconds, the version. A trace whose start moved has left rows behind."""
    sql = (
        f"SELECT {select_list(TRACE_COLUMNS)}, toUnixTimestamp64Nano(start_time), version FROM headwater.traces FINAL"
        " WHERE project = {project:String} AND trace_id = {trace_id:String} ORDER BY version DESC LIMIT 1"
    )
    rows = ask.rows(sql, {"trace_id": trace_id})
    if not rows:
        raise NotFound(f"no trace {trace_id[:80]!r} in this project; it may not have arrived yet")
    return shaped(TraceListed, TRACE_COLUMNS, rows[0]), int(rows[0][-2]), int(rows[0][-1])


def _rows(ask: Asker, trace_id: str, columns: str, only: Mapping[str, Any]) -> Sequence[Row]:
    narrowed = " AND span_id IN {span_ids:Array(String)}" if only else ""
    sql = f"{OF_TRACE}SELECT {columns} FROM headwater.spans FINAL WHERE {IN_TRACE}{narrowed}"
    return ask.rows(sql, {"trace_id": trace_id, **only})


def _tree(rows: Sequence[Row]) -> Tree:
    return grow(
        [Twig(row[0], row[1], row[2], row[3], bool(row[4]), bool(row[5]), bool(row[6]), row[7]) for row in rows]
    )


def _begin(tree: Tree, offset: int, limit: int, focus: str | None) -> int:
    """Where the window begins. Around a focus, windows lie as a reader who pages from the top would meet them."""
    if focus is None:
        return offset
    for index, place in enumerate(tree.places):
        if place.twig.span_id == focus:
            return index // limit * limit
    raise NotFound(f"no span {focus[:80]!r} in this trace; leave focus out to see it from the top")


def _listed(place: Place, row: Row, trace_start_ns: int, grown: Grown) -> SpanListed:
    twig = place.twig
    own_ns = grown.critical.get(twig.span_id)

    def listed(**fields: Any) -> SpanListed:
        return SpanListed(
            depth=place.depth,
            child_count=place.child_count,
            is_orphan=place.is_orphan,
            offset_ms=milliseconds(twig.start_ns - trace_start_ns),
            self_ms=milliseconds(own_time_ns(twig, grown.tree.below(twig.span_id))),
            critical_ms=None if own_ns is None else milliseconds(own_ns),
            **fields,
        )

    return shaped(listed, _COLUMNS, row)
