"""Judged: what people, programs and other models said of traces: scores by their name, and the worst of them.

A score's event names its trace, its span, or only a session; it has a value, a label, or both. Filters are of the
judged traces, times are of the judgement. Two scores are held against each other by where each lies on the scale of its
name: from 0 to 1 where all its values do, else from the lowest to the highest one that was given.
"""
# ruff: noqa: S608 - statements are put together of our own words only; what comes from outside is a parameter.

from collections.abc import Mapping
from typing import Any

from headwater.errors import BadRequest
from headwater.query.ask import Asker, Row
from headwater.query.conditions import Conditions
from headwater.query.cursors import Cursor, read_cursor, write_cursor
from headwater.query.filters import TraceFilters
from headwater.query.found import bounds_of
from headwater.query.lists import read_limit
from headwater.query.said import EVALUATION
from headwater.query.scored import Judgement, Judgements, Label, ScoredBy, ScoresSummed, ScoreSummed
from headwater.query.steps import in_traces
from headwater.query.stretches import Stretch, stretch_of
from headwater.query.times import DAY_NS, show_time

BINS = 10
_MAX_NAMES = 100
_MAX_LABELS = 12
_LONGEST_COMMENT = 500
# A person may judge long after the trace.
_REACH_NS = 90 * DAY_NS

LIKED = (
    "like", "liked", "thumbs_up", "thumbs-up", "up", "good", "positive", "yes", "true", "pass", "passed", "correct",
)  # fmt: skip
DISLIKED = (
    "dislike", "disliked", "thumbs_down", "thumbs-down", "down", "bad", "negative", "no", "false", "fail", "failed",
    "incorrect", "wrong",
)  # fmt: skip
"""Labels, in lower case, that are likes and dislikes. So are 1 and what is below, where a name has no other values than
-1, 0 and 1."""


def _text(attribute: str) -> str:
    return f"attributes['{attribute}']"


_VALUE = _text("gen_ai.evaluation.score.value")
_GIVEN = (
    "SELECT trace_id, span_id, lower(hex(event_id)) AS id, time AS at, toUnixTimestamp64Nano(time) AS at_ns,"
    f" if({_text('gen_ai.evaluation.name')} = '', 'score', {_text('gen_ai.evaluation.name')}) AS score,"
    f" multiIf({_VALUE} = 'true', 1., {_VALUE} = 'false', 0., toFloat64OrNull({_VALUE})) AS read,"
    " if(isFinite(ifNull(read, 0)), read, NULL) AS value,"
    f" {_text('gen_ai.evaluation.score.label')} AS label,"
    f" substringUTF8({_text('gen_ai.evaluation.explanation')}, 1, {_LONGEST_COMMENT}) AS comment,"
    f" if({_text('headwater.author')} != '', {_text('headwater.author')}, toString(scope)) AS source,"
    f" {_text('session.id')} AS session_id FROM headwater.log_events FINAL"
    # An event's id is a hash of all of it, so what names it is the same in every version.
    " PREWHERE project = {project:String} AND name = {evaluation:String}"
    " WHERE time >= fromUnixTimestamp64Nano({low:Int64}, 'UTC') AND time < fromUnixTimestamp64Nano({high:Int64}, 'UTC')"
)
_SCALED = (
    "SELECT *, countIf(value NOT IN (-1, 0, 1)) OVER own = 0 AS is_thumb, min(value) OVER own AS lowest,"
    " max(value) OVER own AS highest, lowest >= 0 AND highest <= 1 AS is_share,"
    " toFloat64(if(is_share, 0, ifNull(lowest, 0))) AS scale_low,"
    " toFloat64(if(is_share, 1, ifNull(highest, 0))) AS scale_high,"
    " lower(label) IN {liked:Array(String)} OR (label = '' AND is_thumb AND value = 1) AS is_like,"
    " lower(label) IN {disliked:Array(String)} OR (label = '' AND is_thumb AND value < 1) AS is_dislike,"
    " if(scale_high > scale_low OR value IS NULL, (value - scale_low) / (scale_high - scale_low), 1) AS share,"
    " multiIf(is_dislike, 0., is_like, 1., ifNull(share, 0.5)) AS scaled"
    " FROM ({given}) WINDOW own AS (PARTITION BY score)"
)


