"""Stored: an interaction that was posted, as spans: one call, or a chain with its steps and its call below.

The client says neither when something was nor which interaction it is, so the end is the arrival. An interaction is
named by its message id, or by its content where that holds a time so fine that no other has it; any other post is
an interaction of its own, because the client sends each once and two equal answers are two answers.
"""

from typing import Any

import msgspec

from headwater.compat.huggingplace_sdk.interaction import Interaction, Step, interaction_from
from headwater.compat.reading import span_id_from, trace_id_from
from headwater.event import Call, Failure, LogEvent, Span
from headwater.provider import exchange_from, messages_from, usage_from

PRODUCT = "huggingplace"
# The client rounds what it measures itself to hundredths of a second.
_ROUND_NS = 10_000_000
_FAILED = "error"
_EVENT_NAME = "gen_ai.evaluation.result"


def told_of(body: dict[str, Any], arrival_ns: int) -> tuple[list[Span], list[LogEvent], int]:
    """What a body of `log` that came at `arrival_ns` tells: spans, scores, and how many steps cannot be read."""
    interaction = interaction_from(body)
    trace_id = trace_id_from(PRODUCT, interaction.session_id, _name_of(interaction, body, arrival_ns))
    root_id = span_id_from(trace_id, "interaction")
    # What only judges, and does not say which message, judges the session.
    target = ("", "") if interaction.is_feedback and not interaction.message_id else (trace_id, root_id)
    session = interaction.session_id
    scores = [score_of(name, value, target, arrival_ns, session) for name, value in interaction.scores]
    if interaction.is_feedback:
        return [], scores, interaction.dropped
    start_ns = arrival_ns - interaction.total_ns
    root = _root(interaction, trace_id, root_id, start_ns, arrival_ns)
    return [root, *_children(interaction, root)], scores, interaction.dropped


def score_of(name: str, value: float | bool | str, target: tuple[str, str], time_ns: int, session_id: str) -> LogEvent:
    """A judgement of a target, which is a trace's id and a span's."""
    attributes: dict[str, Any] = {"gen_ai.evaluation.name": name}
    if session_id:
        attributes["session.id"] = session_id
    if isinstance(value, str):
        attributes["gen_ai.evaluation.score.label"] = value
    else:
        attributes["gen_ai.evaluation.score.value"] = float(value)
    if isinstance(value, bool):
        attributes["gen_ai.evaluation.score.label"] = "true" if value else "false"
    return LogEvent(
        time_ns=time_ns, name=_EVENT_NAME, trace_id=target[0], span_id=target[1], attributes=attributes, scope=PRODUCT
    )


def call_of(model: str, asked: Any, answered: Any, usage: Any) -> Call:
    """A call by what is told of it: a text, a message or a list of them, or the vendor's own answer."""
    exchange = exchange_from(None, answered) if isinstance(answered, dict) else None
    told = exchange.answered if exchange is not None else None
    provider = exchange.provider if exchange is not None else ""
    return Call(
        operation=exchange.operation if exchange is not None else "chat",
        provider=provider,
        request_model=model,
        response_model=told.model if told is not None else "",
        response_id=told.id if told is not None else "",
        input=() if asked is None else messages_from(asked, "user"),
        output=told.messages if told is not None else _spoken(answered),
        finish_reasons=told.finish_reasons if told is not None else (),
        usage=told.usage if told is not None and told.usage is not None else usage_from(usage, provider),
    )


def _spoken(answered: Any) -> Any:
    return () if answered is None else messages_from(answered, "assistant")


def _name_of(interaction: Interaction, body: dict[str, Any], arrival_ns: int) -> str:
    if interaction.message_id:
        return interaction.message_id
    content = msgspec.json.encode(body).decode()
    is_told_finely = interaction.duration_ns is not None and interaction.duration_ns % _ROUND_NS
    return content if is_told_finely else f"{arrival_ns} {content}"


def _root(interaction: Interaction, trace_id: str, span_id: str, start_ns: int, end_ns: int) -> Span:
    about = _about(interaction)
    failed = _failed(interaction.failure)
    if interaction.is_call:
        call = _own_call(interaction)
        return Span(
            trace_id=trace_id,
            span_id=span_id,
            name=f"chat {call.model}".rstrip(),
            kind="call",
            start_ns=start_ns,
            end_ns=end_ns,
            call=call,
            attributes=interaction.attributes,
            **failed,
            **about,
        )
    return Span(
        trace_id=trace_id,
        span_id=span_id,
        name="interaction",
        kind="chain",
        start_ns=start_ns,
        end_ns=end_ns,
        input=interaction.prompt,
        output=interaction.response,
        attributes=interaction.attributes,
        **failed,
        **about,
    )


def _children(interaction: Interaction, root: Span) -> list[Span]:
    if interaction.is_call:
        return []
    about = _about(interaction)
    times = interaction.times_of_steps(root.start_ns)
    found = [_step_span(step, at, root, times[at], about) for at, step in enumerate(interaction.steps)]
    if interaction.has_own_call:
        call = _own_call(interaction)
        found.append(
            Span(
                trace_id=root.trace_id,
                span_id=span_id_from(root.trace_id, "call"),
                parent_span_id=root.span_id,
                name=f"chat {call.model}".rstrip(),
                kind="call",
                start_ns=root.start_ns,
                end_ns=root.end_ns,
                call=call,
                **_failed(interaction.failure),
                **about,
            )
        )
    return found


def _step_span(step: Step, at: int, root: Span, times: tuple[int, int], about: dict[str, Any]) -> Span:
    shape: dict[str, Any] = {"input": step.question, "output": step.answer}
    if step.model:
        shape = {"call": call_of(step.model, step.question, step.answer, step.usage)}
    return Span(
        trace_id=root.trace_id,
        span_id=span_id_from(root.trace_id, f"step {at}"),
        parent_span_id=root.span_id,
        name=step.name,
        kind="call" if step.model else "span",
        start_ns=times[0],
        end_ns=times[1],
        attributes=step.attributes,
        **shape,
        **_failed(step.failure),
        **about,
    )


def _own_call(interaction: Interaction) -> Call:
    return call_of(interaction.model, interaction.prompt, interaction.response, interaction.usage)


def _failed(reason: str | None) -> dict[str, Any]:
    return {} if reason is None else {"status": "error", "failure": Failure(type=_FAILED, message=reason)}


def _about(interaction: Interaction) -> dict[str, Any]:
    return {
        "source": PRODUCT,
        "scope": PRODUCT,
        "environment": interaction.mode,
        "session_id": interaction.session_id,
        "user_id": interaction.user_id,
        "metadata": interaction.metadata,
    }
