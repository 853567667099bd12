"""What the pretended OpenAI answers: pure functions from a request's body to an answer."""

import base64
import json
import struct
from collections.abc import Iterator
from typing import Any

from tests.versions.mock_wire import CUT, PAUSE, TEXT, Answer, Body, Stream, event, inner, pieces, wants_tool

_CREATED = 1_763_600_000
_TOOL_ARGUMENTS = json.dumps({"location": "Paris", "unit": "celsius"})


def answer(path: str, body: Body, number: int) -> Answer | Stream | None:
    """The answer to a POST below /v1; None for a path that is not served."""
    served = _PATHS.get(path)
    return served(body, number) if served else None


def failure(status: int, number: int) -> Answer:
    """An error as OpenAI words it; 429 asks to try again at once."""
    kind = "requests" if status == 429 else "invalid_request_error"
    error = {"message": f"mock error {status}", "type": kind, "param": None, "code": None}
    retry = {"retry-after-ms": "1"} if status == 429 else {}
    return Answer(status, {"error": error}, {"x-request-id": f"req_{number}", **retry})


def _reasons(body: Body) -> bool:
    return str(body.get("model", "")).startswith(("o3", "gpt-5"))


def _chat_usage(body: Body, choices: int = 1) -> Body:
    reasoning = 64 if _reasons(body) else 0
    out = 7 * choices + reasoning
    return {
        "prompt_tokens": 2024,
        "completion_tokens": out,
        "total_tokens": 2024 + out,
        "prompt_tokens_details": {"cached_tokens": 1920, "audio_tokens": 0},
        "completion_tokens_details": {"reasoning_tokens": reasoning, "audio_tokens": 0},
    }


def _text(body: Body) -> str:
    asked = inner(body, "response_format") or inner(inner(body, "text"), "format")
    return json.dumps({"city": "Paris", "country": "France"}) if asked.get("type") == "json_schema" else TEXT


def _chat(body: Body, number: int) -> Answer | Stream:
    tool, choices = wants_tool(body), int(body.get("n") or 1)
    base = {"id": f"chatcmpl-{number}", "created": _CREATED, "model": body["model"], "service_tier": "default"}
    if body.get("stream"):
        return Stream(_chat_events(body, {**base, "object": "chat.completion.chunk"}, tool))
    message: Body = {"role": "assistant", "content": None if tool else _text(body), "refusal": None}
    if tool:
        message["tool_calls"] = [_tool_call(number, _TOOL_ARGUMENTS)]
    finish = "tool_calls" if tool else "stop"
    told = [{"index": at, "message": message, "logprobs": None, "finish_reason": finish} for at in range(choices)]
    return Answer(200, {**base, "object": "chat.completion", "choices": told, "usage": _chat_usage(body, choices)})


def _tool_call(number: int, arguments: str) -> Body:
    return {"id": f"call_{number}", "type": "function", "function": {"name": "get_weather", "arguments": arguments}}


