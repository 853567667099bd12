"""Sample answers to what the page of tools and agents asks, from spans in memory."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from headwater.errors import BadRequest
from headwater.query import (
    AGENT_ORDERS,
    TOOL_ORDERS,
    AgentsUsed,
    AgentUsed,
    Loop,
    Loops,
    SpanShown,
    ToolsUsed,
    ToolUsed,
    show_time,
)

_STEP_S = 21_600


def tools_of(spans: Sequence[SpanShown], now_ns: int, sort: str) -> ToolsUsed:
    """The tools of spans, with a trend of two buckets."""
    order = _order(sort, TOOL_ORDERS)
    named = dict.fromkeys(span.tool_name for span in spans if span.kind == "tool")
    used = [_tool(name, [span for span in spans if span.kind == "tool" and span.tool_name == name]) for name in named]
    return ToolsUsed(
        start=show_time(now_ns - 2 * _STEP_S * 10**9),
        end=show_time(now_ns),
        step_s=_STEP_S,
        tools=tuple(sorted(used, key=order, reverse=sort.startswith("-"))),
    )


def agents_of(spans: Sequence[SpanShown], now_ns: int, sort: str) -> AgentsUsed:
    """The agents of spans: everything in their traces counts for them."""
    order = _order(sort, AGENT_ORDERS)
    runs = [span for span in spans if span.kind == "agent"]
    used = [_agent(name, runs, spans) for name in dict.fromkeys(_name(run) for run in runs)]
    return AgentsUsed(
        start=show_time(now_ns - 2 * _STEP_S * 10**9),
        end=show_time(now_ns),
        step_s=_STEP_S,
        agents=tuple(sorted(used, key=order, reverse=sort.startswith("-"))),
        is_partial=True,
    )


def loops_of(spans: Sequence[SpanShown]) -> Loops:
    """The first call of a tool as if it had been repeated seven times."""
    first = next((span for span in spans if span.kind == "tool" and span.input), None)
    if first is None:
        return Loops(items=(), total=0)
    loop = Loop(
        tool=first.tool_name,
        trace_id=first.trace_id,
        span_id=first.span_id,
        start_time=first.start_time,
        times=7,
        errors=2,
        total_ms=7 * first.duration_ms,
        arguments=str(first.input[0]),
    )
    return Loops(items=(loop,), total=3)


def _order(sort: str, orders: Mapping[str, Callable[[Any], Any]]) -> Callable[[Any], Any]:
    name = sort.removeprefix("-")
    if name not in orders:
        raise BadRequest(f"sort: unknown order {sort!r}; use one of {', '.join(orders)}")
    return orders[name]


def _name(run: SpanShown) -> str:
    return run.agent_name or run.name


def _tool(name: str, own: Sequence[SpanShown]) -> ToolUsed:
    # One tool of the sample has to fail, though no span of it does.
    failed = list(own[:1] if name == "find_order" else ())
    times = sorted(span.duration_ms for span in own)
    last = failed[-1] if failed else None
    return ToolUsed(
        tool=name,
        calls=len(own),
        errors=len(failed),
        error_share=len(failed) / len(own),
        p50_ms=times[len(times) // 2],
        p95_ms=times[-1],
        longest_ms=times[-1],
        total_ms=sum(times),
        traces=len({span.trace_id for span in own}),
        last_error="TimeoutError" if last else "",
        last_error_time=last.start_time if last else None,
        last_error_trace_id=last.trace_id if last else "",
        last_error_span_id=last.span_id if last else "",
        trend=(0, len(own)),
        failed_trend=(0, len(failed)),
    )


def _agent(name: str, runs: Sequence[SpanShown], spans: Sequence[SpanShown]) -> AgentUsed:
    own = [run for run in runs if _name(run) == name]
    below = [span for span in spans if span.trace_id in {run.trace_id for run in own} and span.kind != "agent"]
    calls = [span for span in below if span.kind == "call" and not span.folded_into]
    tools = dict.fromkeys(span.tool_name for span in below if span.kind == "tool")
    return AgentUsed(
        agent=name,
        runs=len(own),
        errors=0,
        error_share=0.0,
        p50_ms=own[0].duration_ms,
        p95_ms=own[0].duration_ms,
        total_ms=sum(run.duration_ms for run in own),
        traces=len(own),
        steps=len(below),
        most_steps=len(below),
        most_steps_trace_id=own[0].trace_id,
        most_steps_span_id=own[0].span_id,
        calls=len(calls),
        cost_usd=sum(call.cost_usd or 0 for call in calls),
        unpriced_calls=0,
        input_tokens=sum(call.input_tokens or 0 for call in calls),
        output_tokens=sum(call.output_tokens or 0 for call in calls),
        tools=tuple(tools),
        tool_times=tuple(1 for _ in tools),
        trend=(0, len(own)),
        failed_trend=(0, 0),
    )
