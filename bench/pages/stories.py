"""Stories: what the templates of `payload` do not have: long sessions, one giant trace, failures of many kinds, scores.

In:  a moment (Unix ns).   Out: OTLP bodies for `/v1/traces` and `/v1/logs`.
"""

import json
import random
import uuid
from collections.abc import Iterator, Sequence
from typing import Any

from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from bench.payload import MODELS, TOOLS
from bench.payload.shape import attributes_of

_MS = 1_000_000
_SECOND = 1_000 * _MS
_BATCH = 500
_CALLS_OF_A_TRACE = 25
_AGENTS = ("planner", "researcher", "coder", "reviewer", "writer")

Made = dict[str, Any]


def session(pool: bytes, rng: random.Random, name: str, calls: int, window: int, at_ns: int) -> Iterator[bytes]:
    """A chat of so many calls over many traces; each sends its last `window` messages again (all of them for 0)."""
    history: list[Made] = []
    spans: list[tuple[bytes, Made]] = []
    who = {"user.id": f"user-{7 * rng.randint(1, 400):05d}", "session.id": name}
    trace_id, root_id = b"", b""
    for number in range(calls):
        if number % _CALLS_OF_A_TRACE == 0:
            trace_id, root_id = rng.randbytes(16), rng.randbytes(8)
            spans.append((trace_id, _agent(root_id, b"", "assistant", at_ns, _CALLS_OF_A_TRACE * 20_000, who)))
        history.append({"role": "user", "parts": [_text(pool, rng, 160)]})
        said = history[-window:] if window else history
        answer = {"role": "assistant", "parts": [_text(pool, rng, 240)], "finish_reason": "stop"}
        spans.append((trace_id, _call(rng, root_id, at_ns, rng.randint(500, 5_000), who, (said, answer))))
        history.append({key: value for key, value in answer.items() if key != "finish_reason"})
        at_ns += rng.randint(8, 20) * _SECOND
        if sum(len(_said_of(span)) for _, span in spans) > 4_000_000:
            yield _body(spans, "assistant")
            spans = []
    if spans:
        yield _body(spans, "assistant")


def giant(pool: bytes, rng: random.Random, trace_id: bytes, spans: int, at_ns: int) -> Iterator[bytes]:
    """One trace of so many spans: agents of agents, each with calls of models and tools, some of them failed."""
    root_id = rng.randbytes(8)
    made: list[Made] = [_agent(root_id, b"", "orchestrator", at_ns, spans * 40, {"user.id": "user-00007"})]
    parents = [(root_id, 0)]
    at = at_ns
    while len(made) < spans:
        parent, depth = parents[-1]
        at += rng.randint(5, 60) * _MS
        chance = rng.random()
        if chance < 0.12 and depth < 9:
            parents.append((rng.randbytes(8), depth + 1))
            name = rng.choice(_AGENTS)
            made.append(_agent(parents[-1][0], parent, name, at, rng.randint(500, 9_000), {}))
        elif chance < 0.2 and depth:
            parents.pop()
        elif chance < 0.6:
            said = [{"role": "user", "parts": [_text(pool, rng, 300)]}]
            answer = {"role": "assistant", "parts": [_text(pool, rng, 200)], "finish_reason": "stop"}
            made.append(_call(rng, parent, at, rng.randint(20, 400), {}, (said, answer)))
        else:
            made.append(_tool(pool, rng, parent, at, rng.randint(2, 90)))
    for first in range(0, len(made), _BATCH):
        yield _body([(trace_id, span) for span in made[first : first + _BATCH]], "orchestrator")


def failures(pool: bytes, rng: random.Random, times_ns: Sequence[int]) -> Iterator[bytes]:
    """A failed trace for each time, of a few dozen kinds, whose messages name ids, times and addresses."""
    spans: list[tuple[bytes, Made]] = []
    for at_ns in times_ns:
        trace_id, root_id = rng.randbytes(16), rng.randbytes(8)
        who = {"user.id": f"user-{7 * rng.randint(1, 430):05d}", "session.id": f"broken-{rng.randrange(4_000):04d}"}
        root = _agent(root_id, b"", rng.choice(_AGENTS), at_ns, 4_000, who)
        if rng.random() < 0.5:
            failed = _tool(pool, rng, root_id, at_ns + _MS, rng.randint(5, 3_000), is_failed=True)
        else:
            said = ([{"role": "user", "parts": [_text(pool, rng, 200)]}], None)
            failed = _call(rng, root_id, at_ns + _MS, rng.randint(50, 3_000), who, said)
        spans += [(trace_id, root), (trace_id, failed)]
        if len(spans) >= _BATCH:
            yield _body(spans, "fragile")
            spans = []
    if spans:
        yield _body(spans, "fragile")


def scores(rng: random.Random, judged: Sequence[tuple[str, str, int]]) -> Iterator[bytes]:
    """Judgements of spans (trace id, span id, start): a number, a thumb or a label each, some with a comment."""
    for first in range(0, len(judged), _BATCH):
        request = ExportLogsServiceRequest()
        held = request.resource_logs.add()
        held.resource.attributes.extend(attributes_of({"service.name": "judge"}))
        scope_logs = held.scope_logs.add()
        scope_logs.scope.name = "bench.judge"
        for trace_id, span_id, start_ns in judged[first : first + _BATCH]:
            record = scope_logs.log_records.add(
                trace_id=bytes.fromhex(trace_id),
                span_id=bytes.fromhex(span_id),
                time_unix_nano=start_ns + 5 * _SECOND,
                event_name="gen_ai.evaluation.result",
            )
            record.attributes.extend(attributes_of(_judgement(rng)))
        yield request.SerializeToString()


