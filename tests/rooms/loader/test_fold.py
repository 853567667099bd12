"""Folding, by rule and by every recording. Rows and briefs are made here of the fields that folding reads."""

import csv
import random
import time
from collections.abc import Iterable
from typing import Any, NamedTuple

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from headwater.event import Span
from headwater.loader.fold import fold
from headwater.loader.gaps import gaps
from headwater.otlp import is_log_span
from headwater.store import SpanBrief, SpanRow
from tests.rooms.otlp.telling import RECORDED, recorded_spans


class Expected(NamedTuple):
    """A line of expected.tsv."""

    recording: str
    spans: int
    calls: int
    input_tokens: int
    output_tokens: int


def _expected() -> list[Expected]:
    with (RECORDED / "expected.tsv").open() as lines:
        return [Expected(row[0], *map(int, row[1:])) for row in list(csv.reader(lines, delimiter="\t"))[1:]]


def _row(span: Span) -> SpanRow:
    row = SpanRow(project="p", trace_id=span.trace_id, span_id=span.span_id, parent_span_id=span.parent_span_id)
    row.name, row.kind, row.status, row.scope = span.name, span.kind, span.status, span.scope
    row.start_ns, row.end_ns = span.start_ns, span.end_ns
    row.attributes = {name: value for name, value in span.attributes.items() if isinstance(value, str)}
    if span.call is not None:
        call, usage = span.call, span.call.usage
        row.model, row.request_model, row.response_id = call.model, call.request_model, call.response_id
        row.input = (b"in",) if call.input else ()
        row.output = (b"out",) if call.output else ()
        if usage is not None:
            row.input_tokens, row.output_tokens = usage.input_tokens, usage.output_tokens
            row.cache_read_tokens, row.cache_write_5m_tokens = usage.cache_read, usage.cache_write_5m
            row.reasoning_tokens = usage.reasoning
    return row


def _brief(row: SpanRow, is_log: bool = False) -> SpanBrief:
    return SpanBrief(
        span_id=row.span_id,
        parent_span_id=row.parent_span_id,
        kind=row.kind,
        status=row.status,
        start_ns=row.start_ns,
        end_ns=row.end_ns,
        scope=row.scope,
        model=row.model,
        request_model=row.request_model,
        response_id=row.response_id,
        input_tokens=row.input_tokens,
        output_tokens=row.output_tokens,
        has_output=bool(row.output),
        is_log_span=is_log,
        folded_into=row.folded_into,
    )


class _Traces:
    """What a loader does: rows come in batches, each trace is folded anew after each, and gaps are filled."""

    def __init__(self) -> None:
        self.rows: dict[str, SpanRow] = {}
        self._logs: set[str] = set()

    def take(self, spans: Iterable[Span]) -> None:
        for span in spans:
            self.rows[span.span_id] = _row(span)
            if is_log_span(span):
                self._logs.add(span.span_id)
        self._fold()

    def _fold(self) -> None:
        traces: dict[str, dict[str, SpanBrief]] = {}
        for span_id, row in self.rows.items():
            row.folded_into = ""
            traces.setdefault(row.trace_id, {})[span_id] = _brief(row, span_id in self._logs)
        for briefs in traces.values():
            for span_id, kept in fold(briefs).items():
                self.rows[span_id].folded_into = kept
                gaps(self.rows[kept], self.rows[span_id])

    @property
    def calls(self) -> list[SpanRow]:
        return [row for row in self.rows.values() if row.kind == "call" and not row.folded_into]

    def counted(self) -> tuple[int, int, int, int]:
        tokens_in = sum(row.input_tokens or 0 for row in self.calls)
        return len(self.rows), len(self.calls), tokens_in, sum(row.output_tokens or 0 for row in self.calls)

    def by_step(self) -> dict[str, tuple[int, int, int]]:
        """Calls, input and output tokens of each app.<step> span."""
        found: dict[str, tuple[int, int, int]] = {}
        for row in self.calls:
            at = row
            while at.parent_span_id in self.rows and not at.name.startswith("app."):
                at = self.rows[at.parent_span_id]
            calls, tokens_in, tokens_out = found.get(at.name, (0, 0, 0))
            found[at.name] = (calls + 1, tokens_in + (row.input_tokens or 0), tokens_out + (row.output_tokens or 0))
        return found


