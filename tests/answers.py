"""Answers with nothing in them, for tests that say only what differs."""

from headwater.query import SeriesPoint

NO_CALLS = SeriesPoint(
    time="",
    calls=0,
    errors=0,
    input_tokens=0,
    output_tokens=0,
    cache_read_tokens=0,
    cache_write_tokens=0,
    reasoning_tokens=0,
    cost_usd=0.0,
    unpriced_calls=0,
    p50_ms=None,
    p95_ms=None,
    p99_ms=None,
    ttft_p50_ms=None,
    ttft_p95_ms=None,
)
"""A bucket of a chart in which nothing happened."""
