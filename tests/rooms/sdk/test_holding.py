"""What a program must not notice: no reference held, no exception changed, no delay by its own objects."""

import gc
import weakref
from collections.abc import Generator
from typing import Any

import pytest

import headwater
from tests.receiving import Receiver


class Thing:
    """Something whose end can be seen."""

    def __repr__(self) -> str:
        raise AssertionError("its repr was called")


class Unlucky(Exception):
    """An exception whose end can be seen."""


@pytest.fixture
def nowhere() -> Generator[None]:
    """The SDK, with a server that is not there: everything recorded waits."""
    headwater.init(url="http://127.0.0.1:9", exit_timeout_s=0)
    yield
    headwater.shutdown()


@pytest.mark.usefixtures("nowhere")
def test_no_argument_result_or_exception_is_held():
    @headwater.span
    def keep(thing: Thing, *, named: dict[str, Thing]) -> list[Thing]:
        with headwater.span("inner", input=thing, attribute=thing) as span:
            span.output(thing)
            span.event("seen", thing=thing)
        headwater.log(model="m", input=[thing], attributes={"thing": thing})
        return [thing]

    @headwater.span
    def fail(thing: Thing) -> None:
        raise Unlucky(thing)

    thing = Thing()
    seen = weakref.ref(thing)
    keep(thing, named={"a": thing})
    with pytest.raises(Unlucky) as caught:
        fail(thing)
    raised = weakref.ref(caught.value)
    del caught
    del thing
    gc.collect()
    assert seen() is None
    assert raised() is None


@pytest.mark.usefixtures("nowhere")
def test_an_exception_stays_as_it_was_raised():
    cause = KeyError("cause")

    @headwater.span
    def fail() -> None:
        raise LookupError("outer") from cause

    with pytest.raises(LookupError) as caught:
        fail()
    assert caught.value.__cause__ is cause
    assert not hasattr(caught.value, "__notes__")


def test_a_session_that_cannot_be_read_changes_nothing(receiver: Receiver, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("HEADWATER_RAISE")
    with headwater.session("s", metadata={"thing": Thing()}), headwater.span("work"):
        pass
    with headwater.continue_from({b"traceparent": Thing()}), headwater.span("served"):
        pass
    assert receiver.span("work").session_id == ""
    assert receiver.span("served").parent_span_id == ""


def test_strange_words_for_names_and_kinds_are_taken(receiver: Receiver, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("HEADWATER_RAISE")
    span: Any = headwater.span
    with span("odd", kind="no such kind") as odd:
        odd.set(7)
        odd.event(None)
        odd.link(None)
        odd.fail(None)
        odd.score("good", Thing())
    assert receiver.span("odd").kind == "span"


def test_a_text_that_no_encoding_knows_arrives(receiver: Receiver):
    with headwater.span("surrogate", input="half \ud83d of it") as span:
        span.set({"\udc00": float("nan")})
    assert "half" in receiver.span("surrogate").input
