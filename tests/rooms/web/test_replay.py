"""Turns as a page shows them: results under their calls, gaps between them."""

from typing import Any

from headwater.query import Turn
from headwater.web.shown.replay import replay, source
from headwater.web.shown.spark import spark


def _turn(number: int, given: tuple[Any, ...] = (), gave: tuple[Any, ...] = (), **fields: Any) -> Turn:
    whole: dict[str, Any] = {
        **dict.fromkeys(("name", "operation", "provider", "model", "status", "status_message", "error_type"), ""),
        **dict.fromkeys(("ttft_ms", "gap_ms", "input_tokens", "output_tokens", "cost_usd", "cost_so_far_usd")),
        **dict.fromkeys(("cache_read_tokens", "reasoning_tokens", "tokens_so_far", "repeated", "left_out"), 0),
        "trace_id": "t1", "span_id": f"s{number}", "start_time": "2026-11-18T12:00:00Z", "duration_ms": 1.0,
        "finish_reasons": (), "goes_on_from": None, "number": number, "input": given, "output": gave,
        "input_at": tuple(range(len(given))),
    }  # fmt: skip
    return Turn(**{**whole, **fields})


def _parts(role: str, *parts: dict[str, Any]) -> dict[str, Any]:
    return {"role": role, "parts": list(parts)}


_CALL: dict[str, Any] = {"type": "tool_call", "id": "c1", "name": "find", "arguments": {}}
_RESULT: dict[str, Any] = {"type": "tool_call_response", "id": "c1", "response": "found"}


def test_a_result_moves_under_its_call_and_keeps_its_own_address():
    turns = (
        _turn(1, gave=(_parts("assistant", _CALL),)),
        _turn(2, given=(_parts("user", {"type": "text", "content": "x"}), _parts("tool", _RESULT)), input_at=(4, 7)),
    )
    first, second = replay(turns)
    answer = first.gave[0].parts[0].answer
    assert answer is not None
    assert (answer.text, source(turns, answer.place)) == ("found", (turns[1], "input.7.0"))
    assert [message.role for message in second.given] == ["user"]


def test_a_result_whose_call_is_not_here_stays_where_it_is():
    (only,) = replay([_turn(2, given=(_parts("tool", _RESULT),))])
    assert [part.text for part in only.given[0].parts] == ["found"]


def test_of_two_results_of_a_call_the_second_stays_where_it_is():
    first, second = replay(
        [_turn(1, gave=(_parts("assistant", _CALL),)), _turn(2, given=(_parts("tool", _RESULT, _RESULT),))]
    )
    assert first.gave[0].parts[0].answer is not None
    assert len(second.given[0].parts) == 1


def test_parts_have_the_places_that_they_have_in_their_call():
    turns = (_turn(1, given=(_parts("user", {"type": "text", "content": "x"}),), gave=("plain",), input_at=(12,)),)
    (shown,) = replay(turns)
    places = [source(turns, message.parts[0].place)[1] for message in (*shown.given, *shown.gave)]
    assert places == ["input.12.0", "output.0.0"]


def test_a_turn_begins_afresh_only_where_something_had_been_said():
    silent, hello = _turn(1), _parts("user", {"type": "text", "content": "x"})
    turns = replay(
        [silent, _turn(2, given=(hello,)), _turn(3, given=(hello,)), _turn(4, given=(hello,), goes_on_from=3)]
    )
    assert [shown.begins_afresh for shown in turns] == [False, False, True, False]


def test_gaps_and_traces_stand_between_turns():
    shown = replay([_turn(1), _turn(2, gap_ms=200.0), _turn(3, gap_ms=-5.0, trace_id="t2"), _turn(4, gap_ms=61_000.0)])
    assert [(each.gap_ms, each.is_at_once, each.begins_trace) for each in shown] == [
        (None, False, True),
        (None, False, False),
        (None, True, True),
        (61_000.0, False, True),
    ]


def test_a_spark_shows_all_that_is_not_nothing():
    assert spark((0, 1, 1000)) == "M36.67 24V22.00H63.33V24zM70.00 24V0.00H96.67V24z"
    assert spark(()) == spark((0, 0)) == ""
