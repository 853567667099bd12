"""History: one agent's trace that sends its whole conversation again with every turn, as agents do."""

import json
import random
from collections.abc import Iterator
from typing import Any

import msgspec
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from bench.payload.shape import attributes_of

_TURN_NS = 3_000_000_000
_BATCH_TURNS = 5


class AgentTrace(msgspec.Struct, frozen=True, kw_only=True):
    """`bodies` are the requests in order; `calls` the input and output of each call as JSON text, `texts` what
    was said, each once."""

    bodies: list[bytes]
    calls: list[tuple[str, str]]
    texts: list[str]


def agent_trace(pool: bytes, turns: int, message_bytes: int, begin_ns: int) -> AgentTrace:
    """A trace of so many turns, each adding a user's (or tool's) and an assistant's message of so many bytes."""
    rng = random.Random()
    trace_id = rng.randbytes(16)
    root_id = rng.randbytes(8)
    history: list[dict[str, Any]] = []
    calls: list[tuple[str, str]] = []
    spans: list[dict[str, Any]] = [_root(root_id, begin_ns, turns)]
    for turn in range(turns):
        history.append({"role": "user", "parts": [_text(pool, rng, message_bytes)]})
        answer = {"role": "assistant", "parts": [_text(pool, rng, message_bytes)], "finish_reason": "stop"}
        calls.append((json.dumps(history), json.dumps([answer])))
        spans.append(_call(rng.randbytes(8), root_id, begin_ns + turn * _TURN_NS, calls[-1]))
        history.append({key: value for key, value in answer.items() if key != "finish_reason"})
    texts = [message["parts"][0]["content"] for message in history]
    return AgentTrace(bodies=list(_bodies(trace_id, spans)), calls=calls, texts=texts)


def _text(pool: bytes, rng: random.Random, length: int) -> dict[str, str]:
    at = rng.randrange(len(pool) - length)
    return {"type": "text", "content": pool[at : at + length].decode()}


def _root(span_id: bytes, begin_ns: int, turns: int) -> dict[str, Any]:
    return {
        "span_id": span_id,
        "name": "invoke_agent researcher",
        "start_time_unix_nano": begin_ns,
        "end_time_unix_nano": begin_ns + turns * _TURN_NS,
        "attributes": attributes_of({"gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": "researcher"}),
    }


def _call(span_id: bytes, parent: bytes, at_ns: int, said: tuple[str, str]) -> dict[str, Any]:
    facts = {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "openai",
        "gen_ai.request.model": "gpt-4.1",
        "gen_ai.response.model": "gpt-4.1-2025-04-14",
        "gen_ai.usage.input_tokens": len(said[0]) // 4,
        "gen_ai.usage.output_tokens": len(said[1]) // 4,
        "gen_ai.input.messages": said[0],
        "gen_ai.output.messages": said[1],
    }
    return {
        "span_id": span_id,
        "parent_span_id": parent,
        "name": "chat gpt-4.1",
        "kind": 3,
        "start_time_unix_nano": at_ns,
        "end_time_unix_nano": at_ns + _TURN_NS - 1_000_000,
        "attributes": attributes_of(facts),
    }


def _bodies(trace_id: bytes, spans: list[dict[str, Any]]) -> Iterator[bytes]:
    for first in range(0, len(spans), _BATCH_TURNS):
        request = ExportTraceServiceRequest()
        held = request.resource_spans.add()
        held.resource.attributes.extend(attributes_of({"service.name": "researcher"}))
        scope_spans = held.scope_spans.add()
        scope_spans.scope.name = "bench.history"
        for span in spans[first : first + _BATCH_TURNS]:
            scope_spans.spans.add(trace_id=trace_id, **span)
        yield request.SerializeToString()
