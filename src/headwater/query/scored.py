"""Scored: the answers about scores, encoded as they are by the JSON API. Times are RFC 3339, unknown numbers None."""

from headwater.query.answers import Answer


class Label(Answer, frozen=True, kw_only=True):
    """A label and how often it was given."""

    label: str
    count: int


class ScoreSummed(Answer, frozen=True, kw_only=True):
    """The scores of one name. `mean` to `highest` are of those with a value, None where there is none.

    `histogram` counts values in bins of equal width from `scale_low` to `scale_high`; `labels` has the most
    frequent. `trend` counts by bucket from the answer's `start` on, `mean_trend` has the mean of each.
    """

    name: str
    count: int
    traces: int
    mean: float | None
    median: float | None
    lowest: float | None
    highest: float | None
    scale_low: float
    scale_high: float
    histogram: tuple[int, ...]
    labels: tuple[Label, ...]
    likes: int
    dislikes: int
    last_time: str
    sources: tuple[str, ...]
    trend: tuple[int, ...]
    mean_trend: tuple[float | None, ...]


class ScoresSummed(Answer, frozen=True, kw_only=True):
    """The scores of a stretch of time by their names, most frequent first, in buckets of `step_s` seconds."""

    start: str
    end: str
    step_s: int
    scores: tuple[ScoreSummed, ...]


class Judgement(Answer, frozen=True, kw_only=True):
    """One score that was given. `scaled` says where it lies on the scale of its name, from 0 (worst) to 1.

    `trace_id` is "" where it judges a session, `span_id` where it judges a whole trace. `comment` is cut.
    """

    id: str
    name: str
    value: float | None
    label: str
    comment: str
    time: str
    source: str
    scaled: float
    trace_id: str
    span_id: str
    session_id: str


class Judgements(Answer, frozen=True, kw_only=True):
    """A page of scores. `next` is the cursor of the page after, None on the last."""

    items: tuple[Judgement, ...]
    next: str | None = None


class ScoredBy(Answer, frozen=True, kw_only=True):
    """The scores of one name whose traces have a value of a facet in common."""

    name: str
    value: str
    count: int
    mean: float | None
    likes: int
    dislikes: int
