"""Two spans side by side."""

from typing import Any

import pytest

from headwater.errors import NotFound
from headwater.query.compared import Beside, Difference, differences
from tests.rooms.query.pen import Pen, span_id, trace_id


def _said(role: str, text: str) -> dict[str, Any]:
    return {"role": role, "parts": [{"type": "text", "content": text}]}


SYSTEM, ASK, ANSWER = _said("system", "be brief"), _said("user", "hi"), _said("assistant", "hello")
OTHER = _said("user", "hey")


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        ([SYSTEM, ASK], [SYSTEM, ASK], [Difference(kind="same", at_a=0, at_b=0, count=2)]),
        ([], [ASK], [Difference(kind="added", at_a=0, at_b=0, b=ASK)]),
        (
            [SYSTEM, ASK],
            [SYSTEM, ASK, ANSWER],
            [
                Difference(kind="same", at_a=0, at_b=0, count=2),
                Difference(kind="added", at_a=2, at_b=2, b=ANSWER),
            ],
        ),
        (
            [SYSTEM, ASK, ANSWER],
            [SYSTEM, OTHER, ANSWER],
            [
                Difference(kind="same", at_a=0, at_b=0, count=1),
                Difference(kind="changed", at_a=1, at_b=1, a=ASK, b=OTHER),
                Difference(kind="same", at_a=2, at_b=2, count=1),
            ],
        ),
        (
            [ASK],
            [ANSWER],
            [
                Difference(kind="removed", at_a=0, at_b=0, a=ASK),
                Difference(kind="added", at_a=0, at_b=0, b=ANSWER),
            ],
        ),
    ],
)
def test_lists_differ_message_by_message(a: list[Any], b: list[Any], expected: list[Difference]) -> None:
    assert list(differences(a, b)) == expected


def test_two_calls_of_a_project_are_compared(pen: Pen) -> None:
    first, second = pen.message("hi"), pen.message("hey")
    pen.call(1, 1, input=(first,), input_tokens=10, parameters='{"temperature":0.2,"top_p":1}', cost_nanousd=10**9)
    pen.call(2, 2, input=(first, second), input_tokens=14, parameters='{"temperature":0.9}', model="gpt-4")
    found = pen.write().compare((trace_id(1), span_id(1)), (trace_id(2), span_id(2)))
    facts = {fact.name: fact for fact in found.facts}
    assert facts["input_tokens"] == Beside(name="input_tokens", a=10, b=14, difference=4, is_same=False)
    assert facts["cost_usd"] == Beside(name="cost_usd", a=1.0, b=None, difference=None, is_same=False)
    assert [(each.name, each.a, each.b) for each in found.parameters] == [
        ("temperature", 0.2, 0.9),
        ("top_p", 1, None),
    ]
    assert [each.kind for each in found.input] == ["same", "added"]


def test_what_is_not_there_cannot_be_compared(pen: Pen) -> None:
    pen.call(1, 1)
    with pytest.raises(NotFound):
        pen.write().compare((trace_id(1), span_id(1)), (trace_id(9), span_id(9)))
