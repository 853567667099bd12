"""A raw request and its answer, of which nobody says in what dialect they are.

Other instruments keep the two as JSON beside a span without naming the endpoint. The answer tells most, so it is asked
first; the request decides where there is none.
"""

from collections.abc import Callable
from typing import Any

import msgspec

from headwater.provider.dialect import Answered, Asked, Dialect
from headwater.provider.narrow import count_of, is_list, is_object, objects_of, text_of
from headwater.provider.registry import dialect_named


class Exchange(msgspec.Struct, frozen=True, kw_only=True):
    """A request and its answer, read; either may be missing."""

    dialect: str
    provider: str
    operation: str
    asked: Asked | None = None
    answered: Answered | None = None


def exchange_from(request: Any, response: Any) -> Exchange | None:
    """Read a raw pair by its shape; a list of chunks is an answer too. None where no dialect fits."""
    dialect = guess_dialect(request, response)
    if dialect is None:
        return None
    return Exchange(
        dialect=dialect.name,
        provider=dialect.provider,
        operation=dialect.operation,
        asked=dialect.request(request) if is_object(request) else None,
        answered=_answered(dialect, response),
    )


def guess_dialect(request: Any, response: Any) -> Dialect | None:
    """The dialect that a raw pair is in; either may be None. None where the shapes tell nothing."""
    events = objects_of(response) if is_list(response) else []
    name = _of_response(events[0] if events else response) or _of_request(request)
    return dialect_named(name) if name else None


def _answered(dialect: Dialect, response: Any) -> Answered | None:
    if is_object(response):
        return dialect.response(response)
    if not is_list(response):
        return None
    reader = dialect.reader()
    for event in objects_of(response):
        reader.feed(event)
    return reader.answered()


_OBJECTS = {
    "chat.completion": "openai.chat",
    "chat.completion.chunk": "openai.chat",
    "text_completion": "openai.completions",
    "response": "openai.responses",
    "response.input_tokens": "openai.input_tokens",
}
_Test = Callable[[dict[str, Any]], bool]


def _has_first(key: str, *fields: str) -> _Test:
    """Whether the first object in a list has one of the fields."""

    def test(body: dict[str, Any]) -> bool:
        first = objects_of(body.get(key))[:1]
        return bool(first) and any(field in first[0] for field in fields)

    return test


_RESPONSES: tuple[tuple[_Test, str], ...] = (
    (lambda body: text_of(body.get("type")).startswith("response."), "openai.responses"),
    (lambda body: body.get("type") in ("message_start", "content_block_start", "ping"), "anthropic.messages"),
    (lambda body: "stop_reason" in body and "content" in body, "anthropic.messages"),
    (lambda body: body.get("type") == "message" and body.get("role") == "assistant", "anthropic.messages"),
    (_has_first("choices", "message", "delta"), "openai.chat"),
    (_has_first("choices", "text"), "openai.completions"),
    (lambda body: is_list(body.get("output")), "openai.responses"),
    (_has_first("data", "embedding"), "openai.embeddings"),
    (_has_first("results", "flagged", "category_scores"), "openai.moderations"),
    (_has_first("data", "b64_json", "url"), "openai.images"),
    (lambda body: isinstance(body.get("text"), str) and "usage" in body, "openai.transcriptions"),
    (lambda body: count_of(body.get("input_tokens")) is not None and len(body) <= 2, "anthropic.count_tokens"),
)


def _of_response(response: Any) -> str:
    if not is_object(response):
        return ""
    named = _OBJECTS.get(text_of(response.get("object")), "")
    return named or next((name for test, name in _RESPONSES if test(response)), "")


_ANTHROPIC_FIELDS = frozenset({"system", "thinking", "stop_sequences", "mcp_servers", "anthropic_version"})
# By the one field that holds what is asked: words in a model's name, fields beside, and what they point to.
_ASKING: tuple[tuple[str, tuple[tuple[tuple[str, ...], frozenset[str], str], ...], str], ...] = (
    ("messages", ((("claude",), _ANTHROPIC_FIELDS, "anthropic.messages"),), "openai.chat"),
    (
        "input",
        (
            (("embed",), frozenset({"dimensions", "encoding_format"}), "openai.embeddings"),
            (("moderation",), frozenset(), "openai.moderations"),
            (("tts",), frozenset({"voice"}), "openai.speech"),
        ),
        "openai.responses",
    ),
    ("prompt", ((("image", "dall-e"), frozenset({"size", "quality"}), "openai.images"),), "openai.completions"),
)


def _of_request(request: Any) -> str:
    if not is_object(request):
        return ""
    model = text_of(request.get("model")).lower()
    for key, signs, usual in _ASKING:
        if request.get(key) is None:
            continue
        for words, fields, name in signs:
            if any(word in model for word in words) or not fields.isdisjoint(request):
                return name
        return usual
    return ""