_BIN = f"least({BINS - 1}, toInt32(floor(ifNull(share, 0) * {BINS})))"


def sum_scores(ask: Asker, filters: TraceFilters) -> ScoresSummed:
    """Return the scores of the traces that the filters leave, by their names; raises BadRequest."""
    stretch = stretch_of(ask, bounds_of(filters))
    sql, parameters = _scaled(filters, stretch, "")
    rows = ask.rows(
        "SELECT score, count() AS times, uniqExactIf(trace_id, trace_id != ''), avg(value), median(value), any(lowest),"
        f" any(highest), any(scale_low), any(scale_high), sumMapIf(map({_BIN}, 1), value IS NOT NULL),"
        " sumMapIf(map(label, 1), label != ''), countIf(is_like),"
        " countIf(is_dislike), max(at_ns), groupUniqArrayIf(20)(source, source != ''),"
        f" sumMap(map({stretch.bucket('at')}, 1)), sumMapIf(map({stretch.bucket('at')}, 1), value IS NOT NULL),"
        f" sumMapIf(map({stretch.bucket('at')}, ifNull(value, 0)), value IS NOT NULL)"
        f" FROM ({sql}) GROUP BY score ORDER BY times DESC, score LIMIT {_MAX_NAMES}",
        parameters,
    )
    return ScoresSummed(
        start=show_time(stretch.window.low),
        end=show_time(stretch.window.high),
        step_s=stretch.step_s,
        scores=tuple([_summed(row, stretch) for row in rows]),
    )


_SORTS = {"scaled": "toInt64(scaled * 1000000000)", "time": "at_ns"}


def list_judgements(
    ask: Asker, filters: TraceFilters, name: str, sort: str, cursor: str | None, limit: int
) -> Judgements:
    """Return a page of the scores of one name, of all with ""; raises BadRequest."""
    key = _SORTS.get(sort.removeprefix("-"))
    if key is None:
        allowed = ", ".join(_SORTS)
        raise BadRequest(f"sort: unknown order {sort[:80]!r}; use one of {allowed}, with - before it for descending")
    wanted = read_limit(limit)
    after = read_cursor(cursor, sort, 2) if cursor else None
    direction, comparison = ("DESC", "<") if sort.startswith("-") else ("ASC", ">")
    later = f"({key}, at_ns, id) {comparison} ({{after:Int64}}, {{after_ns:Int64}}, {{after_id:String}})"
    sql, parameters = _scaled(filters, stretch_of(ask, bounds_of(filters)), name)
    if after:
        parameters |= {"after": after.value, "after_ns": _whole(after.ids[0]), "after_id": after.ids[1]}
    rows = ask.rows(
        f"SELECT id, score, value, label, comment, at_ns, source, scaled, trace_id, span_id, session_id, {key} AS key"
        f" FROM ({sql}) WHERE {later if after else '1'}"
        f" ORDER BY key {direction}, at_ns {direction}, id {direction} LIMIT {{limit:UInt32}}",
        {**parameters, "limit": wanted + 1},
    )
    last = rows[wanted - 1] if len(rows) > wanted else None
    following = write_cursor(Cursor(sort, int(last[11]), (str(last[5]), str(last[0])))) if last else None
    return Judgements(items=tuple([_judgement(row) for row in rows[:wanted]]), next=following)


_FACETS: Mapping[str, str] = {
    "model": "SELECT trace_id, arrayJoin(models) AS value FROM headwater.traces FINAL",
    "environment": "SELECT trace_id, toString(environment) AS value FROM headwater.traces FINAL",
    "service": "SELECT trace_id, toString(service_name) AS value FROM headwater.traces FINAL",
    "agent": (
        "SELECT DISTINCT trace_id, toString(if(agent_name != '', agent_name, name)) AS value FROM headwater.spans FINAL"
    ),
    "prompt": "SELECT DISTINCT trace_id, metadata['prompt.name'] AS value FROM headwater.spans FINAL",
}
_ONLY: Mapping[str, str] = {"agent": " AND kind = 'agent'", "prompt": " AND has(mapKeys(metadata), 'prompt.name')"}
_MAX_VALUES = 200


