"""One small chat, as the wire has it, and the call that every taker of it must tell."""

from typing import Any

from headwater.event import Call, Message, Text, Usage

ASKED: dict[str, Any] = {"model": "gpt-4o-mini", "temperature": 0.2, "messages": [{"role": "user", "content": "hi"}]}
GAVE: dict[str, Any] = {
    "id": "chatcmpl-1",
    "model": "gpt-4o-mini-2024-07-18",
    "choices": [{"index": 0, "message": {"role": "assistant", "content": "ho"}, "finish_reason": "stop"}],
    "usage": {"prompt_tokens": 10, "completion_tokens": 2, "prompt_tokens_details": {"cached_tokens": 4}},
}
REFUSED = b'{"error": {"message": "slow down", "type": "requests", "code": "rate_limit_exceeded"}}'
CALL = Call(
    operation="chat",
    provider="openai",
    request_model="gpt-4o-mini",
    response_model="gpt-4o-mini-2024-07-18",
    response_id="chatcmpl-1",
    input=(Message(role="user", parts=(Text(content="hi"),)),),
    output=(Message(role="assistant", parts=(Text(content="ho"),), finish_reason="stop"),),
    parameters={"temperature": 0.2},
    finish_reasons=("stop",),
    usage=Usage(input=6, cache_read=4, output=2, reported=GAVE["usage"]),
    is_stream=False,
)
