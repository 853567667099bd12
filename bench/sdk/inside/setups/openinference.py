"""OpenInference's instrumentation of openai, with the OpenTelemetry SDK and OTLP over HTTP."""

from openinference.instrumentation import TracerProvider
from openinference.instrumentation.openai import OpenAIInstrumentor
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace.export import BatchSpanProcessor

from bench.sdk.inside.setup import Setup


def setup(sink: str) -> Setup:
    """Contents are on by default."""
    provider = TracerProvider()
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=f"{sink}/v1/traces")))
    OpenAIInstrumentor().instrument(tracer_provider=provider)
    tracer = provider.get_tracer("bench")
    return Setup(flush=provider.force_flush, decorate=tracer.chain)
