"""Sample points: calls in memory, summed as a bucket of a chart."""

from headwater.query import SeriesPoint, SpanShown, show_time


def point_of(at_ns: int, calls: list[SpanShown]) -> SeriesPoint:
    """Sum calls as the point of a chart at a time (Unix nanoseconds)."""
    times = sorted(call.duration_ms for call in calls)
    firsts = sorted(call.ttft_ms for call in calls if call.ttft_ms is not None)
    return SeriesPoint(
        time=show_time(at_ns),
        calls=len(calls),
        errors=sum(call.status == "error" for call in calls),
        input_tokens=sum(call.input_tokens or 0 for call in calls),
        output_tokens=sum(call.output_tokens or 0 for call in calls),
        cache_read_tokens=sum(call.cache_read_tokens for call in calls),
        cache_write_tokens=0,
        reasoning_tokens=sum(call.reasoning_tokens for call in calls),
        cost_usd=sum(call.cost_usd or 0 for call in calls),
        unpriced_calls=sum(call.cost_usd is None for call in calls),
        p50_ms=_share(times, 0.5),
        p95_ms=_share(times, 0.95),
        p99_ms=_share(times, 0.99),
        ttft_p50_ms=_share(firsts, 0.5),
        ttft_p95_ms=_share(firsts, 0.95),
    )


def _share(ordered: list[float], share: float) -> float | None:
    return ordered[int(share * (len(ordered) - 1))] if ordered else None
