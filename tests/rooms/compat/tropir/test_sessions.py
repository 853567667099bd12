"""Sessions by Tropir's names: which one is current, for whom, and until when."""

import asyncio
import contextvars
import threading
import uuid
from collections.abc import AsyncGenerator, Generator

import pytest

from headwater.compat import tropir
from headwater.event import Span
from tests.receiving import Receiver

pytestmark = pytest.mark.usefixtures("receiver")


def _inside(name: str | None = None) -> tuple[str, str | None]:
    """What the current session is, asked in a function that is given to others."""
    return tropir.get_session_id(), name or tropir.get_session_name()


def _in_a_thread() -> str:
    found: list[str] = []
    thread = threading.Thread(target=lambda: found.append(tropir.get_session_id()))
    thread.start()
    thread.join()
    return found[0]


def test_outside_of_any_session_the_whole_process_has_one():
    default = tropir.get_session_id()
    assert uuid.UUID(default).version == 4
    assert (tropir.get_session_id(), _in_a_thread(), tropir.get_session_name()) == (default, default, None)


def test_a_set_id_is_the_threads_own_until_it_is_cleared():
    default = tropir.get_session_id()
    tropir.set_session_id("session-abc", "mine")
    assert (_inside(), _in_a_thread()) == (("session-abc", "mine"), default)
    tropir.set_session_id("session-xyz")
    assert _inside() == ("session-xyz", None)
    tropir.clear_session_id()
    assert tropir.get_session_id() == default


def test_an_id_that_is_set_for_job_after_job_is_not_piled_up():
    for number in range(1000):
        tropir.set_session_id(number)
    tropir.clear_session_id()
    assert tropir.get_session_name() is None
    assert tropir.capture_async_session_context() is None


def test_a_decorated_function_has_a_session_of_its_own_for_each_call(receiver: Receiver):
    @tropir.begin_session
    def bare() -> str:
        return tropir.get_session_id()

    @tropir.begin_session("named")
    def named() -> tuple[str, str | None]:
        return _inside()

    @tropir.begin_session()
    def called() -> tuple[str, str | None]:
        return _inside()

    ids = {bare(), bare(), named()[0], named()[0], called()[0]}
    assert len(ids) == 5
    assert (named()[1], called()[1], tropir.get_session_name()) == ("named", "called", None)
    assert [span.name for span in receiver.spans()] == ["bare", "bare", "named", "named", "called", "named", "called"]


def test_decorating_opens_no_session(receiver: Receiver):
    default = tropir.get_session_id()

    @tropir.begin_session("never called")
    def function() -> None: ...

    assert (tropir.get_session_id(), tropir.get_session_name()) == (default, None)
    assert tropir.session("never called").session_id is None
    assert function.__name__ == "function"
    assert receiver.spans() == []


def test_a_direct_call_opens_a_session_until_its_end(receiver: Receiver):
    tropir.begin_session("checkout")
    inside = tropir.get_session_id()
    tropir.session("checkout").add_step({"k": 1}, "retrieve")
    tropir.end_session("checkout")
    assert tropir.get_session_id() != inside
    session, step = receiver.spans()
    assert (session.name, session.kind, session.session_id) == ("checkout", "chain", inside)
    assert (step.name, step.output, step.parent_span_id) == ("retrieve", {"k": 1}, session.span_id)
    assert step.session_id == inside
    assert step.metadata == {"session.name": "checkout"}


def test_sessions_that_end_in_another_order_than_they_began_leave_none_behind():
    default = tropir.get_session_id()
    tropir.begin_session("first")
    tropir.begin_session("second")
    second = tropir.get_session_id()
    tropir.end_session("first")
    assert _inside() == (second, "second")
    tropir.end_session("second")
    assert _inside() == (default, None)


def test_without_a_name_the_innermost_session_is_ended():
    tropir.begin_session("outer")
    tropir.begin_session("inner")
    tropir.end_session()
    assert tropir.get_session_name() == "outer"
    tropir.end_session()
    assert tropir.get_session_name() is None
    tropir.end_session()
    tropir.end_session("never begun")


def test_a_session_that_is_begun_again_and_again_is_not_piled_up():
    for _ in range(500):
        tropir.begin_session("job")
    tropir.end_session("job")
    assert tropir.get_session_name() is None


def test_sessions_that_nobody_ends_are_not_piled_up():
    for number in range(500):
        tropir.begin_session(f"never ended {number}")
    assert tropir.get_session_name() == "never ended 499"
    tropir.clear_session_id()
    assert tropir.get_session_name() is None
    for number in range(500):
        tropir.end_session(f"never ended {number}")


def test_a_session_can_be_ended_by_another_thread(receiver: Receiver):
    tropir.begin_session("handed over")
    thread = threading.Thread(target=tropir.end_session, args=("handed over",))
    thread.start()
    thread.join()
    assert tropir.get_session_name() is None
    assert receiver.span("handed over").status == "unset"


def test_a_name_is_remembered_for_a_bounded_number_of_sessions():
    with tropir.session("the first of many"):
        pass
    for number in range(2000):
        tropir.set_session_id(f"id {number}", f"name {number}")
    assert tropir.session("name 1999").session_id == "id 1999"
    assert tropir.session("the first of many").session_id is None


def test_a_decorator_may_be_used_for_several_functions():
    decorate = tropir.begin_session("several")
    one, two = decorate(tropir.get_session_name), decorate(tropir.get_session_name)
    assert (one(), two(), tropir.get_session_name()) == ("several", "several", None)


