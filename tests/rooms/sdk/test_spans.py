"""`headwater.span` around lines and around functions, and what arrives of it."""

import asyncio
import functools
import inspect
from typing import Any

import pytest

import headwater
from tests.receiving import Receiver


def test_a_with_block_becomes_a_span(receiver: Receiver):
    with headwater.span("search", kind="retrieval", input={"query": "rain"}, index="docs") as span:
        span.output(["a", "b"])
        span.set({"found.count": 2}, cached=False)
        span.event("opened", shard=3)
    told = receiver.span("search")
    assert (told.kind, told.parent_span_id, told.status) == ("retrieval", "", "unset")
    assert (told.input, told.output) == ({"query": "rain"}, ["a", "b"])
    assert told.attributes["index"] == "docs"
    assert told.attributes["found.count"] == 2
    assert told.attributes["cached"] is False
    assert [(event.name, event.attributes) for event in told.events] == [("opened", {"shard": 3})]
    assert told.start_ns <= told.events[0].time_ns <= told.end_ns
    assert (told.service_name, told.scope, told.scope_version) == ("tests", "headwater", headwater.__version__)


def test_spans_within_a_span_are_its_children(receiver: Receiver):
    with headwater.span("outer") as outer:
        with headwater.span("first") as first:
            assert headwater.current() is first
        assert headwater.current() is outer
        with headwater.span("second"):
            pass
    assert headwater.current() is None
    parent = receiver.span("outer")
    for name in ("first", "second"):
        child = receiver.span(name)
        assert (child.trace_id, child.parent_span_id) == (parent.trace_id, parent.span_id)


def test_a_bare_decorator_takes_arguments_by_name_and_the_result(receiver: Receiver):
    @headwater.span
    def add(first: int, second: int, *more: int, scale: int = 1) -> int:
        return (first + second + sum(more)) * scale

    assert add(1, 2, 3, 4, scale=2) == 20
    told = receiver.span(add.__qualname__)
    assert told.input == {"first": 1, "second": 2, "more": [3, 4], "scale": 2}
    assert told.output == "20"


def test_a_decorated_function_is_seen_as_it_was():
    def plain(first: int, *, second: str = "x") -> str:
        """Say it."""
        return second * first

    decorated = headwater.span(kind="tool")(plain)
    assert inspect.signature(decorated) == inspect.signature(plain)
    assert (decorated.__name__, decorated.__doc__, decorated.__module__) == ("plain", "Say it.", __name__)
    with pytest.raises(TypeError):
        decorated(1, third=2)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]


def test_a_tool_and_an_agent_are_told_with_their_names(receiver: Receiver):
    @headwater.span("weather", kind="tool")
    def weather(city: str) -> str:
        return f"rain in {city}"

    with headwater.span("planner", kind="agent"):
        weather("Bern")
    assert receiver.span("weather").tool_name == "weather"
    assert receiver.span("weather").input == {"city": "Bern"}
    assert receiver.span("planner").agent_name == "planner"


def test_what_a_function_raises_leaves_it_and_is_told(receiver: Receiver):
    @headwater.span("fragile")
    def fragile() -> None:
        raise LookupError("no such town")

    with pytest.raises(LookupError, match="no such town") as caught:
        fragile()
    assert type(caught.value) is LookupError
    told = receiver.span("fragile")
    assert told.status == "error"
    assert told.failure is not None
    assert (told.failure.type, told.failure.message) == ("LookupError", "no such town")
    assert 'raise LookupError("no such town")' in (told.failure.stacktrace or "")


def test_a_failure_can_be_said_without_an_exception(receiver: Receiver):
    with headwater.span("checked") as span:
        span.fail("the answer is empty")
    told = receiver.span("checked")
    assert (told.status, told.failure and told.failure.message) == ("error", "the answer is empty")


async def test_an_async_function_is_a_span_as_long_as_it_is_awaited(receiver: Receiver):
    @headwater.span("slow")
    async def slow(number: int) -> int:
        await asyncio.sleep(0.01)
        return number * 2

    assert inspect.iscoroutinefunction(slow)
    assert await slow(4) == 8
    told = receiver.span("slow")
    assert (told.input, told.output) == ({"number": 4}, "8")
    assert told.end_ns - told.start_ns >= 10_000_000


