"""What the pretended Anthropic answers: pure functions from a request's body to an answer."""

import json
from collections.abc import Iterator
from typing import Any

from tests.versions.mock_wire import CUT, PAUSE, TEXT, Answer, Body, Stream, event, inner, pieces, wants_tool


def answer(path: str, body: Body, number: int) -> Answer | Stream | None:
    """The answer to a POST below /v1; None for a path that is not served."""
    if path == "/messages/count_tokens":
        return Answer(200, {"input_tokens": 24})
    return _messages(body, number) if path == "/messages" else None


def failure(status: int, number: int) -> Answer:
    """An error as Anthropic words it."""
    error = {"type": "authentication_error" if status == 401 else "api_error", "message": f"mock error {status}"}
    return Answer(status, {"type": "error", "error": error, "request_id": f"req_{number}"})


def _messages(body: Body, number: int) -> Answer | Stream:
    thinks = inner(body, "thinking").get("type") == "enabled"
    content: list[Body] = []
    if thinks:
        content.append({"type": "thinking", "thinking": "Recalling geography.", "signature": "sig=="})
    if wants_tool(body):
        asked = {"location": "Paris", "unit": "celsius"}
        content.append({"type": "tool_use", "id": f"toolu_{number}", "name": "get_weather", "input": asked})
    else:
        content.append({"type": "text", "text": TEXT})
    usage = {
        "input_tokens": 24,
        "cache_creation_input_tokens": 100,
        "cache_read_input_tokens": 1900,
        "cache_creation": {"ephemeral_5m_input_tokens": 100, "ephemeral_1h_input_tokens": 0},
        "output_tokens": 67 if thinks else 7,
        "service_tier": "standard",
    }
    base = {"id": f"msg_{number}", "type": "message", "role": "assistant", "model": body["model"]}
    stop = {"stop_reason": "tool_use" if wants_tool(body) else "end_turn", "stop_sequence": None}
    whole = {**base, "content": content, **stop, "usage": usage}
    return Stream(_events(body, whole)) if body.get("stream") else Answer(200, whole)


def _events(body: Body, whole: Body) -> Iterator[bytes]:
    def told(kind: str, **more: Any) -> bytes:
        return event({"type": kind, **more}, kind)

    begun = {**whole["usage"], "output_tokens": 1}
    yield told("message_start", message={**whole, "content": [], "stop_reason": None, "usage": begun})
    yield told("ping")
    yield PAUSE
    for at, block in enumerate(whole["content"]):
        opening, deltas = _block(block)
        yield told("content_block_start", index=at, content_block=opening)
        for index, delta in enumerate(deltas):
            yield told("content_block_delta", index=at, delta=delta)
            if index == 1 and body["model"].startswith("cut-mid"):
                yield CUT
            if index == 1 and body["model"].startswith("err-mid"):
                yield told("error", error={"type": "overloaded_error", "message": "Overloaded"})
                return
        yield told("content_block_stop", index=at)
    stop = {"stop_reason": whole["stop_reason"], "stop_sequence": None}
    yield told("message_delta", delta=stop, usage=whole["usage"])
    yield told("message_stop")


def _block(block: Body) -> tuple[Body, list[Body]]:
    """A block of content as a stream opens it, and what is added to it then."""
    if block["type"] == "text":
        return {**block, "text": ""}, [{"type": "text_delta", "text": piece} for piece in pieces(block["text"])]
    if block["type"] == "thinking":
        thought = {"type": "thinking_delta", "thinking": block["thinking"]}
        return {**block, "thinking": "", "signature": ""}, [thought, {"type": "signature_delta", "signature": "sig=="}]
    asked = pieces(json.dumps(block["input"]))
    return {**block, "input": {}}, [{"type": "input_json_delta", "partial_json": piece} for piece in asked]
