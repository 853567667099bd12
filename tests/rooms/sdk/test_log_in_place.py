"""`headwater.log(span=...)`: a span that turns out to be a call of a model."""

import headwater
from tests.receiving import Receiver


def test_the_call_takes_the_place_of_the_span_with_its_times_and_what_is_within(receiver: Receiver):
    with headwater.span("around"), headwater.span("asking") as asking, headwater.session("s-1"):
        with headwater.span("within"):
            pass
        headwater.log(span=asking, model="tide-1", output="14:20", name="asked")
    around, call, within = receiver.spans()
    assert (around.name, call.name, within.name) == ("around", "asked", "within")
    assert (call.kind, call.span_id, call.parent_span_id) == ("call", asking.span_id, around.span_id)
    assert within.parent_span_id == call.span_id
    assert around.start_ns <= call.start_ns <= within.start_ns <= within.end_ns <= call.end_ns <= around.end_ns


def test_a_span_that_has_ended_takes_no_call(receiver: Receiver):
    with headwater.span("ended") as ended:
        pass
    headwater.log(span=ended, model="tide-1")
    assert [span.name for span in receiver.spans()] == ["ended"]


def test_where_nothing_is_recorded_nothing_is_logged(receiver: Receiver):
    headwater.init(url=receiver.url, enabled=False)
    with headwater.span("off") as off:
        headwater.log(span=off, model="tide-1")
    headwater.init(url=receiver.url, enabled=True)
    assert receiver.spans() == []


def test_an_entry_of_a_session_is_entered_and_left_again_and_again(receiver: Receiver):
    entry = headwater.session("s-2").entry()
    for _ in range(2):
        entry.enter()
        with headwater.span("inside"):
            pass
        entry.leave()
        with headwater.span("outside"):
            pass
    assert [(span.name, span.session_id) for span in receiver.spans()] == [("inside", "s-2"), ("outside", "")] * 2
