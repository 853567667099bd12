"""Headwater, as docs/sdk.md says."""

import headwater
from bench.sdk.inside.setup import Setup


def setup(sink: str) -> Setup:
    """Contents are on by default."""
    headwater.init(url=sink, key="hw_bench", service_name="bench")
    headwater.instrument()
    return Setup(flush=headwater.flush, decorate=lambda function: headwater.span(function), aflush=headwater.aflush)
