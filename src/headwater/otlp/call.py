"""A model request, from a span's attributes."""

from typing import Any

from headwater.event import Call
from headwater.otlp.content import Content, content_of
from headwater.otlp.find import Found
from headwater.otlp.kind import operation_of
from headwater.otlp.names import (
    FIRST_TOKEN_EVENTS,
    INVENTED_PARAMETERS,
    NOT_PARAMETERS,
    PARAMETER_NAMES,
    PARAMETER_OBJECTS,
    PARAMETERS,
)
from headwater.otlp.provider_name import provider_of
from headwater.otlp.raw import RawSpan
from headwater.otlp.times import in_nanoseconds, moment_ns
from headwater.otlp.tokens import usage_of
from headwater.otlp.values import count_of, decoded, flag_of, is_object, number_of, text_of, texts_of, unquoted
from headwater.provider import Answered, Asked


def call_of(raw: RawSpan, found: Found, source: str, start_ns: int) -> Call:
    """Return the call that a span of kind "call" tells."""
    fields, scope = found.fields, raw.emitter.scope
    content = content_of(found, raw.events)
    exchange = content.exchange
    asked = (exchange.asked if exchange is not None else None) or _ASKED_NOTHING
    answered = (exchange.answered if exchange is not None else None) or _ANSWERED_NOTHING
    provider = provider_of(fields.get("provider"), source)
    operation = operation_of(found.attributes, fields.get("operation"))
    return Call(
        operation=operation or (exchange.operation if exchange is not None else "chat"),
        provider=provider,
        request_model=_request_model(found, source) or asked.model,
        response_model=text_of(fields.get("response_model")) or answered.model,
        response_id=_response_id(found, source, answered),
        input=content.input,
        output=content.output,
        tools=content.tools,
        parameters=_parameters(found, scope, asked if source in _TELL_REQUEST_ONLY else _ASKED_NOTHING),
        finish_reasons=_finish_reasons(found, content, answered),
        usage=usage_of(found, scope, provider),
        service_tier=text_of(fields.get("service_tier")) or answered.service_tier,
        is_stream=_is_stream(found, asked),
        ttft_ns=_ttft_ns(raw, found, start_ns),
        reported_cost_usd=_cost(found),
        attempts=_attempts(found),
    )


# The request as it was is the only place where they tell its settings.
_TELL_REQUEST_ONLY = frozenset({"mlflow", "pulse"})
# What they keep of an answer are pieces, whose ids are not the answer's.
_ANSWERS_WITHOUT_ID = frozenset({"langfuse"})
_ASKED_NOTHING = Asked()
_ANSWERED_NOTHING = Answered()


def _response_id(found: Found, source: str, answered: Answered) -> str:
    response_id = text_of(found.fields.get("response_id"))
    if response_id:
        # Where there was no answer, LiteLLM puts its own number of the request here.
        return "" if response_id == found.attributes.get("litellm.call_id") else response_id
    return "" if source in _ANSWERS_WITHOUT_ID else answered.id


def _request_model(found: Found, source: str) -> str:
    model = text_of(found.fields.get("request_model"))
    if model or source != "mlflow":
        return model or text_of(_first_object(found, "model"))
    return text_of(found.attributes.get("model"))


def _first_object(found: Found, key: str) -> Any:
    for name in PARAMETER_OBJECTS:
        told = decoded(found.attributes.get(name))
        if is_object(told) and key in told:
            return told[key]
    return None


def _finish_reasons(found: Found, content: Content, answered: Answered) -> tuple[str, ...]:
    if "finish" in found.fields:
        return texts_of(found.fields["finish"])
    told = tuple([message.finish_reason for message in content.output if message.finish_reason])
    return told or answered.finish_reasons


def _is_stream(found: Found, asked: Asked) -> bool | None:
    if "is_stream" in found.fields:
        return flag_of(found.fields["is_stream"])
    if text_of(found.attributes.get("ai.operationId")).endswith(".doStream"):
        return True
    return asked.is_stream


def _parameters(found: Found, scope: str, asked: Asked) -> dict[str, Any]:
    """The request's settings, without those that the instrument made up."""
    given: dict[str, Any] = dict(asked.parameters)
    for prefix in PARAMETERS:
        given.update(found.groups.get(prefix, {}))
    for name in PARAMETER_OBJECTS:
        told = decoded(found.attributes.get(name))
        if is_object(told):
            given.update(told)
    if not given:
        return given
    invented = INVENTED_PARAMETERS.get(scope.partition(".")[0], {})
    parameters: dict[str, Any] = {}
    for name, value in given.items():
        value = unquoted(value)
        if name in NOT_PARAMETERS or _is_nothing(value) or (name in invented and value == invented[name]):
            continue
        parameters[PARAMETER_NAMES.get(name, name)] = value
    return parameters


def _is_nothing(value: Any) -> bool:
    """Whether a value only says that the setting was not made: Langfuse writes openai's marks so."""
    if value is None or value == "" or value == [] or value == "Infinity":
        return True
    return is_object(value) and value.keys() <= {"__module__"}


def _ttft_ns(raw: RawSpan, found: Found, start_ns: int) -> int | None:
    fields = found.fields
    if not raw.events and _TTFT_FIELDS.isdisjoint(fields):
        return None
    seconds = number_of(fields.get("ttft_s"))
    if seconds is None and (milliseconds := number_of(fields.get("ttft_ms"))) is not None:
        seconds = milliseconds / 1e3
    if seconds is None and flag_of(fields.get("is_stream")):
        # On calls that do not stream, OpenLIT puts the whole duration here.
        seconds = number_of(fields.get("ttft_server_s"))
    if seconds is not None:
        return int(seconds * 1e9) if seconds < 1e6 else None
    first_ns = moment_ns(fields.get("ttft_at"))
    if first_ns is None:
        at = next((event.time_ns for event in raw.events if event.name in FIRST_TOKEN_EVENTS), 0)
        first_ns = in_nanoseconds(at) or None
    return first_ns - start_ns if first_ns is not None and first_ns >= start_ns else None


_TTFT_FIELDS = frozenset({"ttft_s", "ttft_ms", "ttft_server_s", "ttft_at"})


def _attempts(found: Found) -> int:
    """How many requests were made; none at all where a connection could not be had."""
    told = count_of(found.fields.get("attempts"))
    return 1 if told is None else told


def _cost(found: Found) -> float | None:
    """The sender's own price in US dollars. A price of nothing is what they send for models they do not know."""
    fields = found.fields
    cost = number_of(fields.get("cost"))
    if cost is None and (cents := number_of(fields.get("cost_cents"))) is not None:
        cost = cents / 100
    if cost is None and "cost_json" in fields:
        told = decoded(fields["cost_json"])
        if is_object(told):
            total = next((told[name] for name in ("total", "total_cost") if name in told), None)
            parts = [number_of(value) or 0.0 for value in told.values()] if total is None else []
            cost = sum(parts) if parts else number_of(total)
    return cost or None
