"""`prysm_context`: who a call is for, in each task, thread and generator by itself."""

import asyncio
import contextlib
import gc
import threading
from collections.abc import AsyncIterator, Generator, Iterator
from contextvars import copy_context
from typing import Any
from weakref import ref

import pytest

from headwater.compat.prysmai.api import PrysmContext, prysm_context


def user() -> str | None:
    return prysm_context.get().user_id


async def test_two_requests_at_once_do_not_read_each_others_user() -> None:
    """The old package changed one object that all tasks shared."""

    async def request(name: str) -> str | None:
        prysm_context.set(user_id=name)
        await asyncio.sleep(0)
        return user()

    assert await asyncio.gather(request("a"), request("b")) == ["a", "b"]
    assert user() is None


def test_a_thread_does_not_see_what_another_set() -> None:
    prysm_context.set(user_id="main")
    seen: list[str | None] = []
    thread = threading.Thread(target=lambda: seen.append(user()))
    thread.start()
    thread.join()
    assert (seen, user()) == ([None], "main")


def test_clearing_clears_what_was_set() -> None:
    prysm_context.set(user_id="u", session_id="s", metadata={"k": 1})
    prysm_context.clear()
    assert prysm_context.get() == PrysmContext()


def test_a_scope_adds_to_what_holds_and_is_left_again() -> None:
    prysm_context.set(user_id="user_123", session_id="sess_abc")
    with prysm_context(user_id="user_456", metadata={"env": "production"}) as inside:
        assert inside == PrysmContext("user_456", "sess_abc", metadata={"env": "production"})
        with prysm_context(metadata={"more": 1}):
            assert prysm_context.get().metadata == {"env": "production", "more": 1}
    assert prysm_context.get() == PrysmContext("user_123", "sess_abc")


def test_what_is_set_in_a_scope_is_gone_after_it() -> None:
    prysm_context.set(user_id="outer")
    with prysm_context(session_id="s"):
        prysm_context.set(user_id="inner")
        assert user() == "inner"
    assert user() == "outer"


def test_one_scope_can_be_entered_again_and_within_itself() -> None:
    scope = prysm_context(user_id="u")
    for _ in range(2):
        with scope, scope:
            assert user() == "u"
        assert user() is None


def test_changing_what_was_read_changes_nothing() -> None:
    prysm_context.set(user_id="u", metadata={"k": 1})
    read = prysm_context.get()
    read.user_id = "another"
    read.metadata["k"] = 2
    assert prysm_context.get() == PrysmContext("u", metadata={"k": 1})


def test_a_suspended_generator_lends_its_scope_to_nobody() -> None:
    def steps(name: str) -> Iterator[str | None]:
        with prysm_context(user_id=name):
            yield user()
            yield user()

    one, other = steps("one"), steps("other")
    assert [next(one), user(), next(other), user(), next(one), next(other)] == [
        "one",
        None,
        "other",
        None,
        "one",
        "other",
    ]
    assert [*one, *other, user()] == [None]


async def test_a_suspended_async_generator_lends_its_scope_to_nobody() -> None:
    async def steps() -> AsyncIterator[str | None]:
        with prysm_context(user_id="inside"):
            yield user()
            await asyncio.sleep(0)
            yield user()

    assert [pair async for seen in steps() for pair in (seen, user())] == ["inside", None, "inside", None]


def test_a_scope_entered_while_a_generator_is_suspended_outlives_it() -> None:
    def step() -> Iterator[None]:
        with prysm_context(user_id="generator", metadata={"g": 1}):
            yield

    running = step()
    next(running)
    with prysm_context(session_id="s"):
        assert prysm_context.get() == PrysmContext(session_id="s")
        assert list(running) == []
        assert prysm_context.get() == PrysmContext(session_id="s")
    assert prysm_context.get() == PrysmContext()


