"""Runs of agents: what goes on from an answer belongs to it, and what only repeats a prompt does not."""

import random
from collections.abc import Iterable, Sequence
from typing import Any, cast

import pytest
from msgspec.structs import replace

from headwater.capture import Recorded, told_of
from headwater.loader.content import Content, Seen
from headwater.loader.made import RunCall
from headwater.loader.runs import Runs, run_call_of
from headwater.loader.spanrow import RowMaker
from headwater.pricing import PriceBooks
from headwater.store import SpanRow
from tests.rooms.capture import passing
from tests.rooms.loader.agents import asked, gave, run, said, user, wished


def _looked_at(recorded: Recorded, project: str = "p") -> RunCall | None:
    span = told_of(recorded)
    row = RowMaker(Content(Seen(0)), PriceBooks()).span_row(span, project, span.end_ns)
    return run_call_of(span, row)


def _calls(recorded: Iterable[Recorded]) -> list[RunCall]:
    return [cast("RunCall", _looked_at(each)) for each in recorded]


def sessions(recorded: Sequence[Recorded], runs: Runs | None = None, at_once: int = 1) -> list[int | None]:
    """The run of each call by the number of its first, None where it has none; taken in blocks of so many."""
    runs, calls = runs or Runs(), _calls(recorded)
    told: dict[Any, str] = {}
    for start in range(0, len(calls), at_once):
        told |= runs.take(calls[start : start + at_once])
    return [int(told[call.key].removeprefix("run-"), 16) if call.key in told else None for call in calls]


def test_a_run_is_named_after_its_first_call():
    assert sessions(run(1, "fix it", 4, "a")) == [1, 1, 1, 1]


def test_a_call_that_nobody_goes_on_from_has_no_run():
    assert sessions([asked(1, [user("hi")], said("ho"))]) == [None]


def test_a_prompt_that_is_only_repeated_makes_no_run():
    """A benchmark asks the same a thousand times, and is answered the same."""
    assert sessions([asked(at, [user("2+2?")], said("4")) for at in range(1, 200)]) == [None] * 199


def test_runs_that_began_with_the_same_prompt_stay_apart():
    first, second = run(1, "solve", 3, "a", step=2), run(2, "solve", 3, "b", step=2)
    both = sorted([*first, *second], key=lambda call: call.start_ns)
    assert sessions(both) == [1, 2, 1, 2, 1, 2]


def test_runs_that_are_equal_word_for_word_stay_apart_where_one_follows_the_other():
    assert sessions([*run(1, "solve", 3, "a"), *run(11, "solve", 3, "a")]) == [1, 1, 1, 11, 11, 11]


def test_examples_that_every_call_has_make_no_run():
    """One call asked just what the first example asks."""
    shown = [user("2+2?"), said("4")]
    calls = [asked(1, [user("2+2?")], said("It is 4."))]
    calls += [asked(at, [*shown, user(f"{at}+1?")], said(str(at + 1))) for at in range(2, 30)]
    assert sessions(calls)[2:] == [None] * 27


def test_clients_keys_and_projects_are_kept_apart():
    first, second = run(1, "fix it", 2, "a")
    changed: tuple[dict[str, Any], ...] = ({"client": "agent/2"}, {"key_id": "other"})
    for change in changed:
        assert sessions([first, replace(second, **change)]) == [None, None]
    runs = Runs()
    runs.take(_calls([first]))
    other = _looked_at(second, "other")
    assert other is not None
    assert runs.take([other]) == {}


def test_an_agent_that_talks_in_words_has_runs_too():
    ask, answer = [user("hi")], said("hello\n\n you ")
    told_again = said("hello you")  # a client trims what it was given
    assert sessions([asked(1, ask, answer), asked(2, [*ask, told_again, user("so?")], said("ok"))]) == [1, 1]


def test_an_answer_that_the_client_rewrote_is_gone_on_from_once():
    ask = [user("hi")]
    rewritten = [*ask, said("(summary)"), user("go on")]
    calls = [asked(1, ask, said("long talk")), asked(2, rewritten, None), asked(3, rewritten, said("sure"))]
    other = asked(4, [*ask, said("(summary)"), user("something else")], said("what?"))
    assert sessions([*calls, other]) == [1, 1, 1, None]


def test_a_try_that_failed_and_the_next_one_are_one_run():
    ask = [user("hi"), wished("t1"), gave("t1", "x")]
    calls = [asked(1, ask[:1], wished("t1")), asked(2, ask, None), asked(3, ask, wished("t2"))]
    later = asked(4, [*ask, wished("t2"), gave("t2", "y")], said("done"))
    assert sessions([*calls, later]) == [1, 1, 1, 1]


