"""Turns: the calls of a session as a conversation: of each, only what had not been said before.

In:  calls in the order of their start, each with the hashes of its messages.   Out: where each one goes on from an
earlier one, and which of its messages are its own.
Rule 1: content is addressed by its hash, so what an agent sends again is known without reading it.
Rule 2: a call goes on from the one that it shares most messages with, the last one's end among them: two threads of a
session may take turns. What it was given beyond that is new, so often as it stands there more often.
"""

from collections import Counter
from collections.abc import Sequence
from typing import Any, cast

import msgspec

from headwater.query.answers import Answer, SessionListed
from headwater.query.content import Hash, mapping_or_empty
from headwater.query.prefixes import Break


class Turn(Answer, frozen=True, kw_only=True):
    """A call of a session. `input` is what it was given that is new, `input_at` where each of it stands in the input.

    `number` counts the session's calls from 1; `goes_on_from` is the number of the call whose messages were sent again,
    None where this one begins afresh. `repeated` messages were sent again, `left_out` ones were not, though something
    new was. `gap_ms` is from the end of the call before to this one's start, below 0 where both ran at once.
    `cache_break` says where its prefix left one that the provider had in its cache.
    `cost_so_far_usd` and `tokens_so_far` sum the session up to and with this call, as far as they are known.
    """

    number: int
    trace_id: str
    span_id: str
    name: str
    operation: str
    provider: str
    model: str
    status: str
    status_message: str
    error_type: str
    start_time: str
    duration_ms: float
    ttft_ms: float | None
    gap_ms: float | None
    input_tokens: int | None
    output_tokens: int | None
    cache_read_tokens: int
    reasoning_tokens: int
    tokens_so_far: int
    cost_usd: float | None
    cost_so_far_usd: float | None
    finish_reasons: tuple[str, ...]
    goes_on_from: int | None
    repeated: int
    left_out: int
    input: tuple[Any, ...]
    input_at: tuple[int, ...]
    output: tuple[Any, ...]
    cache_break: Break | None = None


class Conversation(Answer, frozen=True, kw_only=True):
    """A page of a session's turns. `next` is the cursor of the page after, None on the last.

    `is_partial` says that a bound cut the page before it was full.
    """

    session: SessionListed
    turns: tuple[Turn, ...]
    next: str | None = None
    is_partial: bool = False


class Said(msgspec.Struct, frozen=True):
    """What a call was given and what it gave, by hash."""

    input: tuple[Hash, ...]
    output: tuple[Hash, ...]


class Continued(msgspec.Struct, frozen=True):
    """How a call goes on: the places of its new messages, and how many of the earlier ones it leaves out.

    `before` is the index of the call that shares most with it; `goes_on` says whether it follows its end.
    """

    new_at: tuple[int, ...]
    left_out: int
    before: int | None
    goes_on: bool


def continued(said: Said, earlier: Sequence[Said]) -> Continued:
    """Hold a call against the calls before it."""
    goes_on, shared, at = _most_shared(frozenset(said.input), earlier)
    if not shared:
        return Continued(tuple(range(len(said.input))), 0, None, False)
    known = Counter((*earlier[at].input, *earlier[at].output))
    new_at: list[int] = []
    for place, each in enumerate(said.input):
        if known[each]:
            known[each] -= 1
        else:
            new_at.append(place)
    left_out = (Counter(earlier[at].input) - Counter(said.input)).total() if goes_on and new_at else 0
    return Continued(tuple(new_at), left_out, at, goes_on)


def _most_shared(given: frozenset[Hash], earlier: Sequence[Said]) -> tuple[bool, int, int]:
    """Whether one goes on from an earlier call, how much is shared, and which it is: the last of those with most.

    From the last one back: what is short cannot share more, so a long history is held against few others.
    """
    best = (False, 0, 0)
    for at in reversed(range(len(earlier))):
        each = earlier[at]
        goes_on = _goes_on(each, given)
        if (goes_on, len(each.input) + len(each.output)) > best[:2]:
            best = max(best, (goes_on, _shared(each, given), at))
    return best


def is_same_answer(sent: Any, gave: Sequence[Any]) -> bool:
    """Whether a message is an earlier answer that was sent again in other words of the wire: without its reasoning."""
    return _spoken(sent) in [_spoken(each) for each in gave] and bool(_spoken(sent))


def _goes_on(earlier: Said, given: frozenset[Hash]) -> bool:
    """Whether an earlier call's end is among what was given: its answer, or the last of what it was asked."""
    return any(each in given for each in (*earlier.input[-1:], *earlier.output))


def _shared(earlier: Said, given: frozenset[Hash]) -> int:
    return len(given.intersection((*earlier.input, *earlier.output)))


def _spoken(message: Any) -> list[tuple[str, str]]:
    """The texts and tool calls of an assistant's message."""
    whole = mapping_or_empty(message)
    parts = whole.get("parts")
    if whole.get("role") != "assistant" or not isinstance(parts, list):
        return []
    told = [mapping_or_empty(part) for part in cast("list[Any]", parts)]
    return [
        (str(part["type"]), str(part.get("content") or part.get("id") or "").strip())
        for part in told
        if part.get("type") in ("text", "tool_call") and (part.get("content") or part.get("id"))
    ]
