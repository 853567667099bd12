"""Interaction: what a body of `log` or `log_step` says, in either of the product's two vocabularies. For both sides.

The older client sends `response`, `user_id`, `metadata` and `user_metadata`, and the time as a number of seconds; the
later one `ai_response`, `user_uuid`, `metaData` and `user_meta_data`, and the time as "0 min 2.50 sec". Where both
names of a thing are there, the older one stands. Nothing here raises: every field may be missing or of any type.
"""

from collections.abc import Mapping
from typing import Any

import msgspec

from headwater.compat.forms import count_in, duration_in, list_in, merged, metadata_in, number_in, object_in, text_in

Score = tuple[str, float | bool | str]

_USER = ("user_id", "user_uuid")
_SESSION = ("session_id",)
_MESSAGE = ("message_id",)
# Lifted out of the metadata, because a span has fields of its own for them.
_LIFTED = frozenset({*_USER, *_SESSION})
_ABOUT_USER = (*_USER, "id", "email", "username")
_METADATA = ("metadata", "metaData")
_USER_METADATA = ("user_metadata", "user_meta_data")
# What says whose interaction it is and about what; it can be searched for, as metadata can.
_CONTEXT = ("org_id", "org_uuid", "user_roles", "file_name", "mapping_table", "message_id")
_READ = frozenset(
    {"user_prompt", "response", "ai_response", "llm_model", "mode", "step_data"}
    | {*_USER, *_SESSION, *_METADATA, *_USER_METADATA, *_CONTEXT}
)
_STEP_READ = frozenset({"step_name", "type", "status", "user_question", "prompt_response", "llm_model"})
# Judgements. Of the first kind 0 says only that nobody judged.
_COUNTED = ("likes", "dislikes", "like", "dislike", "thumbs_up", "thumbs_down")
_JUDGED = ("rating", "feedback", "score")
# What a step that is told alone says of its interaction.
_AROUND = ("org_id", "mode", *_SESSION, *_USER, *_METADATA, *_USER_METADATA)
_FAILED = frozenset({"error", "errored", "fail", "failed", "failure", "exception"})
_TEST = "connection_test"
# A number from here on is milliseconds: the documents of the client's later version speak of these, its code does not.
_LEAST_MS = 1000
NO_STEP = "huggingplace steps that are no objects"


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One item of `step_data`. It is a call where it names a model; `usage` has a provider's names."""

    name: str
    model: str
    question: Any
    answer: Any
    duration_ns: int
    failure: str | None
    usage: Mapping[str, Any]
    attributes: Mapping[str, Any]


class Interaction(msgspec.Struct, frozen=True, kw_only=True):
    """What was asked and answered, and all that was said about it.

    `duration_ns` is None where nobody says how long it took; `failure` is None where it did not fail. `dropped` counts
    steps that cannot be read.
    """

    prompt: Any
    response: Any
    model: str
    mode: str
    session_id: str
    user_id: str
    message_id: str
    duration_ns: int | None
    failure: str | None
    usage: Mapping[str, Any]
    metadata: Mapping[str, str]
    attributes: Mapping[str, Any]
    scores: tuple[Score, ...]
    steps: tuple[Step, ...]
    dropped: int = 0

    @property
    def is_test(self) -> bool:
        """Whether it is the client's way to try its connection."""
        return isinstance(self.prompt, str) and self.prompt == _TEST

    @property
    def is_feedback(self) -> bool:
        """Whether it only judges what was told before."""
        return bool(self.scores) and self.prompt is None and self.response is None and not self.steps

    @property
    def is_call(self) -> bool:
        """Whether one span, a call's, can hold it; else it is a chain with its steps below."""
        return not self.steps and not self.scores

    @property
    def has_own_call(self) -> bool:
        """Whether a chain has a call besides its steps: a step that names a model is the call that it speaks of."""
        is_told = bool(self.model or self.usage) or not self.steps
        return is_told and not any(step.model for step in self.steps)

    @property
    def total_ns(self) -> int:
        """How long it took: what it says itself, else its steps together."""
        return sum(step.duration_ns for step in self.steps) if self.duration_ns is None else self.duration_ns

    def times_of_steps(self, start_ns: int) -> list[tuple[int, int]]:
        """When each step began and ended: one after another, as they are told without times; all from the beginning
        on where that would be longer than the whole."""
        is_in_order = sum(step.duration_ns for step in self.steps) <= self.total_ns
        times: list[tuple[int, int]] = []
        at_ns = start_ns
        for step in self.steps:
            times.append((at_ns, at_ns + step.duration_ns))
            at_ns += step.duration_ns if is_in_order else 0
        return times


