"""Taking calls down as the program's thread does, and telling them."""

from collections.abc import Iterable
from typing import Any

import msgspec

from headwater.capture import End, Exchange, Scope
from headwater.event import Call, Span

SCOPE = Scope(trace_id=0xABC, span_id=0xDEF)
CHAT = "/v1/chat/completions"
JSON = "application/json"
SSE = "text/event-stream"
HOSTS = {"openai": "api.openai.com", "anthropic": "api.anthropic.com"}


def exchange(path: str = CHAT, host: str = "api.openai.com", is_stream: bool = False, **more: Any) -> Exchange:
    """One that has just begun."""
    return Exchange(more.pop("scope", SCOPE), 0xABC, 0x123, path, host, 443, is_stream, **more)


def span_of(begun: Exchange) -> Span:
    """The span of one that is no stranger."""
    span = begun.told()
    assert span is not None
    return span


def call_of(span: Span) -> Call:
    """Its call."""
    assert span.call is not None
    return span.call


def told(
    request: Any,
    chunks: Iterable[bytes] = (),
    *,
    status: int = 200,
    content_type: str = JSON,
    encoding: str = "",
    how: End = "complete",
    **about: Any,
) -> Span:
    """The span of one whole exchange; a request that is no bytes is sent as JSON."""
    begun = exchange(**about)
    begun.request = request if isinstance(request, bytes) else msgspec.json.encode(request)
    begun.request_type = JSON
    begun.answered(status, content_type, encoding)
    for chunk in chunks:
        begun.chunk(chunk)
    assert begun.ended(how)
    return span_of(begun)
