"""Decorated generators: the span is around each step of them and nowhere else, however they end."""

import contextvars
import gc
import inspect
from collections.abc import AsyncGenerator, Generator
from typing import Any

import pytest

import headwater
from tests.receiving import Receiver


@headwater.span("count")
def count(upto: int) -> Generator[int, str | None, str]:
    """Yields numbers, and what is sent to it back."""
    for number in range(upto):
        with headwater.span(f"inner {number}"):
            pass
        sent = yield number
        if sent:
            yield len(sent)
    return "done"


@headwater.span("words")
async def words(*texts: str) -> AsyncGenerator[str, None]:
    """Yields its arguments."""
    for text in texts:
        with headwater.span(f"inner {text}"):
            pass
        yield text


def test_a_generator_gives_what_it_gave_and_its_items_are_the_output(receiver: Receiver):
    assert inspect.isgeneratorfunction(count)
    with headwater.span("around") as around:
        numbers: list[int] = []
        for number in count(3):
            assert headwater.current() is around
            numbers.append(number)
    assert numbers == [0, 1, 2]
    told = receiver.span("count")
    # What it returned is the output; what it yielded would be without that.
    assert (told.input, told.output) == ({"upto": 3}, "done")
    assert told.parent_span_id == receiver.span("around").span_id
    for number in range(3):
        assert receiver.span(f"inner {number}").parent_span_id == told.span_id


def test_sending_and_throwing_reach_the_generator(receiver: Receiver):
    running = count(2)
    assert next(running) == 0
    assert running.send("four") == 4
    with pytest.raises(KeyError):
        running.throw(KeyError("thrown"))
    failure = receiver.span("count").failure
    assert failure is not None
    assert failure.type == "KeyError"


def test_a_generator_closed_early_has_not_failed(receiver: Receiver):
    @headwater.span("texts")
    def texts() -> Generator[str]:
        try:
            yield "a"
            yield "b"
            yield "c"
        finally:
            closed.append(headwater.current())

    closed: list[object] = []
    running = texts()
    assert [next(running), next(running)] == ["a", "b"]
    running.close()
    assert headwater.current() is None
    assert len(closed) == 1
    assert closed[0] is not None
    told = receiver.span("texts")
    assert (told.output, told.status) == ("ab", "unset")


def test_a_forgotten_generator_is_told_when_it_is_collected(receiver: Receiver):
    running = count(5)
    next(running)
    del running
    gc.collect()
    assert receiver.span("count").status == "unset"


def test_a_generator_may_be_driven_from_changing_contexts(receiver: Receiver):
    running = count(3)
    for number in range(3):
        assert contextvars.Context().run(next, running) == number
    with pytest.raises(StopIteration) as stop:
        contextvars.Context().run(next, running)
    assert stop.value.value == "done"
    assert headwater.current() is None
    told = receiver.span("count")
    assert {receiver.span(f"inner {number}").parent_span_id for number in range(3)} == {told.span_id}


def test_interleaved_generators_do_not_see_each_other(receiver: Receiver):
    with headwater.span("around") as around:
        for first, second in zip(count(2), words_of("x", "y"), strict=True):
            assert headwater.current() is around
            assert (first, second) in ((0, "x"), (1, "y"))
    around_id = receiver.span("around").span_id
    assert receiver.span("count").parent_span_id == around_id
    assert receiver.span("words_of").parent_span_id == around_id


@headwater.span("words_of")
def words_of(*texts: str) -> Generator[str]:
    """Yields its arguments."""
    yield from texts


async def test_an_async_generator_is_around_each_step(receiver: Receiver):
    assert inspect.isasyncgenfunction(words)
    with headwater.span("around") as around:
        async for _ in words("a", "b"):
            assert headwater.current() is around
    told = receiver.span("words")
    assert (told.input, told.output) == ({"texts": ["a", "b"]}, "ab")
    assert receiver.span("inner b").parent_span_id == told.span_id
    assert told.parent_span_id == receiver.span("around").span_id


async def test_an_async_generator_closed_early_has_not_failed(receiver: Receiver):
    running = words("a", "b", "c")
    assert await anext(running) == "a"
    await running.aclose()
    assert headwater.current() is None
    told = receiver.span("words")
    assert (told.output, told.status) == ("a", "unset")


async def test_what_is_thrown_into_an_async_generator_reaches_it(receiver: Receiver):
    running = words("a", "b")
    await anext(running)
    with pytest.raises(ValueError, match="stop"):
        await running.athrow(ValueError("stop"))
    assert receiver.span("words").status == "error"


def test_a_span_left_open_by_a_generator_does_not_stay_current(receiver: Receiver):
    """A plain generator with a span in it ends after a span that its consumer opened meanwhile."""

    def leaking() -> Generator[None]:
        with headwater.span("leaky"):
            yield

    running = leaking()
    next(running)
    with headwater.span("meanwhile"):
        running.close()
    assert headwater.current() is None
    with headwater.span("after"):
        pass
    assert receiver.span("after").parent_span_id == ""


def test_a_long_stream_is_kept_within_bounds(receiver: Receiver):
    @headwater.span("many")
    def many() -> Generator[dict[str, Any]]:
        for number in range(5000):
            yield {"number": number}

    assert sum(1 for _ in many()) == 5000
    assert len(receiver.span("many").output) == 200