@pytest.mark.parametrize("expected", _expected(), ids=lambda expected: expected.recording)
def test_a_recording_gives_its_calls_and_tokens(expected: Expected) -> None:
    traces = _Traces()
    traces.take(recorded_spans(expected.recording))
    assert traces.counted() == expected[1:]


@pytest.mark.parametrize("expected", _expected(), ids=lambda expected: expected.recording)
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_spans_in_any_order_and_any_batches_give_the_same(expected: Expected, seed: int) -> None:
    dice, spans, traces = random.Random(seed), recorded_spans(expected.recording), _Traces()
    dice.shuffle(spans)
    while spans:
        size = dice.randint(1, 12)
        traces.take(spans[:size])
        spans = spans[size:]
    assert traces.counted() == expected[1:]


_OPENAI = {
    "app.chat": (1, 2024, 7),
    "app.chat_stream_usage": (1, 2024, 7),
    "app.chat_stream_nousage": (1, 0, 0),
    "app.chat_tools": (2, 4048, 14),
    "app.chat_n2": (1, 2024, 14),
    "app.chat_reasoning": (1, 2024, 71),
    "app.chat_async": (2, 4048, 14),
    "app.responses": (1, 2024, 71),
    "app.embeddings": (1, 16, 0),
    "app.chat_err_429": (1, 0, 0),
}
_ANTHROPIC = {
    "app.a_messages": (1, 2024, 7),
    "app.a_stream_iter": (1, 2024, 7),
    "app.a_stream_manager": (1, 2024, 7),
    "app.a_tools": (2, 4048, 14),
    "app.a_thinking": (1, 2024, 67),
    "app.a_err_401": (1, 0, 0),
    "app.a_async": (2, 4048, 14),
}
# Left out: what a client loses or counts by itself (Traceloop adds a stream's opening placeholder to its output).
_STEPS = {
    "otel_genai_openai_content": _OPENAI,
    "openinference": {**_OPENAI, **_ANTHROPIC},
    "logfire": {**_OPENAI, **_ANTHROPIC},
    "langfuse_v5": _OPENAI,
    "traceloop": _OPENAI,
    "phoenix_old": _OPENAI,
    "anthropic_sdk_native_default": _ANTHROPIC,
    "otel_genai_anthropic_content": _ANTHROPIC,
    "otel_genai_deflate": {**_OPENAI, **_ANTHROPIC},
    # It guesses where a stream has no usage, and says of a refused call nothing but that there was an error.
    "openlit": {
        **_OPENAI,
        **{step: numbers for step, numbers in _ANTHROPIC.items() if step != "app.a_err_401"},
        "app.chat_stream_nousage": (1, 36, 16),
    },
}


@pytest.mark.parametrize("recording", _STEPS)
def test_each_step_has_the_true_numbers(recording: str) -> None:
    traces = _Traces()
    traces.take(recorded_spans(recording))
    found = traces.by_step()
    assert {step: found.get(step) for step in _STEPS[recording]} == _STEPS[recording]


def _span(span_id: str, parent: str = "", start: int = 0, end: int = 100, **fields: Any) -> SpanBrief:
    fields = {"kind": "call", "scope": "s", "request_model": "m", **fields}
    return SpanBrief(span_id=span_id, parent_span_id=parent, start_ns=start, end_ns=end, **fields)


def _folded(*spans: SpanBrief) -> dict[str, str]:
    return fold({span.span_id: span for span in spans})


def test_a_call_within_a_call_is_the_same() -> None:
    assert _folded(_span("outer"), _span("inner", "outer", 1, 99, response_id="r")) == {"inner": "outer"}


def test_other_spans_between_do_not_matter() -> None:
    http = _span("http", "outer", 1, 99, kind="span")
    assert _folded(_span("outer", response_id="r"), http, _span("inner", "http", 2, 98)) == {"inner": "outer"}


def test_a_chain_folds_into_its_outermost() -> None:
    spans = [_span("a"), _span("b", "a", 1, 9), _span("c", "b", 2, 8), _span("d", "c", 3, 7, response_id="r")]
    assert _folded(*spans) == dict.fromkeys("bcd", "a")


