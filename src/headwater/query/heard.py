"""Heard: which messages hold a text, looked up once, so that spans are not held against all messages again and again.

In:  conditions that ask for a text.   Out: the same conditions, naming the messages where they are few.
Rule 1: a text that few messages hold is looked up once for all that is asked of the spans; one that no message holds
ends the question.
Rule 2: a text that many hold stays a question of its own: a list finds enough among the newest spans.
"""

import msgspec

from headwater.query.ask import Asker
from headwater.query.conditions import Conditions

_FEW = 2_000
_LOOKED_UP = 40
"""Up to this many are looked up in the indexes over what spans were given and gave; each costs some for every row."""

_FOUND = (
    "SELECT hex(hash) FROM headwater.messages WHERE project = {{project:String}} AND {0} LIMIT {{most_heard:UInt32}}"
)
_HASHES = "arrayMap(h -> toFixedString(unhex(h), 16), {heard:Array(String)})"
_BY_INDEX = f"(hasAny(input, {_HASHES}) OR hasAny(output, {_HASHES}))"
_BY_SET = (
    "arrayExists(h -> h IN (SELECT toFixedString(unhex(arrayJoin({heard:Array(String)})), 16)),"
    " arrayConcat(input, output))"
)


def heard(ask: Asker, conditions: Conditions) -> Conditions:
    """Return conditions that name the messages which hold the text, where there are few; others as they are."""
    if not conditions.said:
        return conditions
    parameters = {**conditions.parameters, "most_heard": _FEW + 1}
    found = sorted({str(row[0]) for row in ask.rows(_FOUND.format(conditions.said), parameters)})
    if len(found) > _FEW:
        return conditions
    named = (_BY_INDEX if len(found) <= _LOOKED_UP else _BY_SET) if found else "0"
    return msgspec.structs.replace(
        conditions,
        terms=tuple([term.replace(conditions.span_says, named) for term in conditions.terms]),
        parameters={**conditions.parameters, "heard": found},
        said="",
    )
