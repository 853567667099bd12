"""`@layer.session` and `@layer.action` on functions of every sort: recorded, and left as they are."""

import inspect
from collections.abc import AsyncGenerator, Generator
from typing import Any
from uuid import UUID

import pytest

from headwater.compat.layer_sdk import Client, SessionActionError, SessionActionKind, SessionActionScanner
from headwater.event import Span
from tests.rooms.compat.layer_sdk.client.answering import Answering

KIND = SessionActionKind.COMPLETION_PROMPT
MESSAGES = {"messages": [{"content": "Hello, how can I help you?", "role": "assistant"}]}


def named(server: Answering, name: str) -> Span:
    (span,) = [span for span in server.spans() if span.name.endswith(name)]
    return span


def test_the_example_of_the_readme_is_recorded(layer: Client, server: Answering):
    @layer.session(attributes={"user.id": "user-002", "plan": "pro"})
    def my_function(session_id: UUID) -> Any:
        @layer.action(session_id=session_id, kind=KIND, attributes={"model.id": "gpt-3.5-turbo-16k"})
        def my_inner_function() -> Any:
            return MESSAGES, None, None

        return my_inner_function()

    assert my_function() == (MESSAGES, None, None)
    outer, inner = named(server, "my_function"), named(server, "my_inner_function")
    assert UUID(outer.session_id).version == 5
    assert inner.session_id == outer.session_id
    assert (inner.parent_span_id, inner.user_id) == (outer.span_id, "user-002")
    assert outer.metadata == {"user.id": "user-002", "plan": "pro"}
    assert inner.input == MESSAGES
    told = {"model.id": "gpt-3.5-turbo-16k", "layer.kind": "completion_prompt"}
    assert told.items() <= inner.attributes.items()


def test_a_session_needs_no_attributes_and_each_run_is_one_of_its_own(layer: Client, server: Answering):
    """Defect 6: the old package's decorator failed without attributes."""

    @layer.session()
    def run() -> str:
        return "done"

    assert (run(), run()) == ("done", "done")
    assert len({span.session_id for span in server.spans()}) == 2


def test_a_session_of_a_given_id_hands_it_over_only_to_whom_it_is_a_parameter(layer: Client, server: Answering):
    @layer.session(session_id="any text")
    def with_id(first: int, session_id: str = "") -> tuple[int, str]:
        return first, session_id

    @layer.session(session_id="any text")
    def without(*args: int, **kwargs: int) -> tuple[Any, Any]:
        return args, kwargs

    @layer.session(session_id="any text")
    def keyword(*args: int, session_id: str = "") -> str:
        return session_id

    assert with_id(1) == (1, "any text")
    assert with_id(1, "mine") == (1, "mine")
    assert without(1, a=2) == ((1,), {"a": 2})
    assert keyword(1, 2, 3, 4) == "any text"


async def test_asynchronous_functions_are_decorated_as_well(layer: Client, server: Answering):
    """Defect 6: the old package could not wrap one."""

    @layer.session(attributes={"user.id": "u"})
    async def outer(session_id: str = "") -> str:
        @layer.action(session_id=session_id, kind=SessionActionKind.COMPLETION_TOOL_CALL)
        async def inner() -> dict[str, int]:
            return {"n": 1}

        assert inspect.iscoroutinefunction(inner)
        assert await inner() == {"n": 1}
        return session_id

    assert inspect.iscoroutinefunction(outer)
    session_id = await outer()
    inner = named(server, "inner")
    assert (inner.session_id, inner.kind, inner.output) == (session_id, "tool", {"n": 1})


async def test_generators_of_both_sorts_are_decorated_as_well(layer: Client, server: Answering):
    @layer.action(session_id="s", kind=SessionActionKind.COMPLETION_OUTPUT)
    def plain(count: int) -> Generator[str, str, int]:
        said = ""
        for _ in range(count):
            said = yield said + "x"
        return count

    @layer.session(session_id="s")
    async def asynchronous(session_id: str = "") -> AsyncGenerator[str]:
        yield session_id

    running = plain(2)
    assert (next(running), running.send("y")) == ("x", "yx")
    with pytest.raises(StopIteration) as ended:
        next(running)
    assert ended.value.value == 2
    assert [each async for each in asynchronous()] == ["s"]
    assert inspect.isgeneratorfunction(plain)
    assert inspect.isasyncgenfunction(asynchronous)
    assert {span.session_id for span in server.spans()} == {"s"}


