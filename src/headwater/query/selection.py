"""Selection: how many traces the filters leave, and their sums."""
# ruff: noqa: S608 - statements are put together of our own words only; what comes from outside is a parameter.

from headwater.query.answers import Answer
from headwater.query.ask import Asker
from headwater.query.conditions import IN_WINDOW, trace_conditions
from headwater.query.filters import TraceFilters
from headwater.query.found import bounds_of
from headwater.query.heard import heard


class Selection(Answer, frozen=True, kw_only=True):
    """Sums over the traces that the filters leave, each with all its calls; costs in US dollars.

    `unpriced_calls` have no known price and are not in the cost.
    """

    traces: int
    calls: int
    failed_traces: int
    input_tokens: int
    output_tokens: int
    cost_usd: float
    unpriced_calls: int


def sum_traces(ask: Asker, filters: TraceFilters) -> Selection:
    """Return the sums of exactly the traces that a list with these filters holds; raises BadRequest."""
    conditions, bounds = heard(ask, trace_conditions(filters)), bounds_of(filters)
    row = ask.rows(
        "SELECT count(), sum(call_count), countIf(status = 'error'), sum(input_tokens), sum(output_tokens),"
        " toFloat64(ifNull(sum(cost_usd), 0)), sum(unpriced_calls)"
        f" FROM headwater.traces FINAL WHERE {conditions.sql(IN_WINDOW)}",
        {**conditions.parameters, "low": bounds.low, "high": bounds.high},
    )[0]
    return Selection(**dict(zip(Selection.__struct_fields__, row, strict=True)))
