"""The texts of the snippets, by way of sending. `{base_url}`, `{project}` and `{key}` are filled in."""

from collections.abc import Mapping

from headwater.web.shown.product_texts import PRODUCT_TEXTS
from headwater.web.shown.texts import Text, Told

_SDK_CALL = """import headwater
from openai import OpenAI

headwater.init(
    url="{base_url}",
    key="{key}",
    service_name="first-steps",
)
client = headwater.observe(OpenAI())

answer = client.chat.completions.create(
    model="gpt-4o-mini",
    messages=[{{"role": "user", "content": "Name three lighthouses."}}],
)
print(answer.choices[0].message.content)"""

_SDK_STEP = """import headwater

headwater.init(
    url="{base_url}",
    key="{key}",
    service_name="first-steps",
)

with headwater.span("first steps", kind="tool", input="Does it work?") as step:
    step.output("It does.")
headwater.flush()"""

_SDK_ENVIRONMENT = """export HEADWATER_URL={base_url}
export HEADWATER_KEY={key}"""

_PROXY_CURL = """curl {base_url}/openai/v1/chat/completions \\
  -H "x-headwater-key: {key}" \\
  -H "authorization: Bearer $OPENAI_API_KEY" -H "content-type: application/json" \\
  -d '{{"model": "gpt-4o-mini", "messages": [{{"role": "user", "content": "Hello"}}]}}'"""

_PROXY_OPENAI = """from openai import OpenAI

client = OpenAI(
    base_url="{base_url}/openai/v1",
    default_headers={{"x-headwater-key": "{key}"}},
)
answer = client.chat.completions.create(
    model="gpt-4o-mini",
    messages=[{{"role": "user", "content": "Name three lighthouses."}}],
)
print(answer.choices[0].message.content)"""

_PROXY_ANTHROPIC = """from anthropic import Anthropic

client = Anthropic(
    base_url="{base_url}/anthropic",
    default_headers={{"x-headwater-key": "{key}"}},
)
answer = client.messages.create(
    model="claude-haiku-4-5",
    max_tokens=200,
    messages=[{{"role": "user", "content": "Name three lighthouses."}}],
)
print(answer.content[0].text)"""

_PROXY_ENVIRONMENT = """export OPENAI_BASE_URL={base_url}/openai/v1
export OPENAI_CUSTOM_HEADERS="x-headwater-key: {key}"
export ANTHROPIC_BASE_URL={base_url}/anthropic
export ANTHROPIC_CUSTOM_HEADERS="x-headwater-key: {key}\""""

_OTLP_ENVIRONMENT = """export OTEL_EXPORTER_OTLP_ENDPOINT={base_url}
export OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf
export OTEL_EXPORTER_OTLP_HEADERS=x-headwater-key={key}"""

_OTLP_PYTHON = """# pip install opentelemetry-sdk opentelemetry-exporter-otlp-proto-http
from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

exporter = OTLPSpanExporter(
    endpoint="{base_url}/v1/traces",
    headers={{"x-headwater-key": "{key}"}},
)
provider = TracerProvider()
provider.add_span_processor(BatchSpanProcessor(exporter))
trace.set_tracer_provider(provider)

with trace.get_tracer("first-steps").start_as_current_span("first steps"):
    print("It works.")"""

_OTLP_CURL = """START=$(date +%s)
curl {base_url}/v1/traces \\
  -H 'content-type: application/json' -H 'x-headwater-key: {key}' \\
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

TEXTS: Mapping[str, Told] = {
    "python": Told(
        name="Python",
        say="Our package records the clients of OpenAI and Anthropic, and steps of your own. It needs nothing but one"
        " small library, and never slows or breaks your program.",
        texts=(
            Text("Install it", "sh", "pip install headwater", "Python 3.11 or later."),
            Text("Record a client", "python", _SDK_CALL, "The call is on the page of traces within two seconds."),
            Text("Without a model", "python", _SDK_STEP, "Records a step, so that you see whether the way is open."),
            Text(
                "Address and key outside the program",
                "sh",
                _SDK_ENVIRONMENT,
                "Then headwater.init() needs neither. On this server's machine and account it finds both itself.",
            ),
        ),
    ),
    "proxy": Told(
        name="Proxy",
        say="Any language, no package: put this server's address before the provider's path, and every call is recorded"
        " on its way. Answers come through untouched, streams too.",
        texts=(
            Text("curl", "sh", _PROXY_CURL, "Recorded, and answered by OpenAI."),
            Text("OpenAI's client", "python", _PROXY_OPENAI, "The provider's key stays where it was."),
            Text("Anthropic's client", "python", _PROXY_ANTHROPIC, "The same, in Anthropic's own dialect."),
            Text(
                "Without touching the program",
                "sh",
                _PROXY_ENVIRONMENT,
                "For clients that read the environment: coding agents and most Python and JavaScript programs.",
            ),
        ),
    ),
    "otlp": Told(
        name="OpenTelemetry",
        say="Whatever exports traces by OTLP sends here as it is: any language, any instrumentation of models.",
        texts=(
            Text("Any program", "sh", _OTLP_ENVIRONMENT, "Set these where the program runs; nothing in it changes."),
            Text("Python", "python", _OTLP_PYTHON, "Before the first call; every instrumented library reports here."),
            Text("A trace by hand", "sh", _OTLP_CURL, "Sends one call with its usage; no program needed."),
        ),
    ),
    **PRODUCT_TEXTS,
}
"""By the way's name in addresses, in the order in which they are shown."""
