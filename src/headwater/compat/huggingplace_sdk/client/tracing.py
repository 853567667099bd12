"""Tracing: functions run as steps of a trace. What they return and raise is passed on, whatever becomes of the record.

One trace id makes one trace, in every process; where none is given, the trace is that of the span around. A sender of
the caller's own is given each step besides, in the form of the old package's wire.
"""

import inspect
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from headwater import sdk
from headwater.compat.forms import count_in, merged, metadata_in, number_in, object_in, text_in
from headwater.compat.huggingplace_sdk.client.sending import About, Sender, give, in_trace
from headwater.compat.huggingplace_sdk.client.telling import call_fields, quietly

_USER = ("user_id", "userId", "user_uuid", "id", "email")
_SESSION = ("session_id", "sessionId")
_LIFTED = frozenset({*_SESSION, "user_id", "userId", "user_uuid"})
_STARTED_AS_FAILED = "the step was started with the status ERROR"
# The old names of a model's settings, and Headwater's; in the attributes the latter stand behind "llm.".
_PARAMETERS = {
    "temperature": "temperature",
    "maxTokens": "max_tokens",
    "topP": "top_p",
    "frequencyPenalty": "frequency_penalty",
    "presencePenalty": "presence_penalty",
}
_COUNTS = {"input": "input_tokens", "output": "output_tokens", "total": "total_tokens"}


async def trace_step(
    step_name: str,
    func: Callable[..., Any],
    trace_id: str | None = None,
    parent_span_id: str | None = None,
    user_metadata: dict[str, Any] | None = None,
    org_data: dict[str, Any] | None = None,
    custom_metadata: dict[str, Any] | None = None,
    logs: dict[str, Any] | None = None,
    attributes: dict[str, Any] | None = None,
    tags: list[Any] | None = None,
    priority: str | None = None,
    status: str = "OK",
    send_trace_func: Sender | None = None,
    **kwargs: Any,
) -> Any:
    """Run `func(**kwargs)`, plain or async, as a step; returns what it returns and raises what it raises."""
    about = About(step_name, trace_id, parent_span_id, user_metadata, org_data, custom_metadata, tags, priority)
    told, said = object_in(attributes), object_in(logs)
    with _scope(about), sdk.span(step_name) as step:
        step.set({**told, **said})
        if str(status).upper() == "ERROR":
            step.fail(_STARTED_AS_FAILED)
        try:
            answer = await _run(func, kwargs)
        except Exception as error:
            await give(send_trace_func, about, step, told, said, error=error)
            raise
        step.output(answer)
        await give(send_trace_func, about, step, told, said, answer)
        return answer


async def trace_llm_with_evaluation(
    step_name: str,
    llm_func: Callable[..., Any],
    trace_id: str | None = None,
    parent_span_id: str | None = None,
    user_metadata: dict[str, Any] | None = None,
    org_data: dict[str, Any] | None = None,
    llm_metadata: dict[str, Any] | None = None,
    custom_metadata: dict[str, Any] | None = None,
    logs: dict[str, Any] | None = None,
    attributes: dict[str, Any] | None = None,
    tags: list[Any] | None = None,
    priority: str | None = None,
    status: str = "OK",
    send_trace_func: Sender | None = None,
    **kwargs: Any,
) -> Any:
    """Run a function that asks a model, as a call: `prompt` or `messages` among `kwargs` is what was asked. What it
    returns may be a text, the vendor's own answer, or a mapping with responseText, rawResponse, tokens, evaluation."""
    about = About(step_name, trace_id, parent_span_id, user_metadata, org_data, custom_metadata, tags, priority)
    model, told, said = object_in(llm_metadata), object_in(attributes), object_in(logs)
    common: dict[str, Any] = {"name": step_name, "attributes": {**told, **said}}
    told, said = {**_llm_attributes(model), **told}, {**_llm_logs(kwargs), **said}
    asked = kwargs.get("prompt") if kwargs.get("messages") is None else kwargs["messages"]
    with _scope(about), sdk.span(step_name) as step:
        try:
            answer = await _run(llm_func, kwargs)
        except Exception as error:
            sdk.log(span=step, error=error, **common, **_call_of(model, asked, None))
            await give(send_trace_func, about, step, told, said, error=error)
            raise
        with quietly("trace_llm"):
            reason = _STARTED_AS_FAILED if str(status).upper() == "ERROR" else None
            sdk.log(span=step, error=reason, **common, **_call_of(model, asked, answer))
            _judge(step, answer)
        await give(send_trace_func, about, step, told, said, answer)
        return answer


