"""Told: what Pulse's JSON items say, as spans.

Pulse has told the same things in two ways: as JSON of its own, and as OTLP whose attributes have names of its own. An
item is brought into those names, and the one reader of them makes the span; what has no such name is kept as it came,
behind `pulse.`.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from headwater.compat.reading import (
    duration_in,
    metadata_in,
    moment_in,
    object_in,
    span_id_from,
    text_in,
    trace_id_from,
)
from headwater.event import Span
from headwater.otlp import Emitter, RawSpan, span_from
from headwater.provider import guess_dialect, usage_from

Item = Mapping[str, Any]

_PRODUCT = "pulse"
_SCOPE = "pulse-trace-sdk"
_OK, _ERROR = 1, 2

# Where the name of a field is another one as an attribute.
_NAMES = {
    "provider": "gen_ai.provider.name",
    "model_requested": "gen_ai.request.model",
    "model": "gen_ai.request.model",
    "model_used": "gen_ai.response.model",
    "provider_request_id": "gen_ai.response.id",
    "finish_reason": "gen_ai.response.finish_reasons",
    "input_tokens": "gen_ai.usage.input_tokens",
    "output_tokens": "gen_ai.usage.output_tokens",
    "request_body": "pulse.request",
    "response_body": "pulse.response",
    "tool_use_id": "pulse.tool.id",
    "tool_name": "pulse.tool.name",
    "tool_input": "pulse.tool.input",
    "tool_response": "pulse.tool.response",
    "agent_name": "pulse.agent.name",
}
_NOT_ATTRIBUTES = frozenset({"metadata", "service"})
# What begins so within the metadata is the SDK's, not the user's.
_OWN = ("pulse.", "gen_ai.")
_TOKENS = ("gen_ai.usage.input_tokens", "gen_ai.usage.output_tokens")


def span_of_trace(item: Item, received_ns: int) -> Span:
    """A trace: one call. Its timestamp is that of its end; `received_ns` stands in where it cannot be read."""
    end_ns = moment_in(item.get("timestamp")) or received_ns
    length_ns = duration_in(item.get("latency_ms"), "ms") or 0
    trace_id = _trace_id(item)
    return _span(
        item,
        {**_attributes(item), "pulse.kind": "llm_call", **_answer(item)},
        received_ns,
        trace_id=trace_id,
        span_id=span_id_from(_PRODUCT, "call", trace_id),
        times=(max(0, end_ns - length_ns), end_ns),
    )


def span_of_item(item: Item, received_ns: int) -> Span:
    """A span. Its timestamp is that of its start."""
    start_ns = moment_in(item.get("timestamp")) or received_ns
    span_id = text_in(item.get("span_id"))
    return _span(
        item,
        {**_attributes(item), **_answer(item)},
        received_ns,
        trace_id=_trace_id_of_span(item),
        span_id=span_id_from(_PRODUCT, span_id or _content(item)),
        times=(start_ns, start_ns + (duration_in(item.get("duration_ms"), "ms") or 0)),
    )


def known_trace_id(named: str) -> str:
    """The trace of an id in the form in which somebody sent it."""
    return trace_id_from(_PRODUCT, named)


def known_span_id(named: str) -> str:
    """The span of an id in the form in which somebody sent it."""
    return span_id_from(_PRODUCT, named)


def _span(
    item: Item,
    attributes: dict[str, Any],
    received_ns: int,
    *,
    trace_id: str,
    span_id: str,
    times: tuple[int, int],
) -> Span:
    parent = text_in(item.get("parent_span_id"))
    service = text_in(item.get("service"))
    error = item.get("error")
    message = text_in(object_in(error).get("message")) or text_in(error)
    raw = RawSpan(
        emitter=Emitter(resource={"service.name": service} if service else {}, scope=_SCOPE),
        trace_id=trace_id,
        span_id=span_id,
        parent_span_id=span_id_from(_PRODUCT, parent) if parent else "",
        name=_first_text(item, ("tool_name", "event_type", "kind")),
        start_ns=times[0],
        end_ns=times[1],
        status_code=_ERROR if item.get("status") == "error" else _OK,
        status_message=message,
        attributes={name: value for name, value in attributes.items() if value is not None},
    )
    span = span_from(raw, received_ns)
    if span.call is None:
        return span
    return msgspec.structs.replace(span, name=f"{span.call.operation} {span.call.request_model}".rstrip())


def _attributes(item: Item) -> dict[str, Any]:
    told = {
        _NAMES.get(name, f"pulse.{name}"): _plain(value)
        for name, value in item.items()
        if value is not None and name not in _NOT_ATTRIBUTES
    }
    metadata = metadata_in(item.get("metadata"))
    named = {name if name.startswith(_OWN) else f"pulse.metadata.{name}": text for name, text in metadata.items()}
    return {**named, **told}


def _answer(item: Item) -> dict[str, Any]:
    """What to know of an answer that is the vendor's own: it tells more of its tokens, and more than its text.

    None takes away what tells less.
    """
    response = object_in(item.get("response_body"))
    more: dict[str, Any] = {}
    usage = object_in(response.get("usage"))
    if usage and usage_from(usage, text_in(item.get("provider"))) is not None:
        more |= dict.fromkeys(_TOKENS) | {"gen_ai.usage.raw": _plain(usage)}
    if guess_dialect(None, response) is not None:
        more["pulse.output_text"] = None
    return more


def _plain(value: Any) -> Any:
    """Objects and arrays as JSON, which is how Pulse tells them in attributes."""
    return msgspec.json.encode(value).decode() if isinstance(value, dict | list) else value


def _trace_id(item: Item) -> str:
    named = text_in(item.get("trace_id"))
    return trace_id_from(_PRODUCT, named) if named else trace_id_from(_PRODUCT, "content", _content(item))


def _trace_id_of_span(item: Item) -> str:
    """Spans that name no trace make one with those of their session."""
    named = text_in(item.get("trace_id"))
    return trace_id_from(_PRODUCT, named or f"session {text_in(item.get('session_id'))}")


def _content(item: Item) -> str:
    """What stands for an id that is missing: the same item sent again is the same."""
    return msgspec.json.encode(item, order="deterministic").decode()


def _first_text(item: Item, names: Iterable[str]) -> str:
    return next((text for name in names if (text := text_in(item.get(name)))), "")
