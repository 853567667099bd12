"""One trace with OpenTelemetry, where the program has it."""

import asyncio
import logging
from collections.abc import Generator

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

import headwater
from tests.receiving import Receiver

_exported = InMemorySpanExporter()
_provider = TracerProvider()
_provider.add_span_processor(SimpleSpanProcessor(_exported))
_tracer = _provider.get_tracer("theirs")


@pytest.fixture(autouse=True)
def forgotten() -> Generator[None]:
    """Each test begins with nothing exported."""
    _exported.clear()
    yield
    assert not trace.get_current_span().get_span_context().is_valid


def _theirs(name: str) -> ReadableSpan:
    (found,) = [span for span in _exported.get_finished_spans() if span.name == name]
    return found


def _ids(span: ReadableSpan) -> tuple[str, str]:
    assert span.context is not None
    return f"{span.context.trace_id:032x}", f"{span.context.span_id:016x}"


def test_the_innermost_of_both_is_the_parent(receiver: Receiver):
    with (
        headwater.span("ours 1"),
        _tracer.start_as_current_span("theirs 2"),
        headwater.span("ours 3"),
        headwater.span("ours 4"),
        _tracer.start_as_current_span("theirs 5"),
    ):
        pass
    first, third, fourth = (receiver.span(f"ours {number}") for number in (1, 3, 4))
    second, fifth = _theirs("theirs 2"), _theirs("theirs 5")
    assert second.parent is not None
    assert fifth.parent is not None
    assert f"{second.parent.span_id:016x}" == first.span_id
    assert third.parent_span_id == _ids(second)[1]
    assert fourth.parent_span_id == third.span_id
    assert f"{fifth.parent.span_id:016x}" == fourth.span_id
    assert len({first.trace_id, third.trace_id, _ids(second)[0], _ids(fifth)[0]}) == 1


def test_a_span_of_theirs_begins_our_trace(receiver: Receiver):
    with headwater.session("chat"), _tracer.start_as_current_span("request") as request:
        with headwater.span("work"):
            assert headwater.headers()["traceparent"].startswith(f"00-{request.get_span_context().trace_id:032x}-")
        with _tracer.start_as_current_span("sibling"):
            pass
    told = receiver.span("work")
    assert told.parent_span_id == f"{request.get_span_context().span_id:016x}"
    assert told.session_id == "chat"
    assert _theirs("sibling").parent == request.get_span_context()


def test_their_sampling_stays_theirs(receiver: Receiver):
    headwater.init(url=receiver.url, sample_rate=0)
    with headwater.span("dropped by us"), _tracer.start_as_current_span("kept by them"):
        pass
    assert _theirs("kept by them")
    assert receiver.spans() == []


def test_a_remote_trace_is_continued_by_both(receiver: Receiver):
    with headwater.continue_from("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"):
        with _tracer.start_as_current_span("theirs"):
            pass
        with headwater.span("ours"):
            pass
    parent = _theirs("theirs").parent
    assert parent is not None
    assert parent.is_remote
    assert receiver.span("ours").parent_span_id == f"{parent.span_id:016x}" == "b7ad6b7169203331"


def test_a_span_left_open_by_a_generator_stays_current_for_neither(receiver: Receiver):
    def leaking() -> Generator[None]:
        with headwater.span("leaky"):
            yield

    running = leaking()
    next(running)
    with headwater.span("meanwhile"):
        running.close()
    with _tracer.start_as_current_span("theirs"), headwater.span("ours"):
        pass
    assert _theirs("theirs").parent is None
    assert receiver.span("ours").parent_span_id == _ids(_theirs("theirs"))[1]


async def test_tasks_and_generators_make_opentelemetry_log_nothing(
    receiver: Receiver, caplog: pytest.LogCaptureFixture
):
    @headwater.span("stream")
    async def stream() -> object:
        with headwater.span("held"):
            return asyncio.get_running_loop()

    @headwater.span("numbers")
    def numbers() -> Generator[int]:
        yield 1
        with _tracer.start_as_current_span("theirs"):
            yield 2

    with caplog.at_level(logging.DEBUG):
        await asyncio.gather(stream(), stream())
        running = numbers()
        assert next(running) == 1
        assert next(running) == 2
        running.close()
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []
    assert len([span for span in receiver.spans() if span.name == "held"]) == 2
