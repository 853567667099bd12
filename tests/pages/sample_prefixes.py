"""A sample broken prefix: the last call of a trace, as if the system message had changed."""

from collections.abc import Sequence

from headwater.query import Break, BrokenPrefix, BrokenPrefixes, SpanShown

BREAK = Break(
    cause="system",
    at=0,
    cached_tokens=12_000,
    missed_tokens=9_500,
    lost_usd=0.0123,
    gap_ms=1_200.0,
    before_trace_id="5b8efff798038103d269b633813fc60c",
    before_span_id="a000000000000005",
    before_model="gpt-5",
)


def broken_of(calls: Sequence[SpanShown]) -> BrokenPrefixes:
    """One broken prefix where there is a call of a session with a model of known price, none else."""
    call = next((call for call in calls if call.session_id == "chat-88213" and call.cost_usd), None)
    if call is None:
        return BrokenPrefixes(items=(), found=0, lost_usd=0.0, lost_by_cause={})
    broken = BrokenPrefix(
        trace_id=call.trace_id,
        span_id=call.span_id,
        name=call.name,
        provider=call.provider,
        model=call.model,
        start_time=call.start_time,
        session_id=call.session_id,
        user_id=call.user_id,
        input_tokens=14_000,
        cache_read_tokens=2_500,
        cache_break=BREAK,
    )
    return BrokenPrefixes(items=(broken,), found=1, lost_usd=0.0123, lost_by_cause={"system": 0.0123})
