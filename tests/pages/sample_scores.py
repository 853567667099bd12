"""Sample answers to what the page of scores asks, from the scores of spans in memory."""

from collections.abc import Iterable, Sequence

from headwater.errors import BadRequest
from headwater.query import (
    BINS,
    Judgement,
    Judgements,
    Label,
    Score,
    ScoredBy,
    ScoresSummed,
    ScoreSummed,
    SpanShown,
    show_time,
)

_STEP_S = 86_400


def scores_of(spans: Sequence[SpanShown], now_ns: int) -> ScoresSummed:
    """Sums by name; the trend has two buckets."""
    given = list(_given(spans))
    names = dict.fromkeys(score.name for _, score in given)
    return ScoresSummed(
        start=show_time(now_ns - 2 * _STEP_S * 10**9),
        end=show_time(now_ns),
        step_s=_STEP_S,
        scores=tuple(_summed(name, [score for _, score in given if score.name == name]) for name in names),
    )


def judgements_of(spans: Sequence[SpanShown], name: str, sort: str) -> Judgements:
    """All scores, or those of one name."""
    if sort.removeprefix("-") not in ("scaled", "time"):
        raise BadRequest(f"sort: unknown order {sort!r}; use one of scaled, time")
    found = [
        Judgement(
            id=f"{at:032x}",
            name=score.name,
            value=score.value,
            label=score.label,
            comment=score.comment,
            time=score.time,
            source=score.source,
            scaled=_scaled(score),
            trace_id=span.trace_id,
            span_id=score.span_id,
            session_id=span.session_id,
        )
        for at, (span, score) in enumerate(_given(spans))
        if name in ("", score.name)
    ]
    found.sort(key=lambda each: each.scaled, reverse=sort.startswith("-"))
    return Judgements(items=tuple(found))


def scores_by_of(spans: Sequence[SpanShown], by: str) -> tuple[ScoredBy, ...]:
    """Every name once, under one value."""
    if by not in ("model", "agent", "prompt", "environment", "service"):
        raise BadRequest(f"by: scores are not split by {by!r}")
    names = dict.fromkeys(score.name for _, score in _given(spans))
    return tuple(ScoredBy(name=name, value="gpt-5", count=1, mean=0.5, likes=1, dislikes=0) for name in names)


def _given(spans: Iterable[SpanShown]) -> Iterable[tuple[SpanShown, Score]]:
    return ((span, score) for span in spans for score in span.scores)


def _scaled(score: Score) -> float:
    return 0.5 if score.value is None else min(1.0, max(0.0, score.value))


def _summed(name: str, own: Sequence[Score]) -> ScoreSummed:
    values = sorted(score.value for score in own if score.value is not None)
    labels = [score.label for score in own if score.label]
    bins = [min(BINS - 1, int(value * BINS)) for value in values]
    return ScoreSummed(
        name=name,
        count=len(own),
        traces=len(own),
        mean=sum(values) / len(values) if values else None,
        median=values[len(values) // 2] if values else None,
        lowest=values[0] if values else None,
        highest=values[-1] if values else None,
        scale_low=0.0,
        scale_high=1.0,
        histogram=tuple(bins.count(at) for at in range(BINS)) if values else (),
        labels=tuple(Label(label=label, count=labels.count(label)) for label in dict.fromkeys(labels)),
        likes=0,
        dislikes=0,
        last_time=own[-1].time,
        sources=tuple(dict.fromkeys(score.source for score in own)),
        trend=(0, len(own)),
        mean_trend=(None, sum(values) / len(values) if values else None),
    )
