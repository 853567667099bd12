"""Sharing one trace with OpenTelemetry, where the program uses it. Nothing of it is imported before the program has.

Our spans are attached to OpenTelemetry's context as spans that record nothing, so its spans become their children;
its current span, where that is not one of ours, is the parent of what we begin. So the innermost of both is the parent.
"""

import sys
from typing import Any

import msgspec

from headwater.capture import Scope


def is_loaded() -> bool:
    """Whether the program has imported OpenTelemetry's tracing."""
    return "opentelemetry.trace" in sys.modules


def around(scope: Scope) -> Scope:
    """Our scope, with OpenTelemetry's current span as the parent where that is not ours."""
    theirs = _trace().get_current_span().get_span_context()
    if not theirs.is_valid or theirs.span_id == scope.span_id:
        return scope
    return msgspec.structs.replace(scope, trace_id=theirs.trace_id, span_id=theirs.span_id)


def attach(scope: Scope, is_remote: bool = False) -> Any:
    """Make a span of ours OpenTelemetry's current one; returns the context to give back to `release`.

    Its flags are those around it, or "sampled": what the program's own sampler decides is not ours to change.
    """
    trace, context = _trace(), sys.modules["opentelemetry.context"]
    before = context.get_current()
    theirs = trace.get_current_span(before).get_span_context()
    ours = trace.SpanContext(
        trace_id=scope.trace_id,
        span_id=scope.span_id,
        is_remote=is_remote,
        trace_flags=theirs.trace_flags if theirs.is_valid else trace.TraceFlags(trace.TraceFlags.SAMPLED),
        trace_state=theirs.trace_state if theirs.is_valid else None,
    )
    # The token is let go: giving one back in another context makes OpenTelemetry log an error.
    context.attach(trace.set_span_in_context(trace.NonRecordingSpan(ours), before))
    return before


def release(scope: Scope, before: Any) -> None:
    """Undo `attach`, if the span of that scope is still OpenTelemetry's current one."""
    if _trace().get_current_span().get_span_context().span_id == scope.span_id:
        sys.modules["opentelemetry.context"].attach(before)


def _trace() -> Any:
    return sys.modules["opentelemetry.trace"]
