"""Telling: an interaction, a step or a call, told to Headwater's SDK as the server's door would read it."""

import logging
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import Any

import msgspec

from headwater import clock, sdk
from headwater.compat.huggingplace_sdk.interaction import Interaction, Step

_logger = logging.getLogger("headwater.compat.huggingplace_sdk")


@contextmanager
def quietly(doing: str) -> Generator[None]:
    """Run lines of ours so that nothing of them is felt in the program."""
    try:
        yield
    except Exception as error:  # noqa: BLE001 - the guard
        _logger.debug("%s failed (%s); the program goes on", doing, type(error).__name__)


def tell(interaction: Interaction) -> None:
    """Record an interaction that is over."""
    if interaction.is_test:
        return
    if interaction.is_feedback:
        for name, value in interaction.scores:
            sdk.score(name, value, session=interaction.session_id)
        return
    with around(interaction), sdk.span("interaction", kind="chain") as root:
        root.at(duration=interaction.total_ns / 1e9)
        fill(root, interaction)


def around(interaction: Interaction) -> Any:
    """Whose work it is, for all that is recorded within."""
    return sdk.session(interaction.session_id or None, user=interaction.user_id or None, metadata=interaction.metadata)


def fill(root: sdk.Step, interaction: Interaction, error: BaseException | None = None) -> None:
    """Say what is known of an interaction whose span is open; it may become a call. `error` is what its function
    raised."""
    reason = error or interaction.failure
    if interaction.is_call:
        attributes = interaction.attributes
        sdk.log(span=root, name=_name(interaction), error=reason, attributes=attributes, **_own_call(interaction))
        return
    root.input(interaction.prompt)
    root.output(interaction.response)
    root.set(interaction.attributes)
    if reason is not None:
        root.fail(reason)
    start_s, end_s = root.start_ns / 1e9, clock.now_ns() / 1e9
    root.at(start_s, end_s)
    times = [(start / 1e9, end / 1e9) for start, end in interaction.times_of_steps(root.start_ns)]
    for step, (began_s, ended_s) in zip(interaction.steps, times, strict=True):
        _tell_step(step, began_s, ended_s)
    if interaction.has_own_call:
        sdk.log(start=start_s, end=end_s, name=_name(interaction), error=reason, **_own_call(interaction))
    for name, value in interaction.scores:
        root.score(name, value)


def _tell_step(step: Step, start_s: float, end_s: float) -> None:
    with sdk.span(step.name) as told:
        told.at(start_s, end_s)
        if step.model:
            fields = call_fields(step.model, step.question, step.answer, step.usage)
            sdk.log(span=told, name=step.name, error=step.failure, attributes=step.attributes, **fields)
            return
        told.input(step.question)
        told.output(step.answer)
        told.set(step.attributes)
        if step.failure is not None:
            told.fail(step.failure)


def _own_call(interaction: Interaction) -> dict[str, Any]:
    return call_fields(interaction.model, interaction.prompt, interaction.response, interaction.usage)


def _name(interaction: Interaction) -> str:
    return f"chat {interaction.model}".rstrip()


def call_fields(model: str, asked: Any, answered: Any, usage: Mapping[str, Any]) -> dict[str, Any]:
    """What `sdk.log` is to be given of a call: a vendor's own answer is read as such."""
    fields: dict[str, Any] = {"model": model, "input": asked, "output": answered, "usage": dict(usage) or None}
    if not isinstance(answered, dict):
        return fields
    from headwater.provider import exchange_from  # only who logs a vendor's answer needs it

    exchange = exchange_from(None, answered)
    told = exchange.answered if exchange is not None else None
    if exchange is None or told is None:
        return fields
    return {
        **fields,
        "provider": exchange.provider,
        "operation": exchange.operation,
        "output": msgspec.to_builtins(told.messages),
        "response_model": told.model,
        "response_id": told.id,
        "finish_reason": told.finish_reasons,
        "usage": dict(told.usage.reported) if told.usage is not None else fields["usage"],
    }