def _judgement(rng: random.Random) -> Made:
    name = rng.choice(("helpfulness", "correctness", "toxicity", "thumbs", "tone"))
    if name == "tone":
        found: Made = {"gen_ai.evaluation.score.label": rng.choice(("friendly", "neutral", "rude"))}
    elif name == "thumbs":
        found = {"gen_ai.evaluation.score.value": float(rng.random() < 0.8)}
    else:
        found = {"gen_ai.evaluation.score.value": round(rng.betavariate(5, 2), 3)}
    if rng.random() < 0.2:
        found["gen_ai.evaluation.explanation"] = rng.choice(("as expected", "it made up an order", "too long"))
    return {"gen_ai.evaluation.name": name, **found}


def _text(pool: bytes, rng: random.Random, mean: int) -> Made:
    length = rng.randint(mean // 2, 2 * mean)
    at = rng.randrange(len(pool) - length)
    return {"type": "text", "content": pool[at : at + length].decode()}


def _span(span_id: bytes, parent: bytes, name: str, at_ns: int, took_ms: int, facts: Made) -> Made:
    return {
        "span_id": span_id,
        "parent_span_id": parent,
        "name": name,
        "start_time_unix_nano": at_ns,
        "end_time_unix_nano": at_ns + took_ms * _MS,
        "attributes": attributes_of(facts),
    }


def _agent(span_id: bytes, parent: bytes, name: str, at_ns: int, took_ms: int, who: Made) -> Made:
    facts = {"gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": name, **who}
    return _span(span_id, parent, f"invoke_agent {name}", at_ns, took_ms, facts)


def _call(
    rng: random.Random, parent: bytes, at_ns: int, took_ms: int, who: Made, said: tuple[list[Made], Made | None]
) -> Made:
    """A call; without an answer it has failed."""
    provider, asked, answered = rng.choice(MODELS)
    given, answer = json.dumps(said[0]), said[1]
    cached = len(given) // 8 if rng.random() < 0.5 else 0
    facts: Made = {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": provider,
        "gen_ai.request.model": asked,
        "gen_ai.usage.input_tokens": len(given) // 4,
        "gen_ai.input.messages": given,
        **who,
    }
    if answer is not None:
        told = json.dumps([answer])
        facts |= {
            "gen_ai.response.model": answered,
            "gen_ai.usage.output_tokens": len(told) // 4,
            "gen_ai.usage.cache_read.input_tokens": cached,
            "gen_ai.response.finish_reasons": ["stop"],
            "gen_ai.output.messages": told,
        }
        return _span(rng.randbytes(8), parent, f"chat {asked}", at_ns, took_ms, facts)
    error_type, message = _broken(rng, ("RateLimitError", "APITimeoutError", "BadRequestError", "InternalServerError"))
    span = _span(rng.randbytes(8), parent, f"chat {asked}", at_ns, took_ms, {**facts, "error.type": error_type})
    return {**span, "status": {"code": 2, "message": message}}


def _tool(pool: bytes, rng: random.Random, parent: bytes, at_ns: int, took_ms: int, *, is_failed: bool = False) -> Made:
    name = rng.choice(TOOLS)
    facts: Made = {
        "gen_ai.operation.name": "execute_tool",
        "gen_ai.tool.name": name,
        "gen_ai.tool.call.arguments": json.dumps({"query": _text(pool, rng, 60)["content"]}),
    }
    if not is_failed and rng.random() > 0.01:
        facts["gen_ai.tool.call.result"] = json.dumps({"text": _text(pool, rng, 160)["content"]})
        return _span(rng.randbytes(8), parent, f"execute_tool {name}", at_ns, took_ms, facts)
    error_type, message = _broken(rng, ("TimeoutError", "ConnectionError", "ValueError", "KeyError"))
    facts["error.type"] = error_type
    span = _span(rng.randbytes(8), parent, f"execute_tool {name}", at_ns, took_ms, facts)
    return {**span, "status": {"code": 2, "message": message}}


def _broken(rng: random.Random, types: Sequence[str]) -> tuple[str, str]:
    """An error's type and a message, of which much differs from one failure to the next."""
    host, address = f"10.0.{rng.randrange(9)}.{rng.randrange(250)}", rng.randbytes(12).hex()
    said = rng.choice(
        (
            f"request req_{address} took {rng.randint(900, 60_000)} ms",
            f"429: {rng.randint(10, 90)} requests in 60 s; try again in {rng.uniform(1, 59):.3f}s",
            f"no connection to {host}:5432 for order {rng.randint(10_000, 999_999)}",
            f"invalid value {rng.randint(0, 9999)} for field 'limit' in call_{address}",
            f"upstream answered 503 to {uuid.UUID(hex=address + '00000000')}",
        )
    )
    return rng.choice(types), said


def _said_of(span: Made) -> str:
    return next((each.value.string_value for each in span["attributes"] if each.key == "gen_ai.input.messages"), "")


def _body(spans: Sequence[tuple[bytes, Made]], service: str) -> bytes:
    request = ExportTraceServiceRequest()
    held = request.resource_spans.add()
    held.resource.attributes.extend(
        attributes_of({"service.name": service, "deployment.environment.name": "production"})
    )
    scope_spans = held.scope_spans.add()
    scope_spans.scope.name = "bench.stories"
    for trace_id, span in spans:
        scope_spans.spans.add(trace_id=trace_id, **span)
    return request.SerializeToString()
