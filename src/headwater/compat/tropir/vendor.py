"""A model's request and answer inside what a program tells: programs log the two as they have them.

It knows where programs put them, the provider room knows what they mean. A step that merely looks a little like a
call stays a step: an answer must have a vendor's shape, a request must name a model and hold a conversation.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, cast

import msgspec

from headwater.event import Call, Failure, Message
from headwater.provider import Answered, Asked, exchange_from, guess_dialect, messages_from

_REQUESTS = ("request", "llm_request", "input")
_ANSWERS = ("response", "llm_response", "completion", "output", "result")
_SIGNS_OF_AN_ANSWER = ("model", "usage", "object")


# Where programs write how long a call took, and in which part of a second.
_DURATIONS = (("duration", 1), ("duration_ms", 1000), ("latency_ms", 1000), ("latency", 1))
_LONGEST_S = 10**7


class Held(NamedTuple):
    """A call that a step's data tells of; `rest` is what else the data holds."""

    call: Call
    failure: Failure | None
    rest: Mapping[str, Any]


class Answer(NamedTuple):
    """What a model answered, under the names of `headwater.log`."""

    output: Any = None
    provider: str = ""
    usage: Any = None
    response_model: str = ""
    response_id: str = ""
    finish_reason: tuple[str, ...] = ()


def answer_in(response: Any) -> Answer:
    """Read a vendor's response: its JSON, or the object that a client of OpenAI or Anthropic returned. Anything else
    is what the model said, as it is."""
    body = _object(response) or _object(_dumped(response))
    exchange = exchange_from(None, body) if _is_answer(body) else None
    answered = exchange.answered if exchange is not None else None
    if exchange is None or answered is None:
        return Answer(output=response)
    return Answer(
        output=msgspec.to_builtins(answered.messages),
        provider=exchange.provider,
        usage=None if answered.usage is None else answered.usage.reported,
        response_model=answered.model,
        response_id=answered.id,
        finish_reason=answered.finish_reasons,
    )


def lasted_s(data: Mapping[str, Any]) -> float:
    """How many seconds a call took, as data tells; 0 where it does not."""
    for name, parts in _DURATIONS:
        told = data.get(name)
        if isinstance(told, int | float) and not isinstance(told, bool) and 0 <= told / parts < _LONGEST_S:
            return told / parts
    return 0.0


def call_in(data: Any) -> Held | None:
    """The call that data tells of; None where it tells of none."""
    held = _object(data)
    if not held:
        return None
    answer_key, answer = _first(held, _ANSWERS, _is_answer)
    request_key, request = _first(held, _REQUESTS, _is_request)
    used = {key for key in (answer_key, request_key) if key}
    if answer is None and _is_answer(held):
        answer, used = held, set(held)
    elif request is None and _is_request(held):
        said = next((key for key in _ANSWERS if held.get(key) is not None), "")
        request = {key: value for key, value in held.items() if key != said}
        return _call(request, answer, messages_from(held.get(said), "assistant") if answer is None else (), {})
    if answer is None and request is None:
        return None
    return _call(request, answer, (), {key: value for key, value in held.items() if key not in used})


def _call(request: Any, answer: Any, said: Sequence[Message], rest: Mapping[str, Any]) -> Held | None:
    exchange = exchange_from(request, answer)
    if exchange is None:
        return None
    asked, answered = exchange.asked or Asked(), exchange.answered or Answered()
    call = Call(
        operation=asked.operation if exchange.asked else exchange.operation,
        provider=exchange.provider,
        request_model=asked.model,
        response_model=answered.model,
        response_id=answered.id,
        input=asked.messages,
        output=answered.messages or tuple(said),
        tools=asked.tools,
        parameters=asked.parameters,
        finish_reasons=answered.finish_reasons,
        usage=answered.usage,
        service_tier=answered.service_tier or asked.service_tier,
        is_stream=asked.is_stream,
        reported_cost_usd=answered.reported_cost_usd,
    )
    return Held(call, answered.failure, rest)


def _first(held: Mapping[str, Any], keys: Sequence[str], fits: Any) -> tuple[str, Any]:
    found = ((key, _object(held.get(key))) for key in keys)
    return next(((key, value) for key, value in found if value and fits(value)), ("", None))


def _is_answer(body: dict[str, Any]) -> bool:
    return any(body.get(sign) for sign in _SIGNS_OF_AN_ANSWER) and guess_dialect(None, body) is not None


def _is_request(body: dict[str, Any]) -> bool:
    messages: Any = body.get("messages")
    return (
        isinstance(body.get("model"), str) and isinstance(messages, list) and _are_messages(cast("list[Any]", messages))
    )


def _are_messages(messages: list[Any]) -> bool:
    return bool(messages) and all(isinstance(each, dict) and "role" in each for each in messages)


def _object(value: Any) -> dict[str, Any]:
    """A JSON object, also one that was written down as a text."""
    if isinstance(value, str) and value.startswith("{"):
        try:
            value = msgspec.json.decode(value)
        except (msgspec.MsgspecError, RecursionError, UnicodeError):
            return {}
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def _dumped(response: Any) -> Any:
    """The JSON of what a vendor's client returned: both vendors' models have `to_dict`."""
    try:
        return response.to_dict(mode="json")
    except Exception:  # noqa: BLE001 - the program may hand over anything
        return None
