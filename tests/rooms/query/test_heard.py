"""A text is found alike whether one message holds it, or dozens, or thousands."""

import secrets

import pytest

from headwater.query import CallFilters, TraceFilters
from headwater.store import MessageRow
from tests.rooms.query.pen import NOON, Pen


def _say(pen: Pen, texts: list[str]) -> list[bytes]:
    rows = [
        MessageRow(
            project=pen.project,
            hash=secrets.token_bytes(16),
            kind="message",
            role="user",
            content="",
            text=text,
            first_seen_ns=NOON,
        )
        for text in texts
    ]
    pen.store.insert_messages(rows, f"{pen.project}-said")
    return [row.hash for row in rows]


@pytest.mark.parametrize("count", [1, 41, 2_001])
def test_a_text_is_found_by_those_who_were_told_it_and_those_who_said_it(pen: Pen, count: int) -> None:
    *told, silent = _say(pen, [f"the ferrule of {number}" for number in range(count)] + ["a spoon"])
    pen.call(1, 1, input=tuple(told), cost_nanousd=5)
    pen.call(2, 2, at_s=4_000, output=(silent, told[-1]))
    pen.call(3, 3, input=(silent,), output=(silent,))
    questions = pen.write()
    assert [call.span_id[-1] for call in questions.calls(CallFilters(text="Ferrule of")).items] == ["2", "1"]
    assert [trace.trace_id[-1] for trace in questions.traces(TraceFilters(text="ferrule")).items] == ["2", "1"]
    assert questions.selection(TraceFilters(text="ferrule")).traces == 2
    assert questions.totals(filters=CallFilters(text="ferrule")).calls == 2
    assert questions.charted(CallFilters(text="spoon")).totals.calls == 2


def test_what_nobody_said_is_found_nowhere(pen: Pen) -> None:
    pen.call(1, 1, input=tuple(_say(pen, ["a spoon"])))
    questions = pen.write()
    assert questions.calls(CallFilters(text="ferrule")).items == ()
    assert questions.charted(CallFilters(text="ferrule")).totals.calls == 0
