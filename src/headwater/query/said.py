"""Said: scores and comments on a trace and its spans, from the log events that carry them."""

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from headwater.query.ask import Asker, Row
from headwater.query.content import json_or
from headwater.query.times import show_time
from headwater.query.traced import Comment, Score

EVALUATION = "gen_ai.evaluation.result"
COMMENT = "headwater.comment"
JUDGEMENTS = (EVALUATION, COMMENT)
_MOST = 200

_SAID = (
    "SELECT name, toUnixTimestamp64Nano(time), attributes, body, scope, span_id, lower(hex(event_id))"
    " FROM headwater.log_events FINAL"
    " WHERE project = {project:String} AND trace_id = {trace_id:String} AND name IN {names:Array(String)}"
    " ORDER BY time, event_id LIMIT {most:UInt32}"
)


class Said(msgspec.Struct, frozen=True):
    """What was said, each kind in the order of time."""

    scores: tuple[Score, ...] = ()
    comments: tuple[Comment, ...] = ()


def said_of_trace(ask: Asker, trace_id: str) -> Said:
    """Return the first scores and comments of a trace and of its spans."""
    return said_in(ask.rows(_SAID, {"trace_id": trace_id, "names": list(JUDGEMENTS), "most": _MOST}))


def said_in(rows: Iterable[Row]) -> Said:
    """Read rows of name, time (Unix nanoseconds), attributes, body, scope, span id and event id in hex; those of other
    names are passed over."""
    listed = list(rows)
    return Said(
        scores=tuple([_score(row) for row in listed if row[0] == EVALUATION]),
        comments=tuple([_comment(row) for row in listed if row[0] == COMMENT]),
    )


def _score(row: Row) -> Score:
    _, time_ns, attributes, _, scope, span_id, event_id = row
    return score_of(attributes, time_ns, scope, span_id, event_id)


def score_of(attributes: Mapping[str, Any], time_ns: int, source: str, span_id: str, event_id: str = "") -> Score:
    """Read a score from the attributes of its event, whose values may be JSON."""
    author = str(attributes.get("headwater.author") or "")
    return Score(
        name=str(attributes.get("gen_ai.evaluation.name") or "score"),
        value=_number(attributes.get("gen_ai.evaluation.score.value")),
        label=str(attributes.get("gen_ai.evaluation.score.label") or ""),
        comment=str(attributes.get("gen_ai.evaluation.explanation") or ""),
        time=show_time(time_ns),
        source=author or source,
        span_id=span_id,
        author=author,
        id=event_id if author else "",
    )


def _comment(row: Row) -> Comment:
    _, time_ns, attributes, body, _, span_id, event_id = row
    told = json_or(body, body)
    return Comment(
        text=told if isinstance(told, str) else body,
        author=str(attributes.get("headwater.author") or ""),
        time=show_time(time_ns),
        span_id=span_id,
        id=event_id,
    )


def _number(value: Any) -> float | None:
    read = json_or(value, None) if isinstance(value, str) else value
    return float(read) if isinstance(read, int | float) else None
