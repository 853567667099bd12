"""Compares what was recorded with what the scenario says of each call."""

from collections.abc import Sequence

from headwater.event import Span
from tests.versions.scenario import STEPS, Expected


def problems(spans: Sequence[Span]) -> list[str]:
    """What is missing or wrong, a line each; nothing when all calls are known as they should be."""
    calls = [(step.name, call) for step in STEPS for call in step.calls]
    found = [] if len(spans) == len(calls) else [f"{len(spans)} calls were recorded, {len(calls)} were made"]
    for (name, call), span in zip(calls, spans, strict=False):
        is_stream = call.use in ("stream", "manager", "early")
        found += [f"{name}: {problem}" for problem in _problems(call.expected, span, is_stream)]
    return found


def _problems(expected: Expected, span: Span, is_stream: bool) -> list[str]:
    call = span.call
    if call is None:
        return ["no call"]
    usage = None if call.usage is None else (call.usage.input_tokens, call.usage.output_tokens)
    if expected.operation == "count_tokens":
        usage = None
    checks = {
        f"operation {call.operation!r}": call.operation == expected.operation,
        f"usage {usage}": usage == expected.usage,
        f"status {span.status!r}": (span.status == "error") is expected.is_failed,
        "no input": bool(call.input),
        "no output": bool(call.output) or not expected.has_output,
        "no parent": span.parent_span_id != "",
        f"ttft {call.ttft_ns}": (call.ttft_ns is not None and 0 < call.ttft_ns <= span.end_ns - span.start_ns)
        or not is_stream,
        f"is_stream {call.is_stream}": bool(call.is_stream) is is_stream,
    }
    return [problem for problem, is_fine in checks.items() if not is_fine]
