"""A session replayed: of each call only what is new, wherever it goes on from."""

from typing import Any

import pytest

from headwater.errors import BadRequest, NotFound
from headwater.query import Questions, Turn
from tests.rooms.query.pen import Pen, trace_id


def _texts(messages: tuple[Any, ...]) -> list[str]:
    return [str(each["parts"][0].get("content", "")) for each in messages]


def _said(turns: tuple[Turn, ...]) -> list[tuple[list[str], list[str]]]:
    return [(_texts(turn.input), _texts(turn.output)) for turn in turns]


@pytest.fixture
def questions(pen: Pen) -> Questions:
    """Ann greets, asks, and says yes twice, over two traces; the agent sends its history again each time."""
    system, hello, hi, ask, sure, yes, done = [
        pen.message(text, role)
        for text, role in [
            ("rules", "system"), ("hello", "user"), ("hi", "assistant"), ("order?", "user"),
            ("sure?", "assistant"), ("yes", "user"), ("done", "assistant"),
        ]
    ]  # fmt: skip
    told: dict[str, Any] = {
        "session_id": "s1",
        "user_id": "ann",
        "input_tokens": 10,
        "output_tokens": 2,
        "cost_nanousd": 1_000,
    }
    first, second = [system, hello], [system, hello, hi, ask]
    third = [*second, sure, yes]
    pen.call(1, 1, 0, input=tuple(first), output=(hi,), **told)
    pen.call(1, 2, 5, input=tuple(second), output=(sure,), **told)
    pen.call(2, 3, 60, input=tuple(third), output=(sure,), **told)
    pen.call(2, 4, 70, 2, input=(*third, sure, yes), output=(done,), **{**told, "cost_nanousd": None})
    pen.span(2, 5, 71, session_id="s1", kind="tool")
    pen.call(3, 6, 65, input=(system,), session_id="s2")
    return pen.write()


def test_each_turn_says_only_what_is_new(questions: Questions) -> None:
    assert _said(questions.conversation("s1").turns) == [
        (["rules", "hello"], ["hi"]),
        (["order?"], ["sure?"]),
        (["yes"], ["sure?"]),
        (["yes"], ["done"]),
    ]


def test_a_turn_tells_where_it_goes_on_and_what_the_session_has_come_to(questions: Questions) -> None:
    turns = questions.conversation("s1").turns
    assert [(turn.number, turn.goes_on_from, turn.repeated) for turn in turns] == [
        (1, None, 0),
        (2, 1, 3),
        (3, 2, 5),
        (4, 3, 7),
    ]
    assert [turn.gap_ms for turn in turns] == [None, 4_000, 54_000, 9_000]
    assert [turn.tokens_so_far for turn in turns] == [12, 24, 36, 48]
    assert [turn.cost_so_far_usd for turn in turns] == pytest.approx([1e-6, 2e-6, 3e-6, 3e-6])
    assert [turn.input_at for turn in turns] == [(0, 1), (3,), (5,), (7,)]


@pytest.mark.parametrize("sort", ["start_time", "-start_time"])
def test_pages_say_together_what_one_page_says(questions: Questions, sort: str) -> None:
    whole = questions.conversation("s1", sort=sort).turns
    turns: list[Turn] = []
    cursor: str | None = None
    for _ in range(4):
        page = questions.conversation("s1", sort=sort, cursor=cursor, limit=1)
        turns += page.turns
        cursor = page.next
    assert (tuple(turns), cursor) == (whole, None)
    assert [turn.number for turn in whole] == ([1, 2, 3, 4] if sort == "start_time" else [4, 3, 2, 1])


def test_the_session_stands_at_its_head(questions: Questions) -> None:
    session = questions.conversation("s1", limit=1).session
    assert (session.session_id, session.trace_count, session.call_count) == ("s1", 2, 4)


def test_a_session_that_only_its_first_span_names_has_its_calls(pen: Pen) -> None:
    pen.span(1, 1, took_s=9, session_id="s1", kind="agent")
    pen.call(1, 2, 1, parent=1)
    assert [turn.trace_id for turn in pen.write().conversation("s1").turns] == [trace_id(1)]


def test_two_threads_of_a_session_are_told_apart(pen: Pen) -> None:
    rules, one, two, three = [pen.message(text) for text in ("rules", "one", "two", "three")]
    pen.call(1, 1, 0, input=(rules, one), session_id="s1")
    pen.call(1, 2, 2, input=(rules, two), session_id="s1")
    pen.call(1, 3, 4, input=(rules, one, three), session_id="s1")
    turns = pen.write().conversation("s1").turns
    assert [(turn.goes_on_from, turn.left_out, _texts(turn.input)) for turn in turns] == [
        (None, 0, ["rules", "one"]),
        (None, 0, ["two"]),
        (1, 0, ["three"]),
    ]


def test_a_history_that_was_cut_says_how_many_messages_are_left_out(pen: Pen) -> None:
    one, two, three = [pen.message(text) for text in ("one", "two", "three")]
    pen.call(1, 1, 0, input=(one, two), session_id="s1")
    pen.call(1, 2, 2, input=(two, three), session_id="s1")
    last = pen.write().conversation("s1").turns[1]
    assert (last.left_out, last.repeated, _texts(last.input)) == (1, 1, ["three"])


def test_an_answer_that_is_sent_again_without_its_reasoning_is_not_new(pen: Pen) -> None:
    call = '{"arguments":{},"id":"c1","name":"find","type":"tool_call"}'
    thought = '{"content":"look","type":"reasoning"}'
    gave = pen.content(f'{{"parts":[{thought},{call}],"role":"assistant"}}', "message", "assistant")
    sent = pen.content(f'{{"parts":[{call}],"role":"assistant"}}', "message", "assistant")
    hello, found = pen.message("hello"), pen.message("found", "tool")
    pen.call(1, 1, 0, input=(hello,), output=(gave,), session_id="s1")
    pen.call(1, 2, 2, input=(hello, sent, found), session_id="s1")
    assert _texts(pen.write().conversation("s1").turns[1].input) == ["found"]


def test_a_heavy_page_ends_early_and_goes_on(pen: Pen) -> None:
    for number in range(24):
        content = pen.message(f"{number} " + "x" * 500_000)
        pen.call(1, number + 1, number, input=(content,), session_id="s1")
    questions = pen.write()
    first = questions.conversation("s1")
    second = questions.conversation("s1", cursor=first.next)
    assert 0 < len(first.turns) < 24
    assert [turn.number for turn in (*first.turns, *second.turns)] == list(range(1, 25))


def test_content_that_is_no_longer_kept_keeps_its_place(pen: Pen) -> None:
    pen.call(1, 1, input=(b"\x80" * 16,), session_id="s1")
    assert pen.write().conversation("s1").turns[0].input == ({"evicted": "80" * 16},)


def test_a_session_that_is_not_there_is_not_found(questions: Questions) -> None:
    with pytest.raises(NotFound, match="no session 's9' in this project"):
        questions.conversation("s9")


@pytest.mark.parametrize("wrong", [{"sort": "cost"}, {"cursor": "x"}, {"limit": 0}])
def test_what_is_wrong_is_named(questions: Questions, wrong: dict[str, Any]) -> None:
    with pytest.raises(BadRequest, match=next(iter(wrong))):
        questions.conversation("s1", **wrong)
