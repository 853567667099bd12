"""From a step to its span.

Time and order are the server's, as no client says them: a step is the moment of its arrival. A session is one trace for
each hour in which it speaks, because a session that a program forgets to end goes on for as long as the program does.
"""

from collections.abc import Mapping
from typing import Any

from headwater.compat.reading import list_in, metadata_in, object_in, span_id_from, text_in, trace_id_from
from headwater.compat.tropir.step import Step
from headwater.compat.tropir.vendor import Held, call_in, lasted_s
from headwater.event import Call, Failure, Message, Span
from headwater.provider import message_from

_SOURCE = "tropir"
_UNNAMED = "step"
_HOUR_NS = 3600 * 10**9


def span_of(step: Step, received_ns: int) -> Span:
    """The span of a step that arrived at `received_ns`: a call where it tells of one, else a step with its data."""
    data = object_in(step.data)
    if _is_llm_call(step, data):
        held = _llm_call(data)
        name = text_in(data.get("call_name"))
        metadata = {**metadata_in(data.get("metadata")), "step_name": step.name, **step.metadata}
    else:
        held = call_in(step.data)
        name, metadata = step.name, step.metadata
    lasted_ns = 0 if held is None else round(lasted_s(data) * 1e9)
    return Span(
        trace_id=trace_id_from(_SOURCE, step.session_id, str(received_ns // _HOUR_NS)),
        span_id=span_id_from(_SOURCE, step.session_id, step.name, *_identity(step, data, received_ns)),
        name=name if held is not None else name or _UNNAMED,
        kind="span" if held is None else "call",
        start_ns=received_ns - lasted_ns,
        end_ns=received_ns,
        status="error" if held is not None and held.failure is not None else "unset",
        failure=None if held is None else held.failure,
        source=_SOURCE,
        session_id=step.session_id,
        metadata=metadata,
        output=step.data if held is None else None,
        call=None if held is None else held.call,
        attributes={} if held is None else {f"{_SOURCE}.{key}": value for key, value in held.rest.items()},
    )


def _identity(step: Step, data: Mapping[str, Any], received_ns: int) -> tuple[str, str]:
    """What tells a step from all others of its name and session; the same for one that is sent again.

    A call has an id and a prompt the moment of its use, so that the same bytes are the same step. All other steps have
    nothing of their own, and two alike are two: only a key of the request tells that one is sent again.
    """
    if step.key:
        return "key", f"{step.key}."
    if _is_llm_call(step, data):
        return "call", f"{text_in(data['call_id'])}."
    if step.name.startswith("tropir_prompt_") and data.get("timestamp") is not None:
        return "body", step.body.decode("latin-1")
    return "arrival", f"{received_ns}."


def _is_llm_call(step: Step, data: Mapping[str, Any]) -> bool:
    return step.name.startswith("llm_call_") and bool(text_in(data.get("call_id"))) and "prompts_used" in data


def _llm_call(data: Mapping[str, Any]) -> Held:
    """What `tropir_llm_call` told: the prompts that went in, by name, and how long it took; of the answer nothing."""
    error = text_in(data.get("error"))
    call = Call(request_model=text_in(data.get("model")), input=_prompts(data))
    rest = {key: value for key, value in data.items() if key != "metadata" and value is not None}
    return Held(call, Failure(type="error", message=error) if error else None, rest)


def _prompts(data: Mapping[str, Any]) -> tuple[Message, ...]:
    details = object_in(data.get("prompt_details"))
    names = [text_in(name) for name in list_in(data.get("prompts_used"))] or list(details)
    used = [object_in(details.get(name)) for name in names]
    return tuple(
        message_from(text, text_in(each.get("role")) or "user")
        for each in used
        if (text := text_in(each.get("final_prompt")))
    )
