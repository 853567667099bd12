"""Spans to send: each with an id of its own, attributes and messages that can be checked to have come whole."""

import gzip
import hashlib
import random
import time
import zlib
from collections.abc import Callable, Sequence
from typing import Any

import msgspec
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import KeyValue

ENCODERS: dict[str, Callable[[bytes], bytes]] = {
    "identity": bytes,
    "gzip": gzip.compress,
    "deflate": zlib.compress,
}


class Sent(msgspec.Struct, frozen=True):
    """A span that was sent: what must be found of it again."""

    trace_id: str
    span_id: str
    number: int

    @property
    def question(self) -> str:
        """What the user asks, told apart by the number and long enough to be content."""
        return f"question {self.number} {_filler(self.number)}"

    @property
    def answer(self) -> str:
        """What the model answers."""
        return f"answer {self.number}"

    @property
    def payload(self) -> str:
        """An attribute too long to stay in the row."""
        return f"payload {self.number} " + _filler(self.number) * 12

    @property
    def input_tokens(self) -> int:
        """Inclusive input tokens."""
        return 100 + self.number % 7

    @property
    def output_tokens(self) -> int:
        """Output tokens."""
        return 10 + self.number % 5


def draw(source: random.Random, first: int, count: int, spans_in_trace: int = 3) -> list[Sent]:
    """Make spans numbered from `first`, some to a trace."""
    sent: list[Sent] = []
    for number in range(first, first + count):
        is_next_trace = not sent or number % spans_in_trace == 0
        trace_id = source.randbytes(16).hex() if is_next_trace else sent[-1].trace_id
        sent.append(Sent(trace_id, source.randbytes(8).hex(), number))
    return sent


def body_of(spans: Sequence[Sent], at_ns: int | None = None) -> bytes:
    """An OTLP request in protobuf: every span is a model call."""
    request = ExportTraceServiceRequest()
    resource = request.resource_spans.add()
    resource.resource.attributes.append(_pair("service.name", "crash-test"))
    scope = resource.scope_spans.add()
    scope.scope.name = "tests.sending"
    start_ns = time.time_ns() if at_ns is None else at_ns
    for sent in spans:
        span = scope.spans.add()
        span.trace_id, span.span_id = bytes.fromhex(sent.trace_id), bytes.fromhex(sent.span_id)
        span.name = f"chat {sent.number}"
        span.start_time_unix_nano, span.end_time_unix_nano = start_ns, start_ns + 5_000_000
        span.attributes.extend(_pair(name, value) for name, value in _attributes(sent).items())
    return request.SerializeToString()


def _attributes(sent: Sent) -> dict[str, str | int]:
    asked = [{"role": "user", "parts": [{"type": "text", "content": sent.question}]}]
    answered = [{"role": "assistant", "parts": [{"type": "text", "content": sent.answer}], "finish_reason": "stop"}]
    return {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "openai",
        "gen_ai.request.model": "gpt-4o-mini",
        "gen_ai.response.model": "gpt-4o-mini",
        "gen_ai.response.id": f"resp-{sent.span_id}",
        "gen_ai.usage.input_tokens": sent.input_tokens,
        "gen_ai.usage.output_tokens": sent.output_tokens,
        "gen_ai.input.messages": msgspec.json.encode(asked).decode(),
        "gen_ai.output.messages": msgspec.json.encode(answered).decode(),
        "test.number": sent.number,
        "test.payload": sent.payload,
    }


def _pair(key: str, value: str | int) -> KeyValue:
    pair = KeyValue(key=key)
    if isinstance(value, int):
        pair.value.int_value = value
    else:
        pair.value.string_value = value
    return pair


def _filler(number: int) -> str:
    return hashlib.blake2b(str(number).encode(), digest_size=32).hexdigest()


def texts_of(messages: str) -> list[str]:
    """The texts within a `calls` view's input or output."""
    found: list[Any] = msgspec.json.decode(messages)
    return [part["content"] for message in found for part in message["parts"] if part["type"] == "text"]