def split_scores(ask: Asker, filters: TraceFilters, by: str) -> tuple[ScoredBy, ...]:
    """Return scores by name and by a facet of their traces: model, agent, prompt, environment or service.

    A score counts under each value that its trace has. Raises BadRequest.
    """
    if by not in _FACETS:
        raise BadRequest(f"by: scores are not split by {by[:40]!r}; use one of {', '.join(_FACETS)}")
    sql, parameters = _scaled(filters, stretch_of(ask, bounds_of(filters)), "")
    facet = (
        f"{_FACETS[by]} PREWHERE trace_id IN (SELECT trace_id FROM headwater.log_events PREWHERE"
        " project = {project:String} AND name = {evaluation:String}"
        " WHERE time >= fromUnixTimestamp64Nano({low:Int64}, 'UTC')) WHERE project = {project:String}"
        " AND start_time >= fromUnixTimestamp64Nano({low:Int64} - {day:Int64}, 'UTC')"
        f" AND start_time < fromUnixTimestamp64Nano({{high:Int64}}, 'UTC'){_ONLY.get(by, '')}"
    )
    rows = ask.rows(
        "SELECT score, f.value, count() AS times, avg(g.value), countIf(is_like), countIf(is_dislike)"
        f" FROM ({sql}) AS g INNER JOIN ({facet}) AS f ON g.trace_id = f.trace_id WHERE f.value != ''"
        f" GROUP BY score, f.value ORDER BY score, times DESC, f.value LIMIT {_MAX_VALUES}",
        {**parameters, "day": DAY_NS},
    )
    return tuple(
        [
            ScoredBy(
                name=str(row[0]),
                value=str(row[1]),
                count=int(row[2]),
                mean=_number(row[3]),
                likes=int(row[4]),
                dislikes=int(row[5]),
            )
            for row in rows
        ]
    )


def _scaled(filters: TraceFilters, stretch: Stretch, name: str) -> tuple[str, dict[str, Any]]:
    """The scores in question, each with its scale, and the parameters of that SQL."""
    conditions: Conditions = in_traces(filters, _REACH_NS)
    given = conditions.sql(_GIVEN) + (" AND score = {score:String}" if name else "")
    parameters: dict[str, Any] = {
        **conditions.parameters,
        "low": stretch.window.low,
        "high": stretch.window.high,
        "evaluation": EVALUATION,
        "liked": list(LIKED),
        "disliked": list(DISLIKED),
        "score": name,
    }
    return _SCALED.replace("{given}", given), parameters


def _summed(row: Row, stretch: Stretch) -> ScoreSummed:
    bins, labels = dict(row[9]), sorted(dict(row[10]).items(), key=lambda each: (-each[1], each[0]))
    trend, valued, sums = dict(row[15]), dict(row[16]), dict(row[17])
    means = [float(sums[at]) / int(valued[at]) if valued.get(at) else None for at in stretch.times]
    return ScoreSummed(
        name=str(row[0]),
        count=int(row[1]),
        traces=int(row[2]),
        mean=_number(row[3]),
        median=_number(row[4]),
        lowest=_number(row[5]),
        highest=_number(row[6]),
        scale_low=float(row[7]),
        scale_high=float(row[8]),
        histogram=tuple([int(bins.get(at, 0)) for at in range(BINS)]) if bins else (),
        labels=tuple([Label(label=str(label), count=int(count)) for label, count in labels[:_MAX_LABELS]]),
        likes=int(row[11]),
        dislikes=int(row[12]),
        last_time=show_time(int(row[13])),
        sources=tuple(sorted(str(each) for each in row[14])),
        trend=tuple([int(trend.get(at, 0)) for at in stretch.times]),
        mean_trend=tuple(means),
    )


def _judgement(row: Row) -> Judgement:
    return Judgement(
        id=str(row[0]),
        name=str(row[1]),
        value=_number(row[2]),
        label=str(row[3]),
        comment=str(row[4]),
        time=show_time(int(row[5])),
        source=str(row[6]),
        scaled=float(row[7]),
        trace_id=str(row[8]),
        span_id=str(row[9]),
        session_id=str(row[10]),
    )


def _number(value: Any) -> float | None:
    """A mean of nothing is not a number."""
    return None if value is None or value != value else float(value)


def _whole(text: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise BadRequest(f"cursor: cannot read {text[:40]!r}; send the next of an earlier page, or none")
    return int(text)
