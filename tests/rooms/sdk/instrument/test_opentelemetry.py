"""One trace with OpenTelemetry, where the program uses it."""

from collections.abc import Generator

import httpx2
import openai
import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider

from headwater.sdk.instrument import observe
from tests.rooms.sdk.instrument.asking import ask, only_span
from tests.versions.recording import Recording


@pytest.fixture
def tracer() -> Generator[trace.Tracer]:
    """A tracer of the program's own, whose spans go nowhere."""
    provider = TracerProvider(shutdown_on_exit=False)
    yield provider.get_tracer("program")
    provider.shutdown()


def test_a_call_is_a_child_of_opentelemetrys_span(outbox: Recording, gpt: openai.OpenAI, tracer: trace.Tracer):
    observe(gpt)
    with tracer.start_as_current_span("work") as work:
        ask(gpt)
        assert trace.get_current_span() is work
    context = work.get_span_context()
    span = only_span(outbox)
    assert (span.trace_id, span.parent_span_id) == (f"{context.trace_id:032x}", f"{context.span_id:016x}")
    assert not trace.get_current_span().get_span_context().is_valid


def test_spans_that_begin_within_a_request_are_its_children(outbox: Recording, vendor_url: str, tracer: trace.Tracer):
    inner: list[trace.SpanContext] = []

    def asked(request: httpx2.Request) -> None:
        inner.append(trace.get_current_span().get_span_context())

    with httpx2.Client(event_hooks={"request": [asked]}) as http_client:
        ask(observe(openai.OpenAI(base_url=f"{vendor_url}/v1", api_key="sk", http_client=http_client)))
    span = only_span(outbox)
    assert (f"{inner[0].trace_id:032x}", f"{inner[0].span_id:016x}") == (span.trace_id, span.span_id)
    assert not trace.get_current_span().get_span_context().is_valid
