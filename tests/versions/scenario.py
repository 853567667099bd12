"""36 steps with 40 calls of models, as programs make them, and what is to be known of each call.

Every step names a method of a client and how its result is used; so that the same step runs with a synchronous and with
an asynchronous client.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from pydantic import BaseModel

Use = str
"""create: call. stream: read to the end. manager: `with client.stream()`. early: read a little, close. raw:
`with_raw_response`. streaming: `with_streaming_response`."""


class Expected(NamedTuple):
    """What is to be known of one call. `usage` is (input, output) by the conventions; None where none is sent."""

    operation: str = "chat"
    usage: tuple[int, int] | None = (2024, 7)
    is_failed: bool = False
    has_output: bool = True


class Call(NamedTuple):
    """One call of a model: the method below the client, how its result is used, and its arguments."""

    method: str
    use: Use
    arguments: Mapping[str, Any]
    expected: Expected = Expected()


class Step(NamedTuple):
    """A step of the scenario. `is_async`: with the asynchronous client in any case."""

    name: str
    vendor: str
    calls: tuple[Call, ...]
    is_async: bool = False


class City(BaseModel):
    """What `parse` is to make of an answer."""

    city: str
    country: str


_PARAMETERS = {"type": "object", "properties": {"location": {"type": "string"}}, "required": ["location"]}
_TOOLS = [
    {"type": "function", "function": {"name": "get_weather", "description": "Weather", "parameters": _PARAMETERS}}
]
_ASKED = [
    {"role": "system", "content": "You are a geography tutor."},
    {"role": "user", "content": "What is the capital of France?"},
]
_WEATHER = [{"role": "user", "content": "Weather in Paris?"}]
_PICTURE = [
    {"type": "text", "text": "What is in this image?"},
    {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw0KGgo="}},
]
_FUNCTION = {"name": "get_weather", "arguments": '{"location":"Paris"}'}
_CALLED = {"role": "assistant", "tool_calls": [{"id": "call_1", "type": "function", "function": _FUNCTION}]}
_ANSWERED = [*_WEATHER, _CALLED, {"role": "tool", "tool_call_id": "call_1", "content": "21 C"}]
_USAGE = {"stream_options": {"include_usage": True}}
_USUAL = Expected()
_NOTHING = Expected(usage=None, is_failed=True, has_output=False)


def _chat(use: Use = "create", expected: Expected = _USUAL, /, **arguments: Any) -> Call:
    method = "chat.completions.stream" if use == "manager" else "chat.completions.create"
    asked = {"model": "gpt-4o-mini", "messages": _ASKED, **arguments}
    if use in ("stream", "early"):
        asked["stream"] = True
    return Call(method, use, asked, expected)


def _openai(name: str, *calls: Call, is_async: bool = False) -> Step:
    return Step(name, "openai", calls, is_async)


_OPENAI = (
    _openai("chat", _chat(temperature=0.2, max_tokens=64, top_p=0.9, seed=7, user="u-42", metadata={"team": "a"})),
    _openai("chat_stream_usage", _chat("stream", **_USAGE)),
    _openai("chat_stream_nousage", _chat("stream", Expected(usage=None))),
    _openai("chat_tools", _chat(messages=_WEATHER, tools=_TOOLS), _chat(messages=_ANSWERED, tools=_TOOLS)),
    _openai("chat_tools_stream", _chat("stream", messages=_WEATHER, tools=_TOOLS, **_USAGE)),
    _openai("chat_parse", _chat(response_format=City)._replace(method="chat.completions.parse")),
    _openai("chat_stream_manager", _chat("manager", **_USAGE)),
    _openai("chat_n2", _chat("create", Expected(usage=(2024, 14)), n=2)),
    _openai("chat_image", _chat(messages=[{"role": "user", "content": _PICTURE}])),
    _openai("chat_reasoning", _chat("create", Expected(usage=(2024, 71)), model="o3-mini", reasoning_effort="low")),
    _openai("chat_raw", _chat("raw")),
    _openai("chat_with_streaming_response", _chat("streaming")),
    _openai("chat_stream_early_close", _chat("early", Expected(usage=None))),
    _openai("chat_err_429", _chat("create", _NOTHING, model="err-429")),
    _openai("chat_err_midstream", _chat("stream", Expected(usage=None, is_failed=True), model="err-mid")),
    _openai("chat_async", _chat(), _chat("stream", **_USAGE), is_async=True),
    _openai(
        "responses",
        Call(
            "responses.create",
            "create",
            {"model": "gpt-5-mini", "instructions": "Tutor.", "input": "Capital?", "reasoning": {"effort": "low"}},
            Expected(usage=(2024, 71)),
        ),
    ),
    _openai(
        "responses_stream",
        Call(
            "responses.create",
            "stream",
            {"model": "gpt-5-mini", "input": _WEATHER, "stream": True},
            Expected(usage=(2024, 71)),
        ),
    ),
    _openai(
        "responses_tools",
        Call(
            "responses.create",
            "create",
            {
                "model": "gpt-4.1",
                "input": "Weather?",
                "tools": [{"type": "function", "name": "get_weather", "parameters": _PARAMETERS, "strict": False}],
            },
        ),
    ),
    _openai(
        "responses_parse",
        Call("responses.parse", "create", {"model": "gpt-4.1", "input": "Capital?", "text_format": City}),
    ),
    _openai(
        "embeddings",
        Call(
            "embeddings.create",
            "create",
            {"model": "text-embedding-3-small", "input": ["hello", "world"], "dimensions": 4},
            Expected("embeddings", (16, 0), has_output=False),
        ),
    ),
    _openai(
        "completions",
        Call(
            "completions.create",
            "create",
            {"model": "gpt-3.5-turbo-instruct", "prompt": "Say hi"},
            Expected("text_completion", (5, 7)),
        ),
    ),
    _openai(
        "moderations",
        Call("moderations.create", "create", {"input": "hello"}, Expected("moderation", None, has_output=False)),
    ),
    _openai(
        "images",
        Call(
            "images.generate",
            "create",
            {"model": "gpt-image-1", "prompt": "a cat"},
            Expected("image_generation", (12, 1056), has_output=False),
        ),
    ),
)


def _message(use: Use = "create", expected: Expected = _USUAL, /, **arguments: Any) -> Call:
    method = "messages.stream" if use == "manager" else "messages.create"
    asked = {"model": "claude-opus-5", "max_tokens": 64, "messages": _ASKED[1:], **arguments}
    if use in ("stream", "early"):
        asked["stream"] = True
    return Call(method, use, asked, expected)


def _anthropic(name: str, *calls: Call, is_async: bool = False) -> Step:
    return Step(name, "anthropic", calls, is_async)


_CLAUDE_TOOLS = [{"name": "get_weather", "description": "Weather", "input_schema": _PARAMETERS}]
_CLAUDE_CALLED = {"type": "tool_use", "id": "toolu_1", "name": "get_weather", "input": {"location": "Paris"}}
_CLAUDE_ANSWERED = [
    *_WEATHER,
    {"role": "assistant", "content": [_CLAUDE_CALLED]},
    {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "toolu_1", "content": "21 C"}]},
]
_SYSTEM = [{"type": "text", "text": "You are a tutor.", "cache_control": {"type": "ephemeral"}}]
# A stream of Anthropic's opens with what was counted so far.
_BEGUN = Expected(usage=(2024, 1))

_ANTHROPIC = (
    _anthropic("a_messages", _message(system="You are a geography tutor.", metadata={"user_id": "u-42"})),
    _anthropic("a_stream_iter", _message("stream")),
    _anthropic("a_stream_manager", _message("manager", system=_SYSTEM)),
    _anthropic(
        "a_tools",
        _message(messages=_WEATHER, tools=_CLAUDE_TOOLS),
        _message(messages=_CLAUDE_ANSWERED, tools=_CLAUDE_TOOLS),
    ),
    _anthropic(
        "a_thinking",
        _message(
            "create",
            Expected(usage=(2024, 67)),
            max_tokens=2048,
            thinking={"type": "enabled", "budget_tokens": 1024},
        ),
    ),
    _anthropic("a_early_close", _message("early", _BEGUN)),
    _anthropic("a_err_401", _message("create", _NOTHING, model="err-401")),
    _anthropic("a_err_mid", _message("stream", _BEGUN._replace(is_failed=True), model="err-mid")),
    _anthropic("a_raw", _message("raw")),
    _anthropic("a_beta", _message()._replace(method="beta.messages.create")),
    _anthropic(
        "a_count_tokens",
        Call(
            "messages.count_tokens",
            "create",
            {"model": "claude-opus-5", "messages": _ASKED[1:]},
            Expected("count_tokens", None, has_output=False),
        ),
    ),
    _anthropic("a_async", _message(), _message("manager"), is_async=True),
)

STEPS = _OPENAI + _ANTHROPIC
