"""Replay: the turns of a session as a page shows them, each tool's result under the call that asked for it.

A part's place names its turn too: `3.input.12.0` is the first part of the thirteenth message that the turn at index 3
was given; `source` takes it apart.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from headwater.query import Turn
from headwater.web.shown.conversation import ShownMessage, ShownPart, conversation

_SHOWN_GAP_MS = 500


class ShownTurn(msgspec.Struct, frozen=True, kw_only=True):
    """A turn: what is new in it, and what stands between it and the one before."""

    turn: Turn
    given: tuple[ShownMessage, ...]
    gave: tuple[ShownMessage, ...]
    gap_ms: float | None
    is_at_once: bool
    begins_trace: bool
    begins_afresh: bool


class _Spot(msgspec.Struct, frozen=True):
    """Where a message stands: the index of its turn, its side and its place there."""

    turn: int
    side: str
    at: int


def replay(turns: Sequence[Turn]) -> tuple[ShownTurn, ...]:
    """Shape turns, the earliest first."""
    spots, values = _laid_out(turns)
    messages = [_placed(message, spot) for message, spot in zip(conversation(values, ""), spots, strict=True)]
    results = _results(messages)
    moved = {result.place for result in results.values()}
    told: dict[tuple[int, str], list[ShownMessage]] = {}
    for spot, message in zip(spots, messages, strict=True):
        parts = tuple(_answered(part, results) for part in message.parts if part.place not in moved)
        if parts or not message.parts:
            shown = msgspec.structs.replace(message, parts=parts)
            told.setdefault((spot.turn, spot.side), []).append(shown)
    return tuple(_turn(turns, index, told) for index in range(len(turns)))


def source(turns: Sequence[Turn], place: str) -> tuple[Turn, str]:
    """Return the turn of a part's place, and the place within its call."""
    index, _, within = place.partition(".")
    return turns[int(index)], within


def _laid_out(turns: Sequence[Turn]) -> tuple[list[_Spot], tuple[Any, ...]]:
    spots: list[_Spot] = []
    values: list[Any] = []
    for index, turn in enumerate(turns):
        spots += [_Spot(index, "input", at) for at in turn.input_at]
        spots += [_Spot(index, "output", at) for at in range(len(turn.output))]
        values += [*turn.input, *turn.output]
    return spots, tuple(values)


def _placed(message: ShownMessage, spot: _Spot) -> ShownMessage:
    within = f"{spot.turn}.{spot.side}.{spot.at}"
    parts = [msgspec.structs.replace(part, place=f"{within}.{at}") for at, part in enumerate(message.parts)]
    return msgspec.structs.replace(message, parts=tuple(parts))


def _results(messages: Sequence[ShownMessage]) -> Mapping[str, ShownPart]:
    """The first result of each tool call that is among these messages, by the call's id."""
    parts = [part for message in messages for part in message.parts if part.id]
    asked = {part.id for part in parts if part.form == "tool_call"}
    results: dict[str, ShownPart] = {}
    for part in parts:
        if part.form == "tool_answer" and part.id in asked:
            results.setdefault(part.id, part)
    return results


def _answered(part: ShownPart, results: Mapping[str, ShownPart]) -> ShownPart:
    if part.form != "tool_call" or part.id not in results:
        return part
    return msgspec.structs.replace(part, answer=results[part.id])


def _turn(turns: Sequence[Turn], index: int, told: Mapping[tuple[int, str], list[ShownMessage]]) -> ShownTurn:
    turn, gap_ms = turns[index], turns[index].gap_ms
    was_told = any(each.input_at or each.repeated or each.output for each in turns[:index])
    return ShownTurn(
        turn=turn,
        given=tuple(told.get((index, "input"), ())),
        gave=tuple(told.get((index, "output"), ())),
        gap_ms=gap_ms if gap_ms is not None and gap_ms >= _SHOWN_GAP_MS else None,
        is_at_once=gap_ms is not None and gap_ms < 0,
        begins_trace=index == 0 or turns[index - 1].trace_id != turn.trace_id,
        begins_afresh=turn.goes_on_from is None and bool(turn.input_at) and (was_told or turn.number > index + 1),
    )