async def trace_multi_step_flow(
    flow_name: str,
    steps: list[dict[str, Any]],
    trace_id: str | None = None,
    user_metadata: dict[str, Any] | None = None,
    org_data: dict[str, Any] | None = None,
    custom_metadata: dict[str, Any] | None = None,
    logs: dict[str, Any] | None = None,
    attributes: dict[str, Any] | None = None,
    tags: list[Any] | None = None,
    priority: str | None = None,
    status: str = "OK",
    send_trace_func: Sender | None = None,
    **kwargs: Any,
) -> list[Any]:
    """Run steps one after another and return their results. A step is a mapping: `func`, `stepName`, and where wanted
    kwargs, attributes, logs, tags, priority, llm_metadata, continue_on_error. Each function gets `previous_results`."""
    custom = {**kwargs, **object_in(custom_metadata)}
    about = About(flow_name, trace_id, None, user_metadata, org_data, custom, tags, priority)
    results: list[Any] = []
    previous: list[Any] = []
    with _scope(about), sdk.span(flow_name, kind="chain") as flow:
        flow.set({"workflow.step_count": len(steps), **object_in(attributes), **object_in(logs)})
        for at, step in enumerate(steps):
            try:
                results.append(await _flow_step(at, step, previous, status, send_trace_func))
                previous.append(results[-1])
            except Exception as error:
                if not step.get("continue_on_error", False):
                    raise
                results.append(None)
                previous.append({"error": str(error)})
    return results


async def _flow_step(
    at: int, step: Mapping[str, Any], previous: Sequence[Any], status: str, sender: Sender | None
) -> Any:
    name = step.get("stepName", f"step_{at}")
    given: dict[str, Any] = {
        "status": status,
        "send_trace_func": sender,
        "attributes": {"workflow.step_order": at, **step.get("attributes", {})},
        **{field: step[field] for field in ("logs", "tags", "priority") if field in step},
        **step.get("kwargs", {}),
        "previous_results": list(previous),
    }
    if step.get("llm_metadata"):
        return await trace_llm_with_evaluation(name, step["func"], llm_metadata=step["llm_metadata"], **given)
    return await trace_step(name, step["func"], **given)


@contextmanager
def _scope(about: About) -> Generator[None]:
    """Whose work it is, and in which trace."""
    told = merged(about.user, about.custom, about.org)
    metadata = {**about.org, **about.custom, **{f"user.{name}": value for name, value in about.user.items()}}
    kept = {name: value for name, value in metadata.items() if name.removeprefix("user.") not in _LIFTED}
    session = sdk.session(
        _first(told, _SESSION) or None,
        user=_first(told, _USER) or None,
        metadata=metadata_in({**kept, "priority": about.priority}),
        tags=[str(tag) for tag in about.tags],
    )
    with session, in_trace(about.trace_id, about.parent_id):
        yield


async def _run(func: Callable[..., Any], kwargs: Mapping[str, Any]) -> Any:
    answer = func(**kwargs)
    return await answer if inspect.isawaitable(answer) else answer


def _call_of(model: Mapping[str, Any], asked: Any, answer: Any) -> dict[str, Any]:
    """What is known of a call, for `sdk.log`."""
    result = object_in(answer) if isinstance(answer, dict) else {}
    text = result.get("responseText", answer)
    tokens = object_in(result.get("tokens"))
    counts = {name: count_in(tokens.get(key)) for key, name in _COUNTS.items()}
    usage = {name: count for name, count in counts.items() if count is not None}
    name = text_in(model.get("model")) or text_in(result.get("model"))
    fields = call_fields(name, asked, object_in(result.get("rawResponse")) or text, usage)
    numbers = {name: number_in(model.get(key)) for key, name in _PARAMETERS.items()}
    return {
        **fields,
        # What no vendor's form fits is told by its text.
        "output": fields["output"] if "provider" in fields else text,
        "parameters": {name: number for name, number in numbers.items() if number is not None},
        "provider": text_in(model.get("provider")) or text_in(result.get("provider")) or fields.get("provider", ""),
        "finish_reason": fields.get("finish_reason") or text_in(result.get("finishReason")) or None,
    }


def _judge(step: sdk.Step, answer: Any) -> None:
    """Tell the evaluation that a function returned beside its answer."""
    result = object_in(answer) if isinstance(answer, dict) else {}
    for name, value in object_in(result.get("evaluation")).items():
        number = number_in(value)
        if number is not None:
            step.score(name, number)


def _llm_attributes(model: Mapping[str, Any]) -> dict[str, Any]:
    names = {"provider": "provider", "model": "model", **_PARAMETERS}
    return {f"llm.{name}": model.get(key) for key, name in names.items()}


def _llm_logs(kwargs: Mapping[str, Any]) -> dict[str, Any]:
    return {f"llm.{name}": kwargs.get(name) for name in ("prompt", "messages")}


def _first(told: Mapping[str, Any], names: tuple[str, ...]) -> str:
    return next((text for name in names if (text := text_in(told.get(name)))), "")
