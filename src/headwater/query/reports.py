"""Reports: the answers of the overview and of the models page, encoded as they are by the JSON API.

What holds for `answers` holds here: times are RFC 3339, durations milliseconds, costs US dollars, `None` is unknown.
"""

from headwater.query.answers import Answer, Measured, TimeSeries


class Sums(Measured, frozen=True, kw_only=True):
    """The sums of a period, over folded calls. `start` and `end` are None where it is not bounded."""

    start: str | None
    end: str | None


class Overview(Answer, frozen=True, kw_only=True):
    """A period, the period of the same length before it, and the chart of the first.

    `before` is None where the period has no beginning, or its beginning is the beginning of time.
    """

    now: Sums
    before: Sums | None
    chart: TimeSeries


class Mover(Answer, frozen=True, kw_only=True):
    """Whose number changed between two periods. `by` is model, user or session; `measure` says what changed.

    Measures: cost_usd; errors; p95_ms, of calls for a model, of traces for a user or a session. `calls` and
    `calls_before` are how many calls each number is of.
    """

    by: str
    value: str
    measure: str
    now: float
    before: float
    calls: int
    calls_before: int


class Movers(Answer, frozen=True, kw_only=True):
    """What changed most: of each measure the largest changes, largest first; nothing where no period is before."""

    start: str | None
    end: str | None
    before_start: str | None
    items: tuple[Mover, ...]


class ModelUsed(Answer, frozen=True, kw_only=True):
    """What was asked of a model at a provider, or of all models of a provider (`model` is "" then).

    Shares are from 0 to 1: `cost_share` of the cost of everything listed, `cached_share` of the input tokens, read from
    the provider's cache. `saved_usd` is what reading from the cache saved, less what writing to it cost more than plain
    input, at the prices of the last calls in the period; None where they are not known or nothing was cached.
    """

    provider: str
    model: str
    calls: int
    errors: int
    error_share: float
    input_tokens: int
    output_tokens: int
    cache_read_tokens: int
    cache_write_tokens: int
    reasoning_tokens: int
    cached_share: float
    cost_usd: float | None
    cost_share: float
    unpriced_calls: int
    saved_usd: float | None
    p50_ms: float | None
    p95_ms: float | None
    p99_ms: float | None
    ttft_p50_ms: float | None
    ttft_p95_ms: float | None


class ModelsUsed(Answer, frozen=True, kw_only=True):
    """The models of a period and, summed, its providers, each in the order that was asked for.

    `is_partial`: more models were asked than are listed, those of most calls.
    """

    models: tuple[ModelUsed, ...]
    providers: tuple[ModelUsed, ...]
    is_partial: bool = False
