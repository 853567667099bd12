"""Shown: the questions that Pulse's server answers, asked of the views of one project.

Each runs as the user's own SQL does: it sees that project only, and has the same bounds on time and size. Lists are
found by narrow columns first; content is fetched for the page alone.
"""
# ruff: noqa: S608 - statements are made of our own words, of numbers, and of texts in hexadecimal.

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from headwater.compat.desk import Asked
from headwater.compat.pulse_sdk.shapes import bodies_shown, span_shown, trace_shown
from headwater.compat.pulse_sdk.told import known_span_id, known_trace_id
from headwater.compat.pulse_sdk.wanted import KIND, Wanted, literal, wanted_spans, wanted_traces
from headwater.errors import NotFound
from headwater.query import Questions

Row = dict[str, Any]

# Spans of one trace or session that are shown at once.
_MOST = 1000
_WHOLE = "folded_into = ''"
COST = "ifNull(toFloat64(cost_usd), reported_cost_usd)"

_TRACE: Mapping[str, str] = {
    "trace_id": "trace_id",
    "session_id": "session_id",
    "start_ms": "toUnixTimestamp64Milli(start_time)",
    "start_ns": "toUnixTimestamp64Nano(start_time)",
    "end_ns": "toUnixTimestamp64Nano(end_time)",
    "duration_ms": "duration_ms",
    "service_name": "service_name",
    "span_count": "span_count",
    "error_count": "error_count",
}
# Of a trace's calls; where none tells a number, nobody knows it.
_SUMS: Mapping[str, str] = {
    "input_tokens": "sum(input_tokens)",
    "output_tokens": "sum(output_tokens)",
    "any_cost_usd": f"sum({COST})",
}
_NO_SUMS = dict.fromkeys(_SUMS)
_SPAN: Mapping[str, str] = {
    "trace_id": "trace_id",
    "span_id": "span_id",
    "parent_span_id": "parent_span_id",
    "session_id": "session_id",
    "name": "name",
    "kind": "kind",
    "shown_kind": KIND,
    "start_ms": "toUnixTimestamp64Milli(start_time)",
    "start_ns": "toUnixTimestamp64Nano(start_time)",
    "end_ns": "toUnixTimestamp64Nano(start_time)",
    "duration_ms": "duration_ms",
    "status": "status",
    "status_message": "status_message",
    "error_type": "error_type",
    "service_name": "service_name",
    "tool_name": "tool_name",
    "agent_name": "agent_name",
    "provider": "provider",
    "request_model": "request_model",
    "model": "model",
    "input_tokens": "input_tokens",
    "output_tokens": "output_tokens",
    "metadata": "metadata",
    "attributes": "attributes",
    "input": "input",
    "output": "output",
}
# What only calls have.
_CALL: Mapping[str, str] = {
    "trace_id": "trace_id",
    "span_id": "span_id",
    "response_id": "response_id",
    "finish_reasons": "finish_reasons",
    "parameters": "parameters",
    "any_cost_usd": COST,
}


def traces(questions: Questions, asked: Asked) -> dict[str, Any]:
    """A page of traces, the newest first. Raises Misasked."""
    wanted = wanted_traces(asked.query)
    page = _page(questions, "traces", wanted, _TRACE)
    return {"traces": _traces(questions, page), **_extent(questions, "traces", wanted)}


def trace(questions: Questions, asked: Asked) -> dict[str, Any]:
    """One trace with its bodies and its spans, a thousand of them at most. Raises NotFound."""
    found = rows(questions, _TRACE, "traces", f"WHERE trace_id = {literal(known_trace_id(asked.places[0]))} LIMIT 1")
    if not found:
        raise NotFound("Trace not found")
    told = _spans(questions, f"{_of_traces(found)} AND {_WHOLE} ORDER BY start_time, span_id LIMIT {_MOST}")
    first = next((span for span in told if span["kind"] == "call"), None)
    whole = questions.span(first["trace_id"], first["span_id"]) if first is not None else None
    (shown,) = _traces(questions, found)
    return {**shown, **bodies_shown(whole), "spans": [span_shown(span) for span in told]}


def spans(questions: Questions, asked: Asked) -> dict[str, Any]:
    """A page of spans, the newest first. Raises Misasked."""
    wanted = wanted_spans(asked.query)
    wanted = wanted._replace(terms=(*wanted.terms, _WHOLE))
    page = _page(questions, "spans", wanted, _KEYS)
    found = {(span["trace_id"], span["span_id"]): span for span in _spans(questions, _of_spans(page))} if page else {}
    shown = [span_shown(found[key]) for row in page if (key := (row["trace_id"], row["span_id"])) in found]
    return {"spans": shown, **_extent(questions, "spans", wanted)}


def span(questions: Questions, asked: Asked) -> dict[str, Any]:
    """One span. Raises NotFound."""
    found = _spans(questions, f"span_id = {literal(known_span_id(asked.places[0]))} LIMIT 1")
    if not found:
        raise NotFound("Span not found")
    return span_shown(found[0])


