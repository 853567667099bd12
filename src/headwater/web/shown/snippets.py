"""Snippets: what to paste so that the first trace comes, with the address of this very server."""

import msgspec


class Snippet(msgspec.Struct, frozen=True, kw_only=True):
    """A text to copy; `say` is a sentence on what it does."""

    name: str
    text: str
    say: str


_ENVIRONMENT = """export OTEL_EXPORTER_OTLP_ENDPOINT={base_url}
export OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf
export OTEL_EXPORTER_OTLP_HEADERS=x-headwater-key=YOUR_KEY"""

_CURL = """START=$(date +%s)
curl {base_url}/v1/traces \\
  -H 'content-type: application/json' -H 'x-headwater-key: YOUR_KEY' \\
  -d '{{"resourceSpans":[{{"scopeSpans":[{{"spans":[{{
    "traceId":"'$(openssl rand -hex 16)'","spanId":"'$(openssl rand -hex 8)'",
    "name":"chat gpt-5-mini","kind":3,
    "startTimeUnixNano":"'$START'000000000","endTimeUnixNano":"'$((START+1))'000000000",
    "attributes":[
      {{"key":"gen_ai.operation.name","value":{{"stringValue":"chat"}}}},
      {{"key":"gen_ai.provider.name","value":{{"stringValue":"openai"}}}},
      {{"key":"gen_ai.request.model","value":{{"stringValue":"gpt-5-mini"}}}},
      {{"key":"gen_ai.usage.input_tokens","value":{{"intValue":"120"}}}},
      {{"key":"gen_ai.usage.output_tokens","value":{{"intValue":"18"}}}}]
  }}]}}]}}]}}'"""

_PYTHON = """# pip install opentelemetry-sdk opentelemetry-exporter-otlp-proto-http
from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

exporter = OTLPSpanExporter(
    endpoint="{base_url}/v1/traces",
    headers={{"x-headwater-key": "YOUR_KEY"}},
)
provider = TracerProvider()
provider.add_span_processor(BatchSpanProcessor(exporter))
trace.set_tracer_provider(provider)"""

_ALL = (
    ("Any OpenTelemetry program", _ENVIRONMENT, "Set these where the program runs; nothing in it changes."),
    ("A trace by hand", _CURL, "Sends one call with its usage. It is in the list within two seconds."),
    ("Python", _PYTHON, "Before the first call; then every instrumented library reports here."),
)


def snippets(base_url: str) -> tuple[Snippet, ...]:
    """Return the first steps for a server at `base_url`."""
    return tuple(Snippet(name=name, text=text.format(base_url=base_url), say=say) for name, text, say in _ALL)
