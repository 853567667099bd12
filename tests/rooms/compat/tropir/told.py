"""Steps as Tropir's clients send them, read by the door."""

from typing import Any

import msgspec

from headwater.compat.tropir.door import read
from headwater.event import Envelope, Span

NOON_NS = 1_795_000_000_000_000_000
SESSION = "485dd636-6f57-4556-bea5-78730efa962b"


def enveloped(body: bytes, received_ns: int = NOON_NS, **headers: str) -> Envelope:
    """What the journal keeps of a request."""
    told = {name.replace("_", "-"): value for name, value in headers.items()}
    return Envelope(door="tropir.metadata", project="p", received_ns=received_ns, headers=told, items=1, body=body)


def read_step(received_ns: int = NOON_NS, headers: dict[str, str] | None = None, **fields: Any) -> Span:
    """The span of a step with these fields; the session is one, unless they name another."""
    body = msgspec.json.encode({"session_id": SESSION, **fields})
    (span,) = read(enveloped(body, received_ns, **(headers or {}))).spans
    assert isinstance(span, Span)
    return span


CHAT_REQUEST: dict[str, Any] = {
    "model": "gpt-4o-mini",
    "messages": [{"role": "user", "content": "hi"}],
    "temperature": 0.2,
}
CHAT_RESPONSE: dict[str, Any] = {
    "id": "chatcmpl-1",
    "object": "chat.completion",
    "model": "gpt-4o-mini-2024-07-18",
    "choices": [{"index": 0, "message": {"role": "assistant", "content": "Hello!"}, "finish_reason": "stop"}],
    "usage": {
        "prompt_tokens": 10,
        "completion_tokens": 3,
        "total_tokens": 13,
        "prompt_tokens_details": {"cached_tokens": 4},
    },
}
CLAUDE_RESPONSE: dict[str, Any] = {
    "id": "msg_1",
    "type": "message",
    "role": "assistant",
    "model": "claude-sonnet-4-5",
    "content": [{"type": "text", "text": "Hello!"}],
    "stop_reason": "end_turn",
    "usage": {"input_tokens": 10, "output_tokens": 3},
}
LLM_CALL: dict[str, Any] = {
    "call_name": "answer",
    "call_id": "a1b2c3d4-0000-4000-8000-000000000000",
    "model": "gpt-4o",
    "duration": 1.5,
    "prompts_used": ["sys", "usr"],
    "prompt_details": {
        "usr": {"default_prompt": "Answer: {q}", "final_prompt": "Answer: why?", "timestamp": 1.0, "role": "user"},
        "sys": {"default_prompt": "Be kind", "final_prompt": "Be kind", "timestamp": 0.5, "role": "system"},
    },
    "variables_used": ["q"],
    "variable_details": {"q": {"default_value": "why?", "final_value": "why?", "type": "str", "timestamp": 1.1}},
    "metadata": {"team": "search"},
    "error": None,
}
