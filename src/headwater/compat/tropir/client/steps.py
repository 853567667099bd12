"""A step: a span of one moment that holds what the program told, or the call of a model that it told of."""

from typing import Any

import msgspec

from headwater.compat.tropir.client.stays import within
from headwater.compat.tropir.vendor import Held, call_in, lasted_s
from headwater.sdk import log, span

_UNNAMED = "step"


def tell_step(session_id: str, session_name: str | None, step_name: str | None, data: Any) -> None:
    """Tell a step to a session. Never raises."""
    with within(session_id, session_name):
        held = _call_in(data)
        if held is not None:
            _tell_call(held, step_name, data)
            return
        with span(str(step_name) if step_name else _UNNAMED) as step:
            if step.is_recorded:
                step.output(_whole(data))


def _call_in(data: Any) -> Held | None:
    try:
        return call_in(data) if isinstance(data, dict) else None
    except Exception:  # noqa: BLE001 - the program's own objects are read here
        return None


def _tell_call(held: Held, step_name: str | None, data: dict[str, Any]) -> None:
    call = held.call
    log(
        name=step_name or "",
        model=call.request_model,
        response_model=call.response_model,
        response_id=call.response_id,
        provider=call.provider,
        operation=call.operation,
        input=msgspec.to_builtins(call.input),
        output=msgspec.to_builtins(call.output),
        tools=msgspec.to_builtins(call.tools),
        parameters=call.parameters,
        usage=None if call.usage is None else call.usage.reported,
        finish_reason=call.finish_reasons,
        error=None if held.failure is None else held.failure.message,
        duration=lasted_s(data),
        attributes={f"tropir.{key}": value for key, value in held.rest.items()},
    )


def _whole(data: Any) -> Any:
    """Data as JSON, which no bound on lists and depths cuts as it would cut any other value; else as it is."""
    if data is None or isinstance(data, str):
        return data
    try:
        return msgspec.json.encode(data, enc_hook=_named).decode()
    except Exception:  # noqa: BLE001 - whatever a program's objects do when they are read
        return data


def _named(value: Any) -> str:
    return f"<{type(value).__module__}.{type(value).__qualname__}>"
