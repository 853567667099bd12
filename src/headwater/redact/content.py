"""Content: what was said, taken away from a span or a log, so that only the facts about it stay."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from msgspec.structs import replace

from headwater.event import Call, LogEvent, Span

_Told = TypeVar("_Told", bound=Span | LogEvent)

# Attributes that hold what was said, under the names of the OpenTelemetry conventions and of our own wire.
_NAMES = {
    "input": frozenset(
        {
            "gen_ai.input.messages",
            "gen_ai.retrieval.query.text",
            "gen_ai.system_instructions",
            "gen_ai.tool.call.arguments",
            "gen_ai.tool.definitions",
            "input.value",
        }
    ),
    "output": frozenset(
        {
            "gen_ai.evaluation.explanation",
            "gen_ai.output.messages",
            "gen_ai.retrieval.documents",
            "gen_ai.tool.call.result",
            "output.value",
        }
    ),
}
_WORD = 40


def without_content(told: _Told, *, request: bool = True, response: bool = True) -> _Told:
    """Take away what was asked (`request`) and what was answered (`response`).

    That is messages, tool definitions, inputs, outputs, arguments, results and documents, and of the settings those
    that could hold a text. Names, models, usage, times, failures, and what the program itself attached stay.
    """
    gone = [side for side, is_gone in (("input", request), ("output", response)) if is_gone]
    names = frozenset[str]().union(*(_NAMES[side] for side in gone))
    attributes = _labels(told.attributes, names)
    if isinstance(told, LogEvent):
        return replace(told, attributes=attributes, **dict.fromkeys(gone, ()))
    return replace(
        told,
        call=_call(told.call, gone) if told.call is not None else None,
        attributes=attributes,
        events=tuple([replace(event, attributes=_labels(event.attributes, names)) for event in told.events]),
        **dict.fromkeys(gone, None),
        **dict.fromkeys([f"{side}_messages" for side in gone], ()),
    )


def _call(call: Call, gone: Sequence[str]) -> Call:
    bare = replace(call, **dict.fromkeys(gone, ()))
    if "input" not in gone:
        return bare
    # Of the settings those stay that cannot hold what was said: numbers, switches and words.
    kept = {name: value for name, value in call.parameters.items() if _is_setting(value)}
    return replace(bare, tools=(), parameters=kept)


def _is_setting(value: Any) -> bool:
    if isinstance(value, str):
        return len(value) <= _WORD and not any(character.isspace() for character in value)
    return isinstance(value, int | float)


def _labels(attributes: Mapping[str, Any], names: frozenset[str]) -> Mapping[str, Any]:
    if names.isdisjoint(attributes):
        return attributes
    return {name: value for name, value in attributes.items() if name not in names}