@pytest.mark.parametrize("kind", list(SessionActionKind))
def test_an_exception_is_recorded_and_goes_on(layer: Client, server: Answering, kind: SessionActionKind):
    """Defect 6: the old package recorded nothing of an action that raised."""

    @layer.action(session_id="s", kind=kind)
    def fail() -> None:
        raise ValueError("no luck")

    with pytest.raises(ValueError, match="no luck"):
        fail()
    span = named(server, "fail")
    assert span.failure is not None
    assert (span.status, span.failure.type, span.failure.message) == ("error", "ValueError", "no luck")


@pytest.mark.parametrize("value", [(1, 2), (1, 2, 3, 4), ("a", "b", "c"), (), ([1], None, [2])])
def test_a_tuple_that_is_not_data_error_and_scanners_is_data(layer: Client, server: Answering, value: Any):
    """Defect 6: the old package read every tuple as those three, and crashed on four."""

    @layer.action(session_id="s", kind=KIND)
    def give() -> Any:
        return value

    assert give() is value
    span = named(server, "give")
    assert span.input == list(value)
    assert span.status == "unset"


def test_the_error_and_the_scanners_that_a_function_returns_are_told(layer: Client, server: Answering):
    @layer.action(session_id="s", kind=SessionActionKind.MODERATION)
    def judge() -> Any:
        return (
            {"input": "x"},
            SessionActionError(message="too long", code=7),
            [SessionActionScanner(name="pii", data={"found": 2})],
        )

    judge()
    span = named(server, "judge")
    assert span.failure is not None
    assert (span.kind, span.failure.message, span.output) == ("guardrail", "too long", {"input": "x"})
    assert (span.attributes["layer.error.code"], span.attributes["layer.scanner.pii"]) == (7, {"found": 2})


def test_errors_and_scanners_may_be_objects_as_they_are_sent(layer: Client, server: Answering):
    @layer.action(session_id="s", kind=KIND)
    def run() -> Any:
        return {"n": 1}, {"message": "too long"}, [{"name": "pii", "data": {"found": 2}}]

    run()
    span = named(server, "run")
    assert span.failure is not None
    assert (span.input, span.failure.message, span.attributes["layer.scanner.pii"]) == (
        {"n": 1},
        "too long",
        {"found": 2},
    )


def test_arguments_of_a_wrong_kind_are_not_felt(layer: Client):
    odd: Any = ["no mapping"]

    @layer.session(session_id=odd, attributes=odd)
    @layer.action(session_id=odd, kind=odd, attributes=odd)
    def run() -> str:
        return "ran"

    assert run() == "ran"


def test_an_output_that_names_its_model_is_a_call_to_it(layer: Client, server: Answering):
    @layer.action(
        session_id="s",
        kind=SessionActionKind.COMPLETION_OUTPUT,
        attributes={"model.id": "own-7b", "model.temperature": 0.1},
    )
    def answer() -> Any:
        usage = {"input_tokens": 3, "output_tokens": 5}
        return MESSAGES, None, [SessionActionScanner(name="usage", data=usage)]

    answer()
    (span,) = server.spans()
    call = span.call
    assert call is not None
    assert call.usage is not None
    assert (call.request_model, call.parameters, call.usage.output_tokens) == ("own-7b", {"temperature": 0.1}, 5)
    assert len(call.output) == 1
    assert (span.session_id, span.attributes["layer.kind"]) == ("s", "completion_output")
    assert span.start_ns < span.end_ns


def test_attributes_of_the_program_stay_as_they_are(layer: Client, server: Answering):
    """Defect 6: the old package wrote its own into them."""
    given = {"user.id": "u"}

    @layer.session(attributes=given)
    @layer.action(session_id="s", kind=KIND, attributes=given)
    def run() -> None:
        layer.create_session(attributes=given)

    run()
    assert given == {"user.id": "u"}


def test_nothing_is_sent_while_a_decorated_function_runs_and_a_dead_server_is_not_felt(fresh: Client):
    """Defect 2: the old package asked the server first, and raised when it was not there."""

    @fresh.session()
    def before_init() -> str:
        return "before"

    assert before_init() == "before"
    fresh.init(base_url="http://127.0.0.1:9", application_id="a")

    @fresh.action(session_id="s", kind=KIND)
    def run() -> str:
        return "ran"

    assert (run(), before_init()) == ("ran", "before")