def test_a_branch_belongs_to_the_run_that_it_left():
    ask = [user("hi"), wished("t1"), gave("t1", "x")]
    calls = [asked(1, ask[:1], wished("t1")), asked(2, ask, said("a")), asked(3, [*ask, user("but")], said("b"))]
    assert sessions(calls) == [1, 1, 1]


def test_a_system_prompt_with_the_time_in_it_breaks_no_run():
    calls = run(1, "fix it", 3, "a")
    timed = [call.request.replace(b"be good", b"it is %d" % call.start_ns) for call in calls]
    changed = [replace(call, request=request) for call, request in zip(calls, timed, strict=True)]
    assert sessions(changed) == [1, 1, 1]


def test_calls_that_name_the_response_before_are_one_run():
    def responded(at: int, previous: str) -> Recorded:
        body = {"model": "m", "input": f"step {at}"} | ({"previous_response_id": previous} if previous else {})
        answer = b'{"id": "resp-%d", "object": "response", "status": "completed", "output": []}' % at
        like = asked(at, [], None)
        told: dict[str, Any] = {name: getattr(like, name) for name in ("trace_id", "span_id", "start_ns", "client")}
        return passing.recorded(body, [answer], path="/v1/responses", **told)

    assert sessions([responded(1, ""), responded(2, "resp-1"), responded(3, "resp-2"), responded(4, "")]) == [
        1,
        1,
        1,
        None,
    ]


@pytest.mark.parametrize(
    "about",
    [{"session_id": "s"}, {"parent_span_id": b"12345678"}, {"client_headers": {"session-id": "s"}}, {"method": "GET"}],
)
def test_what_says_itself_where_it_belongs_is_not_looked_at(about: dict[str, Any]):
    assert _looked_at(asked(1, [user("hi")], said("ho"), **about)) is None


@pytest.mark.parametrize("at_once", [1, 2, 7, 100])
def test_however_the_journal_is_cut_into_blocks_the_runs_are_the_same(at_once: int):
    calls = [call for number in range(8) for call in run(1 + number, "same", 5, str(number), step=10)]
    calls.sort(key=lambda call: call.start_ns)
    assert sessions(calls, at_once=at_once) == [1 + number for _ in range(5) for number in range(8)]


@pytest.mark.parametrize("seed", range(5))
def test_journals_that_are_read_in_another_order_give_the_same_runs(seed: int):
    """Only the name may differ: a call that came late joins what is named already."""
    calls = [call for number in range(4) for call in run(1 + number, f"do {number}", 6, str(number), step=10)]
    random.Random(seed).shuffle(calls)
    by_run: dict[int, set[int | None]] = {}
    for call, session in zip(calls, sessions(calls), strict=True):
        by_run.setdefault(int.from_bytes(call.trace_id, "big") % 10, set()).add(session)
    assert len({session for told in by_run.values() for session in told}) == len(by_run) == 4


def test_a_block_that_is_made_again_tells_the_same_again():
    runs, calls = Runs(), _calls(run(1, "fix it", 3, "a"))
    runs.take(calls[:1])
    assert runs.take(calls[1:]) == runs.take(calls[1:]) != {}


def test_only_what_is_new_is_told():
    """Whoever stores reads back every row that is told of."""
    runs, calls = Runs(), _calls(run(1, "fix it", 30, "a"))
    runs.take(calls[:-1])
    assert list(runs.take(calls[-1:])) == [calls[-1].key]


def test_memory_is_bounded_for_each_client_and_over_all():
    first, second = run(1, "fix it", 2, "a")
    noise = [asked(at, [user(str(at))], said("x")) for at in range(10, 20)]
    assert sessions([first, *noise, second], Runs(calls_of_client=5)) == [None] * 12
    others = [asked(at, [user("x")], said("x"), client=f"agent/{at}") for at in range(10, 20)]
    assert sessions([first, *others, second], Runs(calls=5)) == [None] * 12


def test_a_run_under_way_outlives_the_noise_of_its_client():
    runs, calls, told = Runs(calls_of_client=10), run(1, "fix it", 20, "a", step=10), list[int | None]()
    for number, call in enumerate(calls):
        noise = [asked(10_000 + number * 10 + at, [user("n")], said("x")) for at in range(5)]
        told += sessions([call, *noise], runs)[:1]
    assert told[1:] == [1] * 19


def test_no_message_and_no_model_call_is_looked_at():
    row = SpanRow(project="p", trace_id="1", span_id="2")
    assert _looked_at(asked(1, [], said("x"))) is None
    embedded = told_of(asked(1, [user("x")], None, path="/v1/embeddings"))
    assert run_call_of(embedded, row) is None