def session(questions: Questions, asked: Asked) -> dict[str, Any]:
    """The traces of a session, the oldest first, a thousand at most. Raises NotFound."""
    tail = f"WHERE session_id = {literal(asked.places[0])} ORDER BY start_time, trace_id LIMIT {_MOST}"
    found = rows(questions, _TRACE, "traces", tail)
    if not found:
        raise NotFound("Session not found")
    return {"sessionId": asked.places[0], "traces": _traces(questions, found)}


def session_spans(questions: Questions, asked: Asked) -> dict[str, Any]:
    """The spans of a session, the oldest first, a thousand at most. Raises NotFound."""
    tail = f"session_id = {literal(asked.places[0])} AND {_WHOLE} ORDER BY start_time, span_id LIMIT {_MOST}"
    found = _spans(questions, tail)
    if not found:
        raise NotFound("Session not found")
    return {"sessionId": asked.places[0], "spans": [span_shown(each) for each in found]}


def rows(questions: Questions, columns: Mapping[str, str], view: str, tail: str) -> list[Row]:
    """Rows of a view by the names of `columns`, whose values are SQL."""
    answer = questions.sql(f"SELECT {', '.join(columns.values())} FROM {view} {tail}")
    return [dict(zip(columns, row, strict=True)) for row in answer.rows]


_KEYS: Mapping[str, str] = {
    "trace_id": "trace_id",
    "span_id": "span_id",
    "start_ns": "toUnixTimestamp64Nano(start_time)",
    "end_ns": "toUnixTimestamp64Nano(start_time)",
}


def _page(questions: Questions, view: str, wanted: Wanted, columns: Mapping[str, str]) -> list[Row]:
    order = "start_time DESC, trace_id DESC" + (", span_id DESC" if view == "spans" else "")
    return rows(
        questions, columns, view, f"{wanted.where} ORDER BY {order} LIMIT {wanted.limit} OFFSET {wanted.offset}"
    )


def _extent(questions: Questions, view: str, wanted: Wanted) -> dict[str, int]:
    (counted,) = rows(questions, {"total": "count()"}, view, wanted.where)
    return {"total": int(counted["total"]), "limit": wanted.limit, "offset": wanted.offset}


def _traces(questions: Questions, page: Sequence[Row]) -> list[dict[str, Any]]:
    """Traces of a page, with what their first calls and all their tools tell."""
    if not page:
        return []
    within = f"{_of_traces(page)} AND {_WHOLE}"
    firsts = _spans(questions, f"{within} ORDER BY kind = 'call' DESC, start_time, span_id LIMIT 1 BY trace_id")
    first = {span["trace_id"]: span for span in firsts}
    tool = "if(attributes['pulse.tool.id'] != '', attributes['pulse.tool.id'], span_id)"
    counted = {"trace_id": "trace_id", "tools": f"uniqExactIf({tool}, kind = 'tool')"}
    tools = {row["trace_id"]: int(row["tools"]) for row in _grouped(questions, counted, "spans", within)}
    columns = {"trace_id": "trace_id", **_SUMS}
    sums = {row["trace_id"]: row for row in _grouped(questions, columns, "calls", _of_traces(page))}
    return [
        trace_shown({**row, **sums.get(key, _NO_SUMS)}, first.get(key, {}), tools.get(key, 0))
        for row in page
        if (key := row["trace_id"])
    ]


def _grouped(questions: Questions, columns: Mapping[str, str], view: str, where: str) -> list[Row]:
    return rows(questions, columns, view, f"WHERE {where} GROUP BY trace_id")


def _spans(questions: Questions, tail: str) -> list[Row]:
    """Spans with all that their calls know."""
    found = rows(questions, _SPAN, "spans", f"WHERE {tail}")
    calls = [row for row in found if row["kind"] == "call"]
    if not calls:
        return found
    ids = ", ".join(sorted({f"({literal(row['trace_id'])}, {literal(row['span_id'])})" for row in calls}))
    more = rows(questions, _CALL, "calls", f"WHERE {_between(calls)} AND (trace_id, span_id) IN ({ids})")
    by_id = {(row["trace_id"], row["span_id"]): row for row in more}
    return [{**row, **by_id.get((row["trace_id"], row["span_id"]), {})} for row in found]


def _of_traces(page: Sequence[Row]) -> str:
    ids = ", ".join(literal(row["trace_id"]) for row in page)
    return f"{_between(page)} AND trace_id IN ({ids})"


def _of_spans(page: Sequence[Row]) -> str:
    ids = ", ".join(f"({literal(row['trace_id'])}, {literal(row['span_id'])})" for row in page)
    return f"{_between(page)} AND (trace_id, span_id) IN ({ids})"


def _between(found: Iterable[Row]) -> str:
    """The time in which these lie, so that little is looked through."""
    low = min(int(row["start_ns"]) for row in found)
    high = max(int(row["end_ns"]) for row in found)
    return (
        f"start_time >= fromUnixTimestamp64Nano(toInt64({low})) AND"
        f" start_time <= fromUnixTimestamp64Nano(toInt64({high}))"
    )