def test_different_response_ids_are_never_one() -> None:
    outer, inner = _span("outer", response_id="x"), _span("inner", "outer", response_id="y")
    assert _folded(outer, inner) == {}
    assert _folded(outer, inner, _span("innermost", "inner")) == {"innermost": "inner"}


def test_one_response_id_is_one_call_wherever_it_is_seen() -> None:
    root = _span("root", kind="span")
    assert _folded(root, _span("a", "root", 5, 9, response_id="x"), _span("b", "gone", 4, 10, response_id="x")) == {
        "a": "b"
    }


def test_siblings_of_two_instruments_that_overlap_are_one() -> None:
    told, seen = _span("told", "p", 0, 100, scope="one"), _span("seen", "p", 1, 99, scope="two", response_id="r")
    assert _folded(told, seen) == {"seen": "told"}


@pytest.mark.parametrize(
    "other",
    [
        {"scope": "one"},
        {"request_model": "another"},
        {"parent_span_id": "q"},
        {"start_ns": 101, "end_ns": 200},
        {"response_id": "x"},
    ],
)
def test_siblings_that_differ_in_anything_else_are_two(other: dict[str, Any]) -> None:
    told = _span("told", "p", 0, 100, scope="one", response_id="r")
    seen = _span("seen", "p", 1, 99, scope="two")
    seen = msgspec.structs.replace(seen, **other)
    assert _folded(told, seen) == {}


def test_simultaneous_siblings_pair_off_one_to_one() -> None:
    spans = [_span(f"a{n}", "p", n, 100 + n, scope="one") for n in range(5)]
    spans += [_span(f"b{n}", "p", n + 50, 99 + n, scope="two", response_id=f"r{n}") for n in range(5)]
    assert _folded(*spans) == {f"b{n}": f"a{n}" for n in range(5)}


def test_a_wrapper_of_several_calls_counts_as_none() -> None:
    """Its own tokens, if it has any, are theirs once more."""
    wrapper = _span("wrapper", input_tokens=30)
    inner = [_span("one", "wrapper", 1, 9, response_id="x"), _span("two", "wrapper", 10, 20, response_id="y")]
    assert _folded(wrapper, *inner) == {"wrapper": "one"}
    assert _folded(_span("outmost"), _span("wrapper", "outmost"), *inner) == {"outmost": "one", "wrapper": "one"}


def test_chunks_of_one_instrument_are_calls_of_their_own() -> None:
    chunks = [_span(f"chunk{n}", "many", n * 10, n * 10 + 9) for n in range(3)]
    assert _folded(_span("many"), *chunks) == {"many": "chunk0"}


def test_attempts_that_failed_belong_to_the_call_that_made_them() -> None:
    failed = _span("first", "outer", 1, 5, status="error")
    assert _folded(_span("outer"), failed, _span("second", "outer", 6, 99, response_id="r")) == {
        "first": "outer",
        "second": "outer",
    }


def test_a_streams_end_belongs_to_the_call_that_opened_it() -> None:
    opened = [_span("open1", "p", 0, 10), _span("open2", "p", 5, 15)]
    ends = [_span("end1", "p", 11, 500, is_log_span=True), _span("end2", "p", 16, 700, is_log_span=True)]
    assert _folded(*opened, *ends) == {"end1": "open1", "end2": "open2"}
    assert _folded(_span("other", "p", 0, 10, scope="another"), ends[0]) == {}


def test_spans_that_go_round_in_a_circle_end_the_search() -> None:
    circle = [_span("a", "c"), _span("b", "a"), _span("c", "b"), _span("x", "x"), _span("y", "z", kind="span")]
    folded = _folded(*circle, _span("z", "y", kind="span"), _span("w", "z"))
    assert set(folded) < {"a", "b", "c"}


_IDS = st.sampled_from(["a", "b", "c", "d", "e", "f", "g", "h"])
_SPANS = st.builds(
    _span,
    span_id=_IDS,
    parent=_IDS | st.just(""),
    start=st.integers(0, 20),
    end=st.integers(0, 40),
    kind=st.sampled_from(["call", "call", "span"]),
    scope=st.sampled_from(["one", "two"]),
    response_id=st.sampled_from(["", "", "x", "y"]),
    is_log_span=st.booleans(),
)


