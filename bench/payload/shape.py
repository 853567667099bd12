"""Shape: what a program's exporter puts in a batch: agents that call models and tools, about 2 KB a span.

A trace has 5 to 10 spans: the agent, then model calls and tools in turn. System prompt and tool definitions repeat, as
they do in life; every other text is new each time. History is not sent again here (`history` measures that): a block
then has more distinct text than in life, which is the harder case for a store that keeps each text once.
"""

import json
import random
from typing import Any

import msgspec
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue

from bench.payload.fill import Template
from bench.payload.marks import hex_mark, nonce_mark, span_mark, text_mark, time_mark, trace_mark

MODELS = (
    ("openai", "gpt-4.1", "gpt-4.1-2025-04-14"),
    ("openai", "gpt-4.1-mini", "gpt-4.1-mini-2025-04-14"),
    ("openai", "gpt-5-mini", "gpt-5-mini-2025-08-07"),
    ("anthropic", "claude-sonnet-4-5", "claude-sonnet-4-5-20250929"),
    ("anthropic", "claude-haiku-4-5", "claude-haiku-4-5-20251001"),
    ("openai", "o4-mini", "o4-mini-2025-04-16"),
)
SERVICES = ("checkout-assistant", "support-agent", "search-rewriter", "report-writer", "triage")
ENVIRONMENTS = ("production", "production", "production", "staging", "development")
TOOLS = ("search_orders", "get_customer", "create_ticket", "convert_currency", "lookup_policy", "send_email")
USERS = 3_000
_MS = 1_000_000
_SPREAD_NS = 2_000 * _MS


class _Batch(msgspec.Struct, kw_only=True):
    """A request being built."""

    spans: Any
    rng: random.Random
    service: str
    count: int = 0
    traces: int = 0


def templates(count: int, spans: int, seed: int = 1) -> list[Template]:
    """So many templates of so many spans each, in whole traces; a trace of one span is a single call."""
    return [_template(spans, random.Random(seed * 1000 + number)) for number in range(count)]


def _template(spans: int, rng: random.Random) -> Template:
    request = ExportTraceServiceRequest()
    resource_spans = request.resource_spans.add()
    service = rng.choice(SERVICES)
    resource = {
        "service.name": service,
        "service.version": f"2.{rng.randrange(30)}.0",
        "deployment.environment.name": rng.choice(ENVIRONMENTS),
        "telemetry.sdk.language": "python",
        "telemetry.sdk.name": "opentelemetry",
        "telemetry.sdk.version": "1.44.0",
    }
    resource_spans.resource.attributes.extend(attributes_of(resource))
    scope_spans = resource_spans.scope_spans.add()
    scope_spans.scope.name = "bench.agents"
    scope_spans.scope.version = "1.0.0"
    batch = _Batch(spans=scope_spans.spans, rng=rng, service=service)
    traces: list[tuple[bytes, int]] = []
    while batch.count < spans:
        size = rng.randint(5, 10)
        left = spans - batch.count
        size = left if left < size + 5 else size
        traces.append(_add_trace(batch, size))
    return Template(request.SerializeToString(), batch.count, traces)


def _add_trace(batch: _Batch, size: int) -> tuple[bytes, int]:
    rng = batch.rng
    trace_id = trace_mark(batch.traces)
    batch.traces += 1
    begin = rng.randrange(_SPREAD_NS)
    who = {
        "user.id": f"user-{min(int(rng.paretovariate(0.7)) * 7, USERS):05d}",
        "session.id": f"session-{batch.traces // 2:03d}-{nonce_mark(12)}",
        "gen_ai.agent.name": batch.service,
    }
    system = _system_prompt(batch.service, rng)
    if size == 1:
        _add_call(batch, trace_id, b"", system, who, begin, rng.randint(200, 2500))
        return trace_id, size
    root = _add_span(batch, trace_id, b"", f"invoke_agent {batch.service}", begin, rng.randint(2000, 30000))
    root.attributes.extend(attributes_of({"gen_ai.operation.name": "invoke_agent", **who, **_agent_said(rng)}))
    at = begin
    for step in range(1, size):
        took_ms = rng.randint(200, 2500)
        if step % 2:
            _add_call(batch, trace_id, root.span_id, system, who, at, took_ms)
        else:
            _add_tool(batch, trace_id, root.span_id, at, took_ms)
        at += took_ms * _MS
    return trace_id, size