def test_a_session_is_found_by_its_name_from_any_thread(receiver: Receiver):
    with tropir.session("shared") as shared:
        thread = threading.Thread(target=lambda: tropir.session("shared").add_step("from a thread"))
        thread.start()
        thread.join()
    assert receiver.span("step").session_id == shared.session_id


def test_nested_sessions_go_back_to_the_one_around():
    with tropir.session("outer") as outer:
        with tropir.session("inner") as inner:
            assert _inside() == (inner.session_id, "inner")
            assert tropir.session("outer").session_id == outer.session_id
        assert _inside() == (outer.session_id, "outer")
    assert tropir.get_session_name() is None


def test_what_is_set_within_a_session_ends_with_it():
    with tropir.session("around"):
        tropir.set_session_id("mine")
        assert tropir.get_session_id() == "mine"
    assert tropir.get_session_name() is None
    assert tropir.capture_async_session_context() is None


def test_a_name_that_was_used_before_is_the_same_session():
    with tropir.session("again") as first:
        pass
    with tropir.session("again") as second:
        pass
    assert first.session_id == second.session_id


def test_a_session_that_failed_says_why_and_raises_what_was_raised(receiver: Receiver):
    with pytest.raises(KeyError), tropir.session("broken"):
        raise KeyError("lost")
    span = receiver.span("broken")
    assert span.status == "error"
    assert span.failure is not None
    assert span.failure.type == "KeyError"


async def test_concurrent_functions_have_each_its_own_session(receiver: Receiver):
    @tropir.begin_session("async_fn")
    async def function(number: int) -> str:
        await asyncio.sleep(0.01 * (3 - number))
        tropir.session("async_fn").add_step(number, f"step {number}")
        await asyncio.sleep(0.01 * number)
        return tropir.get_session_id()

    ids = await asyncio.gather(*(function(number) for number in range(3)))
    steps = {span.name: span.session_id for span in receiver.spans() if span.kind == "span"}
    assert steps == {f"step {number}": session_id for number, session_id in enumerate(ids)}
    assert tropir.get_session_name() is None


async def test_overlapping_sessions_of_tasks_do_not_see_each_other():
    first_is_in, second_is_in, first_is_out = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def first() -> None:
        with tropir.session("first"):
            first_is_in.set()
            await second_is_in.wait()
            assert tropir.get_session_name() == "first"
        assert tropir.get_session_name() is None
        first_is_out.set()

    async def second() -> None:
        await first_is_in.wait()
        with tropir.session("second"):
            second_is_in.set()
            await first_is_out.wait()
            assert tropir.get_session_name() == "second"
        assert tropir.get_session_name() is None

    await asyncio.gather(first(), second())


async def test_a_task_that_outlives_its_session_stays_in_it():
    with tropir.session("request") as request:
        go = asyncio.Event()

        async def later() -> str:
            await go.wait()
            return tropir.get_session_id()

        task = asyncio.get_running_loop().create_task(later())
    go.set()
    assert await task == request.session_id


async def test_tasks_may_be_given_a_context_and_a_factory_of_the_program_stays():
    async def ask() -> str:
        return tropir.get_session_id()

    loop = asyncio.get_running_loop()
    before = loop.get_task_factory()
    with tropir.session("context") as current:
        tropir.get_session_id()
        elsewhere = await loop.create_task(ask(), context=contextvars.Context())
        assert await loop.create_task(ask()) == current.session_id != elsewhere
    assert loop.get_task_factory() is before


def test_a_generator_is_in_its_session_only_while_it_runs():
    @tropir.begin_session("generating")
    def numbers() -> Generator[tuple[str, str | None]]:
        yield _inside()
        yield _inside()

    running = numbers()
    first = next(running)
    assert tropir.get_session_name() is None
    assert [*running] == [first]
    assert first[1] == "generating"


async def test_an_async_generator_that_is_left_early_ends_its_session(receiver: Receiver):
    @tropir.begin_session("streaming")
    async def words() -> AsyncGenerator[str]:
        yield tropir.get_session_id()
        yield "never asked for"

    running = words()
    session_id = await anext(running)
    await running.aclose()
    span: Span = receiver.span("streaming")
    assert (span.session_id, span.status) == (session_id, "unset")
    assert tropir.get_session_name() is None


def test_methods_are_decorated_as_functions_are():
    class Pipeline:
        @tropir.begin_session("pipeline")
        @classmethod
        def built(cls) -> tuple[str, str | None]:
            return _inside(cls.__name__)

        @tropir.begin_session
        def run(self) -> str | None:
            return tropir.get_session_name()

    assert Pipeline.built()[1] == "Pipeline"
    assert Pipeline().run() == "run"


def test_headers_of_a_request_get_the_session_and_the_key(monkeypatch: pytest.MonkeyPatch):
    headers = {"Content-Type": "application/json"}
    tropir.prepare_request_headers(headers)
    assert headers == {"Content-Type": "application/json", "X-Session-ID": tropir.get_session_id()}
    monkeypatch.setenv("TROPIR_API_KEY", "your_api_key_here")
    tropir.set_session_id("mine")
    tropir.prepare_request_headers(headers)
    assert headers["X-Session-ID"] == "mine"
    assert headers["X-TROPIR-API-KEY"] == "your_api_key_here"
