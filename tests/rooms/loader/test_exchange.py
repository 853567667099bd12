"""Calls that passed the proxy, from the journal to the store: each once, poison set aside, runs named."""

from collections.abc import Iterable
from typing import Any

import msgspec
import pytest

from headwater.capture import Recorded, recorded_to, told_of
from headwater.clock import now_ns
from headwater.errors import Unavailable
from headwater.loader import LoaderSettings
from headwater.redact import without_content
from tests.rooms.capture.passing import JSON, START_NS, recorded
from tests.rooms.loader.agents import asked, run, said, user
from tests.rooms.loader.line import Line
from tests.rooms.loader.memory_store import KilledHere

ASKED: dict[str, Any] = {"model": "gpt-4o-mini", "messages": [{"role": "user", "content": "hi"}]}
GAVE: dict[str, Any] = {
    "id": "chatcmpl-1",
    "model": "gpt-4o-mini-2024-07-18",
    "choices": [{"index": 0, "message": {"role": "assistant", "content": "ho"}, "finish_reason": "stop"}],
    "usage": {"prompt_tokens": 1000, "completion_tokens": 10},
}
CALL = recorded(ASKED, [msgspec.json.encode(GAVE)], session_id="s")


def append(line: Line, calls: Iterable[Recorded]) -> None:
    """An envelope each, as the proxy writes them."""
    for call in calls:
        line.append(recorded_to(call), door="exchange", content_type="")


def sessions(line: Line) -> list[str]:
    """The session of each call, in the order in which they began."""
    return [row.session_id for row in sorted(line.store.spans, key=lambda row: row.start_ns)]


def test_a_recorded_call_is_stored_with_its_usage_and_price(line: Line):
    append(line, [CALL])
    line.load()
    (row,) = line.store.spans
    told = (row.kind, row.scope, row.session_id, row.model, row.input_tokens, row.output_tokens, row.cost_nanousd)
    assert told == ("call", "headwater.proxy", "s", "gpt-4o-mini-2024-07-18", 1000, 10, 156_000)


def test_a_call_is_priced_as_the_model_that_it_names_and_keeps_the_names_it_was_told(line: Line):
    append(line, [msgspec.structs.replace(CALL, host="10.0.0.1", provider="vllm", model_override="gpt-4o")])
    line.load()
    (row,) = line.store.spans
    told = (row.provider, row.request_model, row.cost_nanousd, row.attributes["headwater.priced_as"])
    assert told == ("vllm", "gpt-4o-mini", 2_600_000, "gpt-4o")


def test_an_event_is_stored_as_it_was_told(line: Line):
    """What must not touch the disk was taken away before."""
    span = without_content(told_of(CALL))
    line.append(msgspec.msgpack.encode((span,)), door="event", content_type="")
    append(line, [msgspec.structs.replace(CALL, trace_id=b"another trace ..")])
    line.load()
    bare, full = sorted(line.store.spans, key=lambda row: row.trace_id)
    assert (bare.input, bare.output, bare.input_tokens, bare.cost_nanousd) == ((), (), 1000, full.cost_nanousd)
    assert (len(full.input), len(full.output)) == (1, 1)


def test_what_is_no_record_is_set_aside_with_its_reason_and_the_rest_goes_on(line: Line):
    line.append(b"\xff", door="exchange")
    line.append(msgspec.msgpack.encode((2, "later")), door="exchange")
    line.append(b"\xff", door="event")
    append(line, [CALL])
    line.load()
    assert [each.door for each in line.ledger.quarantined()] == ["event", "exchange", "exchange"]
    assert "HeadwaterError: format 2 of a recorded call is newer than 1" in line.reasons()[1]
    assert len(line.store.spans) == 1


def test_a_record_that_came_twice_is_one_call(line: Line):
    append(line, [CALL, CALL])
    line.load()
    assert len(line.store.spans) == 1


@pytest.mark.parametrize("rows", [1, 3, 100])
def test_the_calls_of_a_run_have_one_session_whatever_the_blocks(line: Line, rows: int):
    append(line, [*run(1, "fix it", 5, "a"), asked(9, [user("hi")], said("ho"))])
    line.load(LoaderSettings(block_rows=rows, block_age_s=0.0))
    name = f"run-{1:032x}"
    assert sessions(line) == [name] * 5 + [""]
    assert sorted(row.session_id for row in line.store.traces) == [""] + [name] * 5


def test_a_run_is_told_as_one_through_an_outage_of_the_store(line: Line):
    append(line, run(1, "fix it", 4, "a"))
    line.store.failing = [("insert_spans", Unavailable("gone")), ("insert_traces", Unavailable("still gone"))]
    line.load(LoaderSettings(block_rows=1, block_age_s=0.0))
    assert sessions(line) == [f"run-{1:032x}"] * 4


def test_a_loader_that_dies_forgets_which_calls_were_of_late_and_begins_another_run(line: Line):
    calls = run(1, "fix it", 6, "a")
    append(line, calls[:3])
    line.load()
    append(line, calls[3:])
    line.store.failing = [("insert_spans", KilledHere())]
    line.load_until_killed()
    line.load()
    assert sessions(line) == [f"run-{1:032x}"] * 3 + [f"run-{4:032x}"] * 3


def test_a_part_of_the_journal_that_is_loaded_again_keeps_its_runs(line: Line):
    append(line, run(1, "fix it", 6, "a"))
    line.load()
    before = sessions(line)
    line.ledger.ask_reload("journal", START_NS + 4 * 1_000_000_000, now_ns())
    line.load()
    assert sessions(line) == before == [f"run-{1:032x}"] * 6


def test_what_was_told_over_otlp_is_given_no_run(line: Line):
    span = msgspec.structs.replace(told_of(asked(1, [user("a")], said("b"))), source="otel")
    line.append(msgspec.msgpack.encode((span,)), door="event", content_type=JSON)
    append(line, [asked(2, [user("a"), said("b"), user("c")], said("d"))])
    line.load()
    assert sessions(line) == ["", ""]
