"""Calls as a relay takes them down."""

from collections.abc import Sequence
from typing import Any

import msgspec

from headwater.capture import Recorded, told_of
from headwater.event import Call, Span

START_NS = 1_795_000_000_000_000_000
JSON = "application/json"
SSE = "text/event-stream"
HOSTS = {"openai": "api.openai.com", "anthropic": "api.anthropic.com"}


def recorded(request: Any = None, chunks: Sequence[bytes] = (), **about: Any) -> Recorded:
    """A chat call that went well; a request that is no bytes is sent as JSON, chunks come a millisecond apart."""
    body = request if isinstance(request, bytes) else b"" if request is None else msgspec.json.encode(request)
    usual: dict[str, Any] = {
        "trace_id": bytes.fromhex("abc".zfill(32)),
        "span_id": bytes.fromhex("123".zfill(16)),
        "parent_span_id": b"",
        "start_ns": START_NS,
        "duration_ns": 1_000_000_000,
        "method": "POST",
        "host": "api.openai.com",
        "port": 443,
        "path": "/v1/chat/completions",
        "upstream": "openai",
        "request_type": JSON,
        "request": body,
        "request_bytes": len(body),
        "status": 200,
        "response_type": JSON,
        "response": b"".join(chunks),
        "chunk_bytes": tuple(map(len, chunks)),
        "chunk_ns": tuple(range(1_000_000, 1_000_000 * (len(chunks) + 1), 1_000_000)),
    }
    return Recorded(**usual | about)


def told(request: Any = None, chunks: Sequence[bytes] = (), **about: Any) -> Span:
    """Its span."""
    return told_of(recorded(request, chunks, **about))


def call_of(span: Span) -> Call:
    """The call of one that is no step."""
    assert span.call is not None
    return span.call
