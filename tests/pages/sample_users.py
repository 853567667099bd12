"""A sample answer to what the page of a user asks, from the traces that are in memory."""

from collections.abc import Sequence

from headwater.errors import NotFound
from headwater.query import TraceListed, UserModel, UserPoint, UserShown, UserSums, show_time

_STEP_S = 86_400


def user_of(user_id: str, own: Sequence[TraceListed], ever: Sequence[TraceListed], now_ns: int) -> UserShown:
    """A user by the traces of a period, and by all of them."""
    if not ever:
        raise NotFound(f"no user {user_id!r} in this project")
    sums = _sums(own)
    models = dict.fromkeys(model for trace in own for model in trace.models)
    start_ns = now_ns - 2 * _STEP_S * 10**9
    points = [
        UserPoint(time=show_time(start_ns), traces=0, failed_traces=0, cost_usd=0.0, tokens=0),
        UserPoint(
            time=show_time(start_ns + _STEP_S * 10**9),
            traces=sums.traces,
            failed_traces=sums.failed_traces,
            cost_usd=sums.cost_usd,
            tokens=sums.input_tokens + sums.output_tokens,
        ),
    ]
    return UserShown(
        user_id=user_id,
        first_seen=min(trace.start_time for trace in ever),
        last_seen=max(trace.start_time for trace in ever),
        start=show_time(start_ns),
        end=show_time(now_ns),
        step_s=_STEP_S,
        now=sums,
        before=_sums(own[: len(own) // 2]),
        cost_share=0.25,
        points=tuple(points),
        models=tuple(
            UserModel(
                provider="openai", model=model, calls=3, errors=0, input_tokens=90, output_tokens=10, cost_usd=None
            )
            for model in models
        ),
    )


def _sums(traces: Sequence[TraceListed]) -> UserSums:
    times = sorted(trace.duration_ms for trace in traces)
    return UserSums(
        traces=len(traces),
        failed_traces=sum(trace.error_count > 0 for trace in traces),
        sessions=len({trace.session_id for trace in traces if trace.session_id}),
        calls=sum(trace.call_count for trace in traces),
        input_tokens=sum(trace.input_tokens for trace in traces),
        output_tokens=sum(trace.output_tokens for trace in traces),
        cost_usd=sum(trace.cost_usd or 0 for trace in traces),
        unpriced_calls=sum(trace.unpriced_calls for trace in traces),
        p50_ms=times[len(times) // 2] if times else None,
        p95_ms=times[-1] if times else None,
    )
