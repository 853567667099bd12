"""What becomes of a span on its way into the store: content, attributes, times, counts, totals of its trace."""

import json
from typing import Any

import msgspec
import pytest

from headwater.store import ARRAY_MARK, SpanRow
from tests.rooms.ingest.door import JSON
from tests.rooms.loader.line import Line

_TRACE = "0af7651916cd43dd8448eb211c80319c"
_NOON_NS = 1_795_003_200_000_000_000
_CALL = {"gen_ai.operation.name": "chat", "gen_ai.provider.name": "openai", "gen_ai.request.model": "gpt-4o-mini"}


def told(number: int = 1, parent: int = 0, start_ns: int = _NOON_NS, end_ns: int | None = None, **more: Any) -> Any:
    """A span of OTLP/JSON; `attributes` are given as a mapping."""
    attributes: dict[str, Any] = more.pop("attributes", {})
    return {
        "traceId": _TRACE,
        "spanId": f"{number:016x}",
        "parentSpanId": f"{parent:016x}" if parent else "",
        "name": f"step {number}",
        "startTimeUnixNano": start_ns,
        "endTimeUnixNano": start_ns + 1_000_000_000 if end_ns is None else end_ns,
        "attributes": [{"key": key, "value": _value(value)} for key, value in attributes.items()],
        **more,
    }


def rows_of(line: Line, *spans: Any) -> list[SpanRow]:
    """The rows that these spans become, by their number."""
    body = msgspec.json.encode({"resourceSpans": [{"scopeSpans": [{"spans": list(spans)}]}]})
    line.append(body, content_type=JSON, items=len(spans))
    line.load()
    assert line.reasons() == []
    return sorted(line.store.spans, key=lambda row: row.span_id)


def content(line: Line, hashes: tuple[bytes, ...]) -> list[Any]:
    """The stored content behind hashes."""
    return [json.loads(line.store.messages[("p", digest)].content) for digest in hashes]


def test_short_attributes_stay_in_the_row_and_long_ones_go_out_of_it(line: Line) -> None:
    long = "x" * 600
    row = rows_of(line, told(attributes={"short": "s", "number": 7, "list": ["a", 1], "long": long}))[0]
    assert row.attributes == {"short": "s", "number": "7", "list": '["a",1]'}
    assert content(line, row.content_attributes["long"]) == [long]


def test_a_long_array_is_kept_element_by_element_behind_a_mark(line: Line) -> None:
    elements = [{"role": "user", "content": "y" * 600}, "plain", 3, None]
    row = rows_of(line, told(attributes={"history": json.dumps(elements)}))[0]
    hashes = row.content_attributes["history"]
    assert hashes[0] == ARRAY_MARK
    assert content(line, hashes[1:]) == elements


def test_a_history_that_grows_costs_only_what_is_new(line: Line) -> None:
    turns = [{"role": "user", "parts": [{"type": "text", "content": f"turn {n} " + "z" * 300}]} for n in range(30)]
    spans = [
        told(n + 1, start_ns=_NOON_NS + n, attributes=_CALL | {"gen_ai.input.messages": json.dumps(turns[: n + 1])})
        for n in range(30)
    ]
    rows = rows_of(line, *spans)
    assert [len(row.input) for row in rows] == list(range(1, 31))
    assert len(line.store.messages) == 30, "the raw attribute's elements are the messages themselves"


@pytest.mark.parametrize(
    ("start_ns", "end_ns", "kept"),
    [
        (_NOON_NS, _NOON_NS - 5, (_NOON_NS, _NOON_NS)),
        (0, _NOON_NS, (_NOON_NS, _NOON_NS)),
        (_NOON_NS, 0, (_NOON_NS, _NOON_NS)),
        (2**63, _NOON_NS, (_NOON_NS, _NOON_NS)),
    ],
)
def test_nonsense_of_clocks_becomes_a_time_that_can_be(
    line: Line, start_ns: int, end_ns: int, kept: tuple[int, int]
) -> None:
    row = rows_of(line, told(start_ns=start_ns, end_ns=end_ns))[0]
    assert (row.start_ns, row.end_ns) == kept


