"""Halves: a call of which one request tells what was asked, and another what was answered.

Clients that send the two apart name nothing that joins them, and some write whole seconds. What tells is the order of
arrival, since such a client sends one after the other: an answer belongs to what was asked before it, of a model that
may be the same, the nearest in time; of several within one second, the last to arrive. A further part of an answer
belongs to the answer before it of the same start, if nothing was asked in between.

Reading is done envelope by envelope, so the halves are told as calls of their own, under these scopes.
"""

from collections.abc import Iterable

from headwater.store import SpanBrief

ASKED = "headwater.asked"
ANSWERED = "headwater.answered"
FURTHER = "headwater.answered.further"
HALVES = frozenset({ASKED, ANSWERED, FURTHER})
"""Scopes of the spans that tell half a call."""

_GAP_NS = 60_000_000_000
"""How long before an answer's start its request may have ended: clients wait for one to be taken, with retries."""

_WAITING = 64
"""How many unanswered requests are looked at, so that thousands of them take no square of time."""


def half_pairs(siblings: Iterable[SpanBrief]) -> Iterable[tuple[str, str]]:
    """The halves among calls of one parent that belong together, as pairs of span ids."""
    waiting: list[SpanBrief] = []
    last: SpanBrief | None = None
    ids: set[str] = set()
    for call in sorted((call for call in siblings if call.scope in HALVES), key=_by_arrival):
        if call.scope == ASKED:
            waiting.append(call)
            last = None
            continue
        if call.response_id and call.response_id in ids:
            continue  # one response id is one call already
        ids.add(call.response_id)
        if call.scope == FURTHER and last is not None and _is_further(call, last):
            yield last.span_id, call.span_id
            continue
        found = _asked_for(call, waiting)
        if found is not None:
            waiting.remove(found)
            yield found.span_id, call.span_id
        last = call


def _by_arrival(call: SpanBrief) -> tuple[int, bool, int, int, str]:
    # The low bits of a version count rewrites of one delivery.
    return call.version >> 10, call.scope != ASKED, call.start_ns, call.end_ns, call.span_id


def _asked_for(answer: SpanBrief, waiting: list[SpanBrief]) -> SpanBrief | None:
    fitting = [
        (abs(answer.start_ns - call.start_ns), -place, call)
        for place, call in enumerate(waiting[-_WAITING:])
        if call.start_ns <= answer.end_ns and answer.start_ns - call.end_ns <= _GAP_NS and _may_be_one(call, answer)
    ]
    return min(fitting, key=lambda each: each[:2])[2] if fitting else None


def _may_be_one(asked: SpanBrief, answer: SpanBrief) -> bool:
    """A provider names the model more precisely than who asks: `gpt-4o` answers as `gpt-4o-2024-08-06`."""
    one, other = asked.model, answer.model
    return not one or not other or one.startswith(other) or other.startswith(one)


def _is_further(call: SpanBrief, answer: SpanBrief) -> bool:
    return (call.start_ns, call.model) == (answer.start_ns, answer.model)