def _chat_events(body: Body, base: Body, tool: bool) -> Iterator[bytes]:
    def chunk(delta: Body, finish: str | None = None) -> bytes:
        return event({**base, "choices": [{"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}]})

    opening: Body = {"role": "assistant", "content": None if tool else ""}
    if tool:
        opening["tool_calls"] = [{"index": 0, **_tool_call(1, "")}]
    yield chunk(opening)
    yield PAUSE
    for at, piece in enumerate(() if tool else pieces(_text(body))):
        yield chunk({"content": piece})
        if at == 1 and body["model"].startswith("cut-mid"):
            yield CUT
        if at == 1 and body["model"].startswith("err-mid"):
            yield event({"error": {"message": "The server had an error", "type": "server_error", "code": None}})
            return
    for piece in pieces(_TOOL_ARGUMENTS) if tool else ():
        yield chunk({"tool_calls": [{"index": 0, "function": {"arguments": piece}}]})
    yield chunk({}, "tool_calls" if tool else "stop")
    if inner(body, "stream_options").get("include_usage"):
        yield event({**base, "choices": [], "usage": _chat_usage(body)})
    yield b"data: [DONE]\n\n"


def _legacy(body: Body, number: int) -> Answer:
    choice = {"text": TEXT, "index": 0, "logprobs": None, "finish_reason": "stop"}
    usage = {"prompt_tokens": 5, "completion_tokens": 7, "total_tokens": 12}
    base = {"id": f"cmpl-{number}", "object": "text_completion", "created": _CREATED, "model": body["model"]}
    return Answer(200, {**base, "choices": [choice], "usage": usage})


def _responses(body: Body, number: int) -> Answer | Stream:
    output: list[Body] = []
    if _reasons(body):
        summary = [{"type": "summary_text", "text": "Recalling geography."}]
        output.append({"id": f"rs_{number}", "type": "reasoning", "summary": summary})
    if wants_tool(body):
        call = {"type": "function_call", "status": "completed", "call_id": f"call_{number}", "name": "get_weather"}
        output.append({"id": f"fc_{number}", **call, "arguments": _TOOL_ARGUMENTS})
    else:
        part: Body = {"type": "output_text", "text": _text(body), "annotations": []}
        message: Body = {"type": "message", "status": "completed", "role": "assistant", "content": [part]}
        output.append({"id": f"msg_{number}", **message})
    whole = _whole_response(body, number, output)
    return Stream(_response_events(whole)) if body.get("stream") else Answer(200, whole)


def _whole_response(body: Body, number: int, output: list[Body]) -> Body:
    reasoning = 64 if _reasons(body) else 0
    usage = {
        "input_tokens": 2024,
        "input_tokens_details": {"cached_tokens": 1920},
        "output_tokens": 7 + reasoning,
        "output_tokens_details": {"reasoning_tokens": reasoning},
        "total_tokens": 2031 + reasoning,
    }
    settings: Body = {
        "parallel_tool_calls": True,
        "tool_choice": "auto",
        "tools": body.get("tools", []),
        "metadata": {},
    }
    base = {"id": f"resp_{number}", "object": "response", "created_at": _CREATED, "status": "completed"}
    return {**base, **settings, "error": None, "model": body["model"], "output": output, "usage": usage}


def _response_events(whole: Body) -> Iterator[bytes]:
    def told(kind: str, **more: Any) -> bytes:
        return event({"type": kind, "sequence_number": 0, **more}, kind)

    yield told("response.created", response={**whole, "status": "in_progress", "output": [], "usage": None})
    yield PAUSE
    for at, item in enumerate(whole["output"]):
        place = {"item_id": item["id"], "output_index": at, "content_index": 0}
        if item["type"] != "message":
            yield told("response.output_item.added", output_index=at, item=item)
            yield told("response.output_item.done", output_index=at, item=item)
            continue
        part = item["content"][0]
        yield told("response.output_item.added", output_index=at, item={**item, "content": []})
        yield told("response.content_part.added", **place, part={**part, "text": ""})
        for piece in pieces(part["text"]):
            yield told("response.output_text.delta", **place, delta=piece, logprobs=[])
        yield told("response.output_text.done", **place, text=part["text"], logprobs=[])
        yield told("response.content_part.done", **place, part=part)
        yield told("response.output_item.done", output_index=at, item=item)
    yield told("response.completed", response=whole)


def _embeddings(body: Body, number: int) -> Answer:
    asked: Any = body["input"]
    count = 1 if isinstance(asked, str) else len(asked)
    vector = [0.1, -0.2, 0.3, 0.4]
    packed = base64.b64encode(struct.pack("<4f", *vector)).decode()
    told = packed if body.get("encoding_format") == "base64" else vector
    data = [{"object": "embedding", "index": at, "embedding": told} for at in range(count)]
    usage = {"prompt_tokens": 8 * count, "total_tokens": 8 * count}
    return Answer(200, {"object": "list", "data": data, "model": body["model"], "usage": usage})


def _moderations(body: Body, number: int) -> Answer:
    result = {"flagged": False, "categories": {"hate": False}, "category_scores": {"hate": 0.001}}
    return Answer(200, {"id": f"modr-{number}", "model": "omni-moderation-latest", "results": [result]})


def _images(body: Body, number: int) -> Answer:
    details = {"image_tokens": 0, "text_tokens": 12}
    usage = {"input_tokens": 12, "output_tokens": 1056, "total_tokens": 1068, "input_tokens_details": details}
    return Answer(200, {"created": _CREATED, "data": [{"b64_json": "iVBORw0KGgo="}], "usage": usage})


def _transcriptions(body: Body, number: int) -> Answer:
    usage = {"type": "tokens", "input_tokens": 14, "output_tokens": 7, "total_tokens": 21}
    return Answer(200, {"text": TEXT, "usage": usage})


_PATHS = {
    "/chat/completions": _chat,
    "/completions": _legacy,
    "/responses": _responses,
    "/embeddings": _embeddings,
    "/moderations": _moderations,
    "/images/generations": _images,
    "/audio/transcriptions": _transcriptions,
}