def test_without_any_time_the_time_of_arrival_stands(line: Line) -> None:
    row = rows_of(line, told(start_ns=0, end_ns=0))[0]
    assert row.start_ns == row.end_ns == row.received_ns


def test_counts_stay_within_what_can_be_and_unknown_ones_are_not_zero(line: Line) -> None:
    known, unknown = rows_of(
        line,
        told(1, attributes=_CALL | {"gen_ai.usage.input_tokens": -3, "gen_ai.usage.output_tokens": 5}),
        told(2, attributes=_CALL),
    )
    assert (known.input_tokens or 0) >= 0
    assert known.output_tokens == 5
    assert (unknown.input_tokens, unknown.output_tokens, unknown.cost_nanousd) == (None, None, None)


def test_a_trace_sums_its_calls_and_counts_what_is_not_known(line: Line) -> None:
    rows_of(
        line,
        told(1, end_ns=_NOON_NS + 9_000_000_000),
        told(2, 1, attributes=_CALL | {"gen_ai.usage.input_tokens": 1_000_000, "gen_ai.usage.output_tokens": 10}),
        told(3, 1, attributes=_CALL),
        told(4, 77, status={"code": 2}),
    )
    trace = line.store.traces[0]
    assert (trace.name, trace.span_count, trace.call_count, trace.orphan_count) == ("step 1", 4, 2, 1)
    assert (trace.input_tokens, trace.output_tokens, trace.unpriced_calls) == (1_000_000, 10, 1)
    assert trace.cost_nanousd is not None
    assert trace.cost_nanousd > 100_000_000, "a million tokens of it cost 15 cents"
    assert (trace.status, trace.error_count) == ("error", 1)
    assert trace.end_ns - trace.start_ns == 9_000_000_000


def test_a_later_delivery_of_a_span_takes_the_place_of_the_earlier(line: Line) -> None:
    rows_of(line, told(1, name="half", end_ns=0))
    rows = rows_of(line, told(1, name="whole", start_ns=_NOON_NS - 90_000_000_000, end_ns=_NOON_NS))
    assert [(row.name, row.start_ns) for row in rows] == [("whole", _NOON_NS - 90_000_000_000)]
    assert [(row.span_count, row.start_ns) for row in line.store.traces] == [(1, _NOON_NS - 90_000_000_000)]


def test_minutes_whose_calls_changed_are_marked_before_and_after(line: Line) -> None:
    minute = _NOON_NS // 60_000_000_000 * 60_000_000_000
    rows_of(line, told(1, attributes=_CALL))
    line.store.pending.clear()
    rows_of(line, told(1, start_ns=_NOON_NS + 120_000_000_000, attributes=_CALL))
    assert line.store.pending == {("p", minute), ("p", minute + 120_000_000_000)}


def test_a_duplicate_told_in_a_later_envelope_folds_even_after_a_restart(line: Line) -> None:
    usage = {"gen_ai.usage.input_tokens": 50, "gen_ai.response.id": "r-1"}
    rows_of(line, told(2, 1, attributes=_CALL | usage))
    rows = rows_of(line, told(1, end_ns=_NOON_NS + 2_000_000_000, attributes=_CALL | usage))
    assert [bool(row.folded_into) for row in rows].count(True) == 1
    trace = line.store.traces[0]
    assert (trace.call_count, trace.folded_count, trace.input_tokens) == (1, 1, 50)


def _value(value: Any) -> Any:
    if isinstance(value, list):
        return {"arrayValue": {"values": [_value(each) for each in value]}}  # pyright: ignore[reportUnknownVariableType] - any JSON
    return {"intValue": value} if isinstance(value, int) else {"stringValue": value}
