"""Tools and loops: what they were called for, and where they were called in circles."""

from typing import Any

import pytest

from headwater.errors import BadRequest
from headwater.query import Loop, Questions, ToolUsed, TraceFilters
from tests.rooms.query.pen import NOON, SECOND, Pen, span_id, trace_id

HOUR: dict[str, Any] = {"start": NOON, "end": NOON + 3600 * SECOND}


@pytest.fixture
def questions(pen: Pen) -> Questions:
    """A tool that looped in one of two traces, one that failed once, and what is no tool's call."""
    same, other = pen.content('{"order":"7"}', "value"), pen.content('{"order":"8"}', "value")
    pen.span(1, 1, 0, 60, kind="agent", user_id="ann")
    for at in range(4):
        asked = {"input": (same,), "input_preview": '{"order":"7"}', "status": "error" if at == 3 else "ok"}
        pen.span(1, 10 + at, at * 10, 2, kind="tool", tool_name="find_order", error_type="Gone" * (at == 3), **asked)
    pen.span(1, 20, 50, 9, kind="tool", tool_name="find_order", input=(other,), folded_into=span_id(13))
    pen.span(2, 2, 120, 1, kind="tool", name="search", input=(same,))
    pen.span(2, 3, 130, 8, kind="tool", tool_name="find_order", input=(other,))
    pen.call(2, 4, 140)
    return pen.write()


def test_a_tool_tells_how_often_it_was_called_failed_and_how_long_it_took(questions: Questions) -> None:
    tools = questions.tools(TraceFilters(**HOUR))
    assert tools.step_s == 300
    assert tools.tools[0] == ToolUsed(
        tool="find_order",
        calls=5,
        errors=1,
        error_share=0.2,
        p50_ms=2000,
        p95_ms=tools.tools[0].p95_ms,
        longest_ms=8000,
        total_ms=16_000,
        traces=2,
        last_error="Gone",
        last_error_time="2026-11-18T12:00:30.000000000Z",
        last_error_trace_id=trace_id(1),
        last_error_span_id=span_id(13),
        trend=(5,) + (0,) * 11,
        failed_trend=(1,) + (0,) * 11,
    )
    assert (tools.tools[1].tool, tools.tools[1].last_error_time) == ("search", None)


def test_tools_are_those_of_the_traces_that_the_filters_leave(questions: Questions) -> None:
    of_ann = questions.tools(TraceFilters(users=("ann",))).tools
    assert [(used.tool, used.calls) for used in of_ann] == [("find_order", 4)]
    by_model = questions.tools(TraceFilters(models=("gpt-5",))).tools
    assert [(used.tool, used.calls) for used in by_model] == [("find_order", 1), ("search", 1)]
    assert [used.tool for used in questions.tools(TraceFilters(tools=("search",))).tools] == ["search"]


@pytest.mark.parametrize(("sort", "first"), [("-errors", "find_order"), ("-name", "search"), ("p95", "search")])
def test_tools_are_put_in_order(questions: Questions, sort: str, first: str) -> None:
    assert questions.tools(sort=sort).tools[0].tool == first


def test_a_loop_is_the_same_arguments_three_times_in_one_trace(questions: Questions) -> None:
    loops = questions.loops(TraceFilters(**HOUR))
    assert loops.total == 1
    assert loops.items == (
        Loop(
            tool="find_order",
            trace_id=trace_id(1),
            span_id=span_id(10),
            start_time="2026-11-18T12:00:00.000000000Z",
            times=4,
            errors=1,
            total_ms=8000,
            arguments='{"order":"7"}',
        ),
    )


def test_a_tool_that_tells_no_arguments_is_in_no_loop(pen: Pen) -> None:
    for at in range(5):
        pen.span(1, 10 + at, at, kind="tool", tool_name="silent")
    assert pen.write().loops().items == ()


def test_an_unknown_order_is_refused(questions: Questions) -> None:
    with pytest.raises(BadRequest, match="use one of name, calls"):
        questions.tools(sort="beauty")
