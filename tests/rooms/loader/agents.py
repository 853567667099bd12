"""Agents behind the proxy, who tell no session: their calls as a relay records them."""

from typing import Any

import msgspec

from headwater.capture import Recorded
from tests.rooms.capture.passing import START_NS, recorded

Messages = list[dict[str, Any]]
_SECOND_NS = 1_000_000_000


def user(text: str) -> dict[str, Any]:
    """Something that is asked."""
    return {"role": "user", "content": text}


def said(text: str) -> dict[str, Any]:
    """An answer in words."""
    return {"role": "assistant", "content": text}


def wished(call_id: str) -> dict[str, Any]:
    """An answer that wants a tool."""
    function = {"name": "look", "arguments": "{}"}
    return {
        "role": "assistant",
        "content": None,
        "tool_calls": [{"id": call_id, "type": "function", "function": function}],
    }


def gave(call_id: str, text: str) -> dict[str, Any]:
    """What the tool gave."""
    return {"role": "tool", "tool_call_id": call_id, "content": text}


def asked(at: int, messages: Messages, answer: dict[str, Any] | None, **about: Any) -> Recorded:
    """A chat call, begun so many seconds into the day, whose trace and span have that number."""
    body = {"id": f"resp-{at}", "model": "m", "choices": [{"index": 0, "message": answer, "finish_reason": "stop"}]}
    refused = {"status": 500, "response": b"{}"}
    usual: dict[str, Any] = {
        "trace_id": at.to_bytes(16, "big"),
        "span_id": at.to_bytes(8, "big"),
        "start_ns": START_NS + at * _SECOND_NS,
        "duration_ns": _SECOND_NS // 2,
        "client": "agent/1",
        "key_id": "k",
    }
    chunks = [] if answer is None else [msgspec.json.encode(body)]
    return recorded({"model": "m", "messages": messages}, chunks, **usual | (refused if answer is None else {}) | about)


def run(start: int, first: str, turns: int, name: str, step: int = 1) -> list[Recorded]:
    """An agent at work: it asks, gets a wish for a tool, tells what that gave, and so on."""
    messages: Messages = [{"role": "system", "content": "be good"}, user(first)]
    calls: list[Recorded] = []
    for turn in range(turns):
        answer = wished(f"{name}-{turn}")
        calls.append(asked(start + turn * step, [*messages], answer))
        messages += [answer, gave(f"{name}-{turn}", f"found {turn}")]
    return calls