def test_a_context_manager_made_of_a_generator_does_lend_its_scope() -> None:
    @contextlib.contextmanager
    def as_user(name: str) -> Generator[None]:
        with prysm_context(user_id=name):
            yield

    with as_user("u"):
        assert user() == "u"
    assert user() is None


async def test_a_task_keeps_what_it_was_begun_with_when_the_scope_is_left() -> None:
    async def later() -> str | None:
        await asyncio.sleep(0)
        return user()

    with prysm_context(user_id="u"):
        task = asyncio.get_running_loop().create_task(later())
    assert (user(), await task) == (None, "u")


def test_leaving_in_another_context_raises_nothing_and_changes_nothing_there() -> None:
    """The old package reset a token, which raises ValueError where it was not made."""
    scope = prysm_context(user_id="u")
    copy_context().run(scope.__enter__)
    prysm_context.set(user_id="mine")
    scope.__exit__(None, None, None)
    assert user() == "mine"


@pytest.mark.parametrize("value", ["ülrich", "line\nbreak", "50%", " blank ", "名前", "plain id-1", "\x00", 17])
def test_any_id_makes_a_header_that_can_be_sent_and_read_again(value: Any) -> None:
    headers = PrysmContext(user_id=value, session_id=value).to_headers()
    assert all(text.isascii() and text.isprintable() and text == text.strip() for text in headers.values())
    prysm_context.from_headers({name.lower(): text for name, text in headers.items()})
    assert prysm_context.get() == PrysmContext(user_id=str(value), session_id=str(value))


def test_the_headers_are_those_that_prysms_servers_know() -> None:
    context = PrysmContext("u", "s", "g", {"env": "prod", "ü": "✓"})
    assert context.to_headers() == {
        "X-Prysm-User-Id": "u",
        "X-Prysm-Session-Id": "s",
        "X-Prysm-Governance-Session-Id": "g",
        "X-Prysm-Metadata": '{"env": "prod", "\\u00fc": "\\u2713"}',
    }


def test_metadata_that_is_no_json_is_sent_as_text_or_not_at_all() -> None:
    endless: dict[str, Any] = {}
    endless["self"] = endless
    assert PrysmContext(metadata={"what": object}).to_headers()["X-Prysm-Metadata"].startswith('{"what": "')
    assert PrysmContext("u", metadata=endless).to_headers() == {"X-Prysm-User-Id": "u"}
    assert PrysmContext("u", metadata={"long": "x" * 100_000}).to_headers() == {"X-Prysm-User-Id": "u"}


@pytest.mark.parametrize("told", ["{", "[1]", "null", "\xff"])
def test_headers_with_nonsense_set_what_can_be_read(told: str) -> None:
    prysm_context.from_headers({"X-Prysm-User-Id": "u", "X-PRYSM-METADATA": told})
    assert prysm_context.get() == PrysmContext("u")


def test_metadata_in_third_place_is_metadata() -> None:
    """So the README has it; later packages put another argument there."""
    prysm_context.set("u", "s", {"env": "production"})  # pyright: ignore[reportArgumentType] - as the README has it
    assert prysm_context.get() == PrysmContext("u", "s", metadata={"env": "production"})
    with prysm_context("v", "s", {"more": 1}):  # pyright: ignore[reportArgumentType] - as the README has it
        assert prysm_context.get().metadata == {"env": "production", "more": 1}
    assert PrysmContext("u", "s", {"a": 1}).metadata == {"a": 1}  # pyright: ignore[reportArgumentType] - the same


def test_what_was_replaced_is_held_no_longer() -> None:
    class Thing:
        """Something that can be waited for to be gone."""

    def step() -> Iterator[None]:
        with prysm_context(user_id="generator"):
            yield

    suspended = step()
    next(suspended)
    things = [Thing() for _ in range(10)]
    gone = [ref(thing) for thing in things]
    while things:
        prysm_context.set(metadata={"thing": things.pop()})
    prysm_context.set(metadata={})
    gc.collect()
    assert [thing() for thing in gone] == [None] * 10
