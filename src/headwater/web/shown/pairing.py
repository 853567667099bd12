"""Pairing: a tool's result beside the call that it answers, and what of a conversation is new.

In:  shown messages.   Out: shown messages, of which each part stands in one place.
"""

from collections import Counter
from collections.abc import Sequence

import msgspec

from headwater.web.shown.conversation import ShownMessage, ShownPart

_KEPT_IN_SIGHT = 6


class Side(msgspec.Struct, frozen=True, kw_only=True):
    """Input or output: its opening, a folded middle, and what came last.

    With `is_continued`, `hidden` is what the call before was told or told already, and `tail` what is new.
    """

    name: str
    total: int
    head: tuple[ShownMessage, ...] = ()
    hidden: tuple[ShownMessage, ...] = ()
    tail: tuple[ShownMessage, ...] = ()
    is_continued: bool = False


def side_of(name: str, messages: Sequence[ShownMessage], shared: int) -> Side:
    """Lay out a side whose first `shared` messages were said in the call before."""
    total = len(messages)
    if shared:
        hidden, tail = paired(messages[:shared]), paired(messages[shared:])
        return Side(name=name, total=total, hidden=hidden, tail=tail, is_continued=True)
    shown = paired(messages)
    if len(shown) <= _KEPT_IN_SIGHT + 3:
        return Side(name=name, total=total, head=shown)
    last = len(shown) - _KEPT_IN_SIGHT
    return Side(name=name, total=total, head=shown[:1], hidden=shown[1:last], tail=shown[last:])


def paired(messages: Sequence[ShownMessage]) -> tuple[ShownMessage, ...]:
    """Put each result into the call that it answers; a message that held nothing else goes. Ids used twice pair not."""
    calls = _by_id(messages, "tool_call")
    answers = {id: part for id, part in _by_id(messages, "tool_answer").items() if id in calls}
    if not answers:
        return tuple(messages)
    joined = (_joined(message, answers) for message in messages)
    return tuple(message for message in joined if message is not None)


def _by_id(messages: Sequence[ShownMessage], form: str) -> dict[str, ShownPart]:
    parts = [part for message in messages for part in message.parts if part.form == form and part.id]
    times = Counter(part.id for part in parts)
    return {part.id: part for part in parts if times[part.id] == 1}


def _joined(message: ShownMessage, answers: dict[str, ShownPart]) -> ShownMessage | None:
    if not any(part.id in answers for part in message.parts):
        return message
    left = tuple(
        msgspec.structs.replace(part, answer=answers[part.id])
        if part.form == "tool_call" and part.id in answers
        else part
        for part in message.parts
        if not (part.form == "tool_answer" and part.id in answers)
    )
    return msgspec.structs.replace(message, parts=left) if left else None
