"""The exporters that people run, as they are: OpenTelemetry's over HTTP and gRPC, and Langfuse's SDK."""

import logging

import pytest
from langfuse import Langfuse
from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter as GrpcExporter
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter as HttpExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.trace import Status, StatusCode

from tests.journeys.projects import Project
from tests.serving import wait_until

_CALL = {
    "gen_ai.operation.name": "chat",
    "gen_ai.provider.name": "anthropic",
    "gen_ai.request.model": "claude-sonnet-4-5",
    "gen_ai.usage.input_tokens": 1200,
    "gen_ai.usage.output_tokens": 34,
    "user.id": "u-1",
    "session.id": "s-1",
}


def exporters(project: Project) -> dict[str, SpanExporter]:
    """The exporters as a user sets them up."""
    url, key = f"{project.server.otlp_url}/v1/traces", {"x-headwater-key": project.key}
    return {
        "http": HttpExporter(endpoint=url, headers=key),
        "http gzip": HttpExporter(endpoint=url, headers=key, compression=Compression.Gzip),
        "http deflate": HttpExporter(endpoint=url, headers=key, compression=Compression.Deflate),
        "grpc": GrpcExporter(endpoint=f"127.0.0.1:{project.server.grpc_port}", insecure=True, headers=key),
    }


@pytest.mark.parametrize("kind", ["http", "http gzip", "http deflate", "grpc"])
def test_opentelemetrys_exporter_brings_a_trace_over(project: Project, kind: str) -> None:
    provider = TracerProvider(resource=Resource.create({"service.name": "shop"}))
    provider.add_span_processor(SimpleSpanProcessor(exporters(project)[kind]))
    tracer = provider.get_tracer("my.app")
    with tracer.start_as_current_span("checkout") as root:
        with tracer.start_as_current_span("chat claude", attributes=_CALL):
            pass
        root.set_status(Status(StatusCode.ERROR, "the card was refused"))
    provider.shutdown()
    project.await_spans(2)
    trace = wait_until(lambda: project.get("/traces")["items"], 5, "the trace in the list")[0]
    assert (trace["name"], trace["status"], trace["call_count"]) == ("checkout", "error", 1)
    assert (trace["input_tokens"], trace["output_tokens"]) == (1200, 34)
    assert trace["cost_usd"] > 0
    assert project.sql("SELECT user_id, session_id, service_name FROM calls") == [("u-1", "s-1", "shop")]


def test_an_exporter_with_a_wrong_key_is_told_at_once(project: Project) -> None:
    exporter = HttpExporter(endpoint=f"{project.server.otlp_url}/v1/traces", headers={"x-headwater-key": "hw_no"})
    provider = TracerProvider()
    span = provider.get_tracer("my.app").start_span("lost")
    span.end()
    assert exporter.export([span]) is SpanExportResult.FAILURE  # pyright: ignore[reportArgumentType] - as the SDK calls it
    exporter.shutdown()


def test_langfuses_sdk_works_with_another_address_and_complains_of_nothing(
    project: Project, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        client = Langfuse(public_key="pk-lf-any", secret_key=project.key, base_url=project.server.base_url)
        with client.start_as_current_observation(name="answer", as_type="agent") as agent:
            with client.start_as_current_observation(
                name="ask", as_type="generation", model="gpt-4o-mini", input=[{"role": "user", "content": "hi"}]
            ) as generation:
                generation.update(output="hello", usage_details={"input": 11, "output": 2})
            agent.score_trace(name="quality", value=1)
        client.flush()
        client.shutdown()
    project.await_spans(2)
    wait_until(lambda: not project.server.health()["quarantined"], 5, "an empty quarantine")
    assert project.sql("SELECT model, input_tokens, output_tokens FROM calls") == [("gpt-4o-mini", 11, 2)]
    assert [record.message for record in caplog.records if record.name.startswith(("langfuse", "opentelemetry"))] == []