def interaction_from(body: Mapping[str, Any]) -> Interaction:
    """Read a body of `log`."""
    about = merged(*(object_in(body.get(name)) for name in _METADATA))
    user = merged(*(object_in(body.get(name)) for name in _USER_METADATA))
    told_steps = list_in(body.get("step_data"))
    steps = [_step(object_in(step), at) for at, step in enumerate(told_steps) if isinstance(step, dict)]
    return Interaction(
        prompt=body.get("user_prompt"),
        response=_first(body, ("response", "ai_response")),
        model=text_in(body.get("llm_model")),
        mode=text_in(body.get("mode")),
        session_id=_text(_SESSION, body, about),
        user_id=_text(_USER, body, about) or _text(_ABOUT_USER, user),
        message_id=_text(_MESSAGE, body, about),
        duration_ns=response_time_in(body.get("response_time")),
        failure=_failure(about),
        usage=_usage(body.get("token_count"), body),
        metadata=_metadata(body, about, user),
        attributes=_others(body, _READ),
        scores=_scores(merged(body, about)),
        steps=tuple(steps),
        dropped=len(told_steps) - len(steps),
    )


def step_as_log(step: Mapping[str, Any]) -> dict[str, Any]:
    """A step that is told alone as the body of a log that has this one step, as the client itself makes it."""
    around = {name: step[name] for name in _AROUND if name in step}
    return {
        **around,
        "user_prompt": step.get("user_question"),
        "response": step.get("prompt_response"),
        "llm_model": step.get("llm_model"),
        "token_count": step.get("token"),
        "response_time": step.get("response_time"),
        "step_data": [{name: value for name, value in step.items() if name not in around}],
    }


def response_time_in(value: Any) -> int | None:
    """A span of time in nanoseconds: a number of seconds, or "0 min 2.50 sec"."""
    number = number_in(value)
    return duration_in(value, "ms" if number is not None and number >= _LEAST_MS else "s")


def _step(step: dict[str, Any], at: int) -> Step:
    duration_ns = duration_in(step.get("time_ms"), "ms")
    if duration_ns is None:
        duration_ns = response_time_in(step.get("response_time"))
    status = text_in(step.get("status")).strip().lower()
    reason = text_in(_first(step, ("error_message", "error")))
    return Step(
        name=text_in(step.get("step_name")) or text_in(step.get("type")) or f"step {at + 1}",
        model=text_in(step.get("llm_model")),
        question=step.get("user_question"),
        answer=step.get("prompt_response"),
        duration_ns=duration_ns or 0,
        failure=reason or f"the step's status is {status!r}" if status in _FAILED else None,
        usage=_usage(step.get("token"), step),
        attributes={**_others(step, _STEP_READ), **_named(step, ("type", "status"))},
    )


def _usage(total: Any, told: Mapping[str, Any]) -> dict[str, Any]:
    counts = {
        "input_tokens": count_in(told.get("input_tokens")),
        "output_tokens": count_in(told.get("output_tokens")),
        "total_tokens": count_in(total),
    }
    return {name: count for name, count in counts.items() if count is not None}


def _failure(about: Mapping[str, Any]) -> str | None:
    """The client tells of a function that failed by `error` in the metadata, and of why beside it."""
    if about.get("error") is not True:
        return None
    return text_in(about.get("error_message"))


def _metadata(body: Mapping[str, Any], about: Mapping[str, Any], user: Mapping[str, Any]) -> dict[str, str]:
    return metadata_in(
        {
            **_named(body, _CONTEXT),
            **{name: value for name, value in about.items() if name not in _LIFTED},
            **{f"user.{name}": value for name, value in user.items() if name not in _LIFTED},
        }
    )


def _scores(told: Mapping[str, Any]) -> tuple[Score, ...]:
    found: list[Score] = []
    for name in (*_COUNTED, *_JUDGED):
        value = told.get(name)
        is_counted = name in _COUNTED
        score = value if isinstance(value, bool) else number_in(value)
        if score is None and not is_counted:
            score = text_in(value) or None
        if score is not None and (score or not is_counted):
            found.append((name, score))
    return tuple(found)


def _others(told: Mapping[str, Any], read: frozenset[str]) -> dict[str, Any]:
    return {name: value for name, value in told.items() if name not in read and value is not None}


def _named(told: Mapping[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    return {name: told[name] for name in names if told.get(name) is not None}


def _first(told: Mapping[str, Any], names: tuple[str, ...]) -> Any:
    values = (told.get(name) for name in names)
    return next((value for value in values if value is not None and not (isinstance(value, str) and not value)), None)


def _text(names: tuple[str, ...], *objects: Mapping[str, Any]) -> str:
    return next((text for each in objects for name in names if (text := text_in(each.get(name)))), "")