@given(st.lists(_SPANS, max_size=12))
def test_whatever_comes_one_is_kept_and_ids_stay_apart(spans: list[SpanBrief]) -> None:
    known = {span.span_id: span for span in spans}
    folded = fold(known)
    assert all(kept not in folded and known[kept].kind == "call" for kept in folded.values())
    for span_id, kept in folded.items():
        ids = {known[span_id].response_id, known[kept].response_id} - {""}
        assert len(ids) < 2
    assert fold(dict(reversed(list(known.items())))) == folded


def test_thirty_thousand_spans_take_no_square_of_time() -> None:
    flat = [_span(f"a{n}", "p", n, n + 9_000, scope="one") for n in range(10_000)]
    flat += [_span(f"b{n}", "p", n + 1, n + 8_999, scope="two", response_id=f"r{n}") for n in range(10_000)]
    deep = [_span(f"d{n}", f"d{n - 1}", response_id="" if n % 3 else f"x{n}") for n in range(10_000)]
    begun = time.perf_counter()
    folded = _folded(*flat, *deep)
    assert time.perf_counter() - begun < 3
    assert sum(name.startswith("b") for name in folded) == 10_000


def _full_row(**fields: Any) -> SpanRow:
    return SpanRow(project="p", trace_id="t", span_id="s", kind="call", **fields)


def test_gaps_are_filled_and_what_is_there_stays() -> None:
    kept = _full_row(model="m", finish_reasons=("stop",), input=(b"1",), input_preview="one")
    other = _full_row(model="x", response_id="r", finish_reasons=("end",), input=(b"2",), output=(b"3",), ttft_ns=5)
    other.input_preview, other.output_preview, other.input_tokens, other.output_tokens = "two", "three", 2024, 7
    other.cache_read_tokens, other.cost_nanousd, other.price_version = 1900, 99, "v"
    assert gaps(kept, other)
    assert (kept.model, kept.finish_reasons, kept.input, kept.input_preview) == ("m", ("stop",), (b"1",), "one")
    assert (kept.response_id, kept.output, kept.output_preview, kept.ttft_ns) == ("r", (b"3",), "three", 5)
    assert (kept.input_tokens, kept.output_tokens, kept.cache_read_tokens) == (2024, 7, 1900)
    assert (kept.cost_nanousd, kept.price_version) == (99, "v")
    assert not gaps(kept, other)


@pytest.mark.parametrize(
    ("kept", "other", "expected"),
    [
        ({"input_tokens": 2024, "output_tokens": 7}, {"input_tokens": 2024, "output_tokens": 8}, (2024, 7, 1900)),
        ({"input_tokens": 24, "output_tokens": 7}, {"input_tokens": 1924, "output_tokens": 7}, (1924, 7, 1900)),
        ({"input_tokens": 2000}, {"input_tokens": 2024, "output_tokens": 7}, (2000, 7, 0)),
        ({"input_tokens": 0, "output_tokens": 0}, {"input_tokens": 2024, "output_tokens": 7}, (2024, 7, 1900)),
        ({"output_tokens": 9}, {"input_tokens": 2024, "output_tokens": 7}, (2024, 9, 1900)),
        ({"input_tokens": 2024}, {}, (2024, None, 0)),
    ],
)
def test_usage_is_filled_number_by_number(
    kept: dict[str, int], other: dict[str, int], expected: tuple[int | None, ...]
) -> None:
    row = _full_row(**kept)
    gaps(row, _full_row(**other, cache_read_tokens=1900 if other else 0))
    assert (row.input_tokens, row.output_tokens, row.cache_read_tokens) == expected


def test_an_answer_that_broke_off_makes_the_call_an_error_and_a_failed_attempt_does_not() -> None:
    broken = _full_row(status="error", error_type="overloaded", response_id="r")
    kept, other = _full_row(response_id="r"), _full_row(response_id="r", output=(b"x",))
    gaps(kept, broken)
    gaps(other, _full_row(status="error", error_type="429"))
    assert (kept.status, kept.error_type, other.status, other.error_type) == ("error", "overloaded", "unset", "")


def test_a_call_is_as_long_as_its_stream() -> None:
    kept = _full_row(start_ns=0, end_ns=10)
    end = _full_row(start_ns=11, end_ns=500, attributes={"logfire.span_type": "log"})
    assert gaps(kept, end)
    assert kept.end_ns == 500
    assert not gaps(kept, end)
