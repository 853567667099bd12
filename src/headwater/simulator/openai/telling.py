"""What every answer of OpenAI's carries: usage, headers, errors."""

from typing import Any

from headwater.simulator.ask import Ask, Reply
from headwater.simulator.wire import (
    Header,
    Received,
    Whole,
    World,
    event,
    json_bytes,
    prompt_of,
    prompt_tokens_of,
    thinking_tokens,
)
from headwater.simulator.words import tokens_of

_ERROR_TYPES = {
    400: ("invalid_request_error", "invalid_value"),
    401: ("invalid_request_error", "invalid_api_key"),
    403: ("invalid_request_error", "unsupported_country_region_territory"),
    404: ("invalid_request_error", "model_not_found"),
    429: ("requests", "rate_limit_exceeded"),
}
_BROKEN = "The server had an error while processing your request. Sorry about that!"


class Spent:
    """The tokens of one answer, counted once for all the shapes in which they are told."""

    def __init__(self, world: World, ask: Ask, replies: list[Reply], effort: str) -> None:
        prompt = prompt_of(ask)
        self.input = prompt_tokens_of(ask, prompt)
        self.cached = min(world.prefixes.cached_tokens(prompt), self.input)
        self.reasoning = thinking_tokens(ask, effort)
        self.output = self.reasoning + sum(map(_tokens_of_reply, replies))

    def as_chat(self) -> dict[str, Any]:
        """`usage` of a chat completion."""
        return {
            "prompt_tokens": self.input,
            "completion_tokens": self.output,
            "total_tokens": self.input + self.output,
            "prompt_tokens_details": {"cached_tokens": self.cached, "audio_tokens": 0},
            "completion_tokens_details": {
                "reasoning_tokens": self.reasoning,
                "audio_tokens": 0,
                "accepted_prediction_tokens": 0,
                "rejected_prediction_tokens": 0,
            },
        }

    def as_response(self) -> dict[str, Any]:
        """`usage` of the Responses API."""
        return {
            "input_tokens": self.input,
            "input_tokens_details": {"cached_tokens": self.cached, "cache_write_tokens": 0},
            "output_tokens": self.output,
            "output_tokens_details": {"reasoning_tokens": self.reasoning},
            "total_tokens": self.input + self.output,
        }


def _tokens_of_reply(reply: Reply) -> int:
    called = sum(tokens_of(call.name + call.arguments_json()) + 8 for call in reply.calls)
    return max(1, tokens_of(reply.text) + called)


def whole(world: World, received: Received, value: Any) -> Whole:
    """An answer of JSON."""
    return Whole(body=json_bytes(value), headers=headers(world, received))


def headers(world: World, received: Received) -> tuple[Header, ...]:
    """The headers that OpenAI adds."""
    return (
        (b"x-request-id", world.name("req_", received).encode()),
        (b"openai-organization", b"simulated"),
        (b"openai-processing-ms", b"1"),
        (b"openai-version", b"2020-10-01"),
        (b"x-ratelimit-remaining-requests", b"9999"),
        (b"x-ratelimit-remaining-tokens", b"1999000"),
    )


def error_body(status: int, message: str, param: str | None = None) -> bytes:
    """The body of an error."""
    kind, code = _ERROR_TYPES.get(status, ("server_error", None))
    return json_bytes({"error": {"message": message, "type": kind, "param": param, "code": code}})


def broken_event() -> bytes:
    """The event of a stream that fails on its way."""
    return event({"error": {"message": _BROKEN, "type": "server_error", "param": None, "code": None}})