async def test_tasks_that_run_at_once_keep_their_parents(receiver: Receiver):
    @headwater.span("leaf")
    async def leaf(number: int) -> None:
        await asyncio.sleep(0.001 * (5 - number))

    @headwater.span("branch")
    async def branch(number: int) -> None:
        async with headwater.span("step", number=number):
            await leaf(number)

    with headwater.span("root") as root:
        await asyncio.gather(*(branch(number) for number in range(5)))
        assert headwater.current() is root
    spans = {span.span_id: span for span in receiver.spans()}
    leaves = [span for span in spans.values() if span.name == "leaf"]
    assert len(leaves) == 5
    for leaf_span in leaves:
        step = spans[leaf_span.parent_span_id]
        branch_span = spans[step.parent_span_id]
        assert leaf_span.input == branch_span.input == {"number": step.attributes["number"]}
        assert spans[branch_span.parent_span_id].name == "root"


async def test_a_cancelled_task_is_told_as_such(receiver: Receiver):
    @headwater.span("endless")
    async def endless() -> None:
        await asyncio.sleep(1000)

    async with asyncio.timeout(0.05):
        task = asyncio.get_running_loop().create_task(endless())
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    failure = receiver.span("endless").failure
    assert failure is not None
    assert failure.type.endswith("CancelledError")


def test_the_public_methods_of_a_class_are_recorded(receiver: Receiver):
    @headwater.span(kind="agent")
    class Planner:
        limit = 3

        def __init__(self) -> None:
            self.done = 0

        def plan(self, goal: str) -> str:
            return self._think(goal)

        def _think(self, goal: str) -> str:
            return goal.upper()

        @classmethod
        def named(cls, name: str) -> str:
            return name

        @staticmethod
        def add(first: int, second: int) -> int:
            return first + second

        @property
        def size(self) -> int:
            return self.limit

    planner = Planner()
    assert (planner.plan("eat"), Planner.named("p"), Planner.add(1, 2), planner.size) == ("EAT", "p", 3, 3)
    names = [span.name.removeprefix(f"{Planner.__qualname__}.") for span in receiver.spans()]
    assert names == ["plan", "named", "add"]
    assert [span.input for span in receiver.spans()] == [{"goal": "eat"}, {"name": "p"}, {"first": 1, "second": 2}]


def test_arguments_and_results_stay_out_where_that_is_asked(receiver: Receiver):
    @headwater.span("private", capture=False)
    def private(secret: str) -> str:
        return secret

    private("hush")
    told = receiver.span("private")
    assert (told.input, told.output) == (None, None)


def test_a_decorated_partial_and_a_builtin_run(receiver: Receiver):
    assert headwater.span("power")(functools.partial(pow, 2))(5) == 32
    assert headwater.span("length")(len)([1, 2]) == 2
    assert receiver.span("length").input == {"args": [[1, 2]]}


def test_links_point_to_other_traces(receiver: Receiver):
    with headwater.span("early") as early:
        pass
    with headwater.span("late") as late:
        late.link(early)
        late.link(early.traceparent)
        late.link("no traceparent")
    assert [(link.trace_id, link.span_id) for link in receiver.span("late").links] == [
        (early.trace_id, early.span_id),
        (early.trace_id, early.span_id),
    ]


def test_after_its_end_a_span_takes_nothing(receiver: Receiver):
    with headwater.span("over") as span:
        pass
    span.set(late=True)
    span.output("late")
    span.event("late")
    span.fail("late")
    told = receiver.span("over")
    assert (told.output, told.status, told.events) == (None, "unset", ())
    assert "late" not in told.attributes


def test_later_changes_of_an_argument_are_not_told(receiver: Receiver):
    @headwater.span("grow")
    def grow(items: list[Any]) -> list[Any]:
        items.append("more")
        return items

    given = ["first"]
    returned = grow(given)
    assert returned is given
    given.append("last")
    told = receiver.span("grow")
    assert (told.input, told.output) == ({"items": ["first"]}, ["first", "more"])


def test_one_spanning_may_be_entered_again_and_within_itself(receiver: Receiver):
    spanning = headwater.span("again")
    with spanning as outer, spanning as inner:
        assert inner is not outer
    with spanning:
        pass
    assert len([span for span in receiver.spans() if span.name == "again"]) == 3
