"""Agents: what their runs took, cost and used."""

import pytest

from headwater.errors import BadRequest
from headwater.query import AgentUsed, Questions, TraceFilters
from tests.rooms.query.pen import Pen, span_id, trace_id

DOLLAR = 10**9


@pytest.fixture
def questions(pen: Pen) -> Questions:
    """A planner with a colleague below it in one trace, alone and failing in another; and a call without an agent."""
    pen.span(1, 1, 0, 10, kind="chain")
    pen.span(1, 2, 0, 8, kind="agent", agent_name="planner", parent=1)
    pen.call(1, 3, 1, 1, parent=2, cost_nanousd=DOLLAR, input_tokens=5, output_tokens=2)
    pen.span(1, 4, 2, 1, kind="tool", tool_name="search", parent=2)
    pen.span(1, 5, 3, 4, kind="chain", parent=2)
    pen.span(1, 6, 3, 4, kind="agent", agent_name="writer", parent=5)
    pen.span(1, 7, 3, 1, kind="chain", parent=6)
    pen.call(1, 8, 4, 1, parent=7, cost_nanousd=2 * DOLLAR, input_tokens=50)
    pen.call(1, 9, 9, 1, parent=1, cost_nanousd=9 * DOLLAR)
    pen.span(2, 2, 60, 2, kind="agent", name="planner", status="error", user_id="ann")
    pen.span(2, 3, 61, 1, kind="tool", tool_name="search", parent=2)
    pen.call(3, 1, 70, 1, cost_nanousd=DOLLAR)
    return pen.write()


def test_a_step_counts_for_the_nearest_agent_above_it(questions: Questions) -> None:
    used = {agent.agent: agent for agent in questions.agents().agents}
    planner = used["planner"]
    assert planner == AgentUsed(
        agent="planner",
        runs=2,
        errors=1,
        error_share=0.5,
        p50_ms=planner.p50_ms,
        p95_ms=planner.p95_ms,
        total_ms=10_000,
        traces=2,
        steps=4,
        most_steps=3,
        most_steps_trace_id=trace_id(1),
        most_steps_span_id=span_id(2),
        calls=1,
        cost_usd=1,
        unpriced_calls=0,
        input_tokens=5,
        output_tokens=2,
        tools=("search",),
        tool_times=(2,),
        trend=planner.trend,
        failed_trend=planner.failed_trend,
    )
    assert (sum(planner.trend), sum(planner.failed_trend)) == (2, 1)
    writer = used["writer"]
    assert (writer.runs, writer.steps, writer.calls, writer.cost_usd, writer.tools) == (1, 2, 1, 2, ())


def test_agents_are_those_of_the_traces_that_the_filters_leave(questions: Questions) -> None:
    assert [agent.agent for agent in questions.agents(TraceFilters(users=("ann",))).agents] == ["planner"]
    assert [agent.agent for agent in questions.agents(TraceFilters(agents=("writer",))).agents] == ["writer"]
    assert questions.agents(TraceFilters(users=("nobody",))).agents == ()


def test_a_deep_step_and_a_ring_are_no_trouble(pen: Pen) -> None:
    pen.span(1, 1, 0, kind="agent", name="deep")
    for number in range(2, 60):
        pen.span(1, number, 0, kind="chain", parent=number - 1)
    pen.span(1, 100, 0, kind="chain", parent=101)
    pen.span(1, 101, 0, kind="chain", parent=100)
    (deep,) = pen.write().agents().agents
    assert deep.steps == 58


@pytest.mark.parametrize(("sort", "first"), [("-cost", "writer"), ("name", "planner"), ("-steps", "planner")])
def test_agents_are_put_in_order(questions: Questions, sort: str, first: str) -> None:
    assert questions.agents(sort=sort).agents[0].agent == first


def test_an_unknown_order_is_refused(questions: Questions) -> None:
    with pytest.raises(BadRequest, match="use one of name, calls"):
        questions.agents(sort="beauty")