def _add_call(
    batch: _Batch, trace_id: bytes, parent: bytes, system: str, who: dict[str, Any], at: int, took_ms: int
) -> None:
    rng = batch.rng
    provider, asked, answered = rng.choice(MODELS)
    call = _add_span(batch, trace_id, parent, f"chat {asked}", at, took_ms)
    said, told = _length(rng, 640), _length(rng, 560)
    output = [{"role": "assistant", "parts": [_text(told)], "finish_reason": "stop"}]
    facts: dict[str, Any] = {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": provider,
        "gen_ai.request.model": asked,
        "gen_ai.response.model": answered,
        "gen_ai.response.id": f"chatcmpl-{hex_mark(24)}",
        "gen_ai.request.temperature": 0.2,
        "gen_ai.request.max_tokens": 1024,
        "gen_ai.response.finish_reasons": ["stop"],
        "gen_ai.usage.input_tokens": 200 + said // 4,
        "gen_ai.usage.output_tokens": told // 4,
        "gen_ai.usage.cache_read.input_tokens": 128 if rng.random() < 0.5 else 0,
        "server.address": f"api.{provider}.com",
        **who,
        "gen_ai.system_instructions": json.dumps([_text_of(system)]),
        "gen_ai.tool.definitions": _TOOL_DEFINITIONS[batch.service],
        "gen_ai.input.messages": json.dumps([{"role": "user", "parts": [_text(said)]}]),
        "gen_ai.output.messages": json.dumps(output),
    }
    if rng.random() < 0.5:
        facts |= {"gen_ai.request.stream": True, "gen_ai.response.time_to_first_chunk": rng.randint(100, 900) / 1000}
    if rng.random() < 0.03:
        call.status.code = 2
        call.status.message = "the provider answered 429"
        facts |= {"error.type": "RateLimitError"}
    call.attributes.extend(attributes_of(facts))


def _add_tool(batch: _Batch, trace_id: bytes, parent: bytes, at: int, took_ms: int) -> None:
    rng = batch.rng
    name = rng.choice(TOOLS)
    tool = _add_span(batch, trace_id, parent, f"execute_tool {name}", at, took_ms)
    facts = {
        "gen_ai.operation.name": "execute_tool",
        "gen_ai.tool.name": name,
        "gen_ai.tool.type": "function",
        "gen_ai.tool.call.id": f"call_{hex_mark(20)}",
        "gen_ai.tool.call.arguments": json.dumps({"id": hex_mark(10), "query": text_mark(_length(rng, 120))}),
        "gen_ai.tool.call.result": json.dumps({"rows": 3, "text": text_mark(_length(rng, 900))}),
    }
    tool.attributes.extend(attributes_of(facts))


def _add_span(batch: _Batch, trace_id: bytes, parent: bytes, name: str, at: int, took_ms: int) -> Any:
    span = batch.spans.add()
    span.trace_id = trace_id
    span.span_id = span_mark(batch.count)
    if parent:
        span.parent_span_id = parent
    span.name = name
    span.kind = 3
    span.start_time_unix_nano = time_mark(at)
    span.end_time_unix_nano = time_mark(at + took_ms * _MS)
    batch.count += 1
    return span


def _agent_said(rng: random.Random) -> dict[str, str]:
    given = [{"role": "user", "parts": [_text(_length(rng, 420))]}]
    gave = [{"role": "assistant", "parts": [_text(_length(rng, 520))], "finish_reason": "stop"}]
    return {"gen_ai.input.messages": json.dumps(given), "gen_ai.output.messages": json.dumps(gave)}


def _text(length: int) -> dict[str, str]:
    return _text_of(text_mark(length))


def _text_of(content: str) -> dict[str, str]:
    return {"type": "text", "content": content}


def _length(rng: random.Random, mean: int) -> int:
    """Lengths as people and models have them: mostly short, a few long."""
    return max(20, min(6 * mean, int(mean * rng.lognormvariate(-0.32, 0.8))))


def _system_prompt(service: str, rng: random.Random) -> str:
    rules = " ".join(f"Rule {n}: answer in the tone of {service}, cite what you use." for n in range(1, 5))
    return f"You are {service}, version {rng.randrange(3)}. {rules}"


def attributes_of(facts: dict[str, Any]) -> list[KeyValue]:
    """Facts as OTLP attributes."""
    return [KeyValue(key=key, value=_any(value)) for key, value in facts.items()]


def _any(value: Any) -> AnyValue:
    held = AnyValue()
    match value:
        case bool():
            held.bool_value = value
        case int():
            held.int_value = value
        case float():
            held.double_value = value
        case list():
            held.array_value.values.extend(_any(each) for each in value)
        case _:
            held.string_value = value
    return held


def _tool_definitions(service: str) -> str:
    return json.dumps(
        [
            {
                "type": "function",
                "name": name,
                "description": f"{name.replace('_', ' ')} for {service}",
                "parameters": {"type": "object", "properties": {"id": {"type": "string"}, "query": {"type": "string"}}},
            }
            for name in TOOLS[:2]
        ]
    )


_TOOL_DEFINITIONS = {service: _tool_definitions(service) for service in SERVICES}
