"""One trace and its window of spans."""

import pytest
from inline_snapshot import snapshot
from msgspec.structs import replace

from headwater.errors import BadRequest, NotFound
from headwater.query import SpanListed, TraceHealth, TraceListed, TraceShown
from headwater.query.outline import MAP_COLUMNS, MAP_DEPTHS
from tests.rooms.query.pen import Pen, score_row, span_id, trace_id

_STEP = SpanListed(
    span_id="0000000000000001",
    parent_span_id="",
    depth=0,
    child_count=0,
    name="",
    kind="span",
    status="ok",
    error_type="",
    start_time="2026-11-18T12:00:00.000000000Z",
    offset_ms=0.0,
    duration_ms=1000.0,
    self_ms=1000.0,
    model="",
    provider="",
    tool_name="",
    input_tokens=None,
    output_tokens=None,
    cost_usd=None,
    ttft_ms=None,
    folded_into="",
    is_orphan=False,
    source="otel",
    input_preview="",
    output_preview="",
)
_CALL = replace(
    _STEP,
    parent_span_id="0000000000000001",
    depth=1,
    kind="call",
    start_time="2026-11-18T12:00:01.000000000Z",
    offset_ms=1000.0,
    model="gpt-5",
    provider="openai",
)


def test_a_trace_is_shown_whole(pen: Pen) -> None:
    pen.span(1, 1, took_s=4, kind="agent", name="plan", input_preview="go")
    pen.call(1, 2, 1, parent=1, input_tokens=3, cost_nanousd=1_000, ttft_ns=5_000_000)
    pen.call(1, 3, 1, parent=1, folded_into=span_id(2))
    pen.span(1, 4, 2, parent=99, kind="tool", tool_name="search", status="error", error_type="Timeout")
    assert pen.write().trace(trace_id(1), is_outlined=False) == snapshot(
        TraceShown(
            trace=TraceListed(
                trace_id="00000000000000000000000000000001",
                name="plan",
                start_time="2026-11-18T12:00:00.000000000Z",
                duration_ms=4000.0,
                status="ok",
                span_count=4,
                call_count=1,
                error_count=1,
                input_tokens=3,
                output_tokens=0,
                cache_read_tokens=0,
                cache_write_tokens=0,
                reasoning_tokens=0,
                cost_usd=1e-06,
                unpriced_calls=0,
                ttft_ms=5.0,
                session_id="",
                user_id="",
                environment="",
                service_name="",
                tags=(),
                models=("gpt-5",),
                providers=("openai",),
                sources=("otel",),
                error_types=("Timeout",),
                input_preview="go",
                output_preview="",
            ),
            spans=(
                replace(
                    _STEP,
                    child_count=2,
                    name="plan",
                    kind="agent",
                    duration_ms=4000.0,
                    self_ms=3000.0,
                    critical_ms=3000.0,
                    input_preview="go",
                ),
                replace(
                    _CALL,
                    span_id="0000000000000002",
                    name="span 2",
                    input_tokens=3,
                    cost_usd=1e-06,
                    ttft_ms=5.0,
                    critical_ms=1000.0,
                ),
                replace(_CALL, span_id="0000000000000003", name="span 3", folded_into="0000000000000002"),
                replace(
                    _STEP,
                    span_id="0000000000000004",
                    parent_span_id="0000000000000063",
                    name="span 4",
                    kind="tool",
                    status="error",
                    error_type="Timeout",
                    start_time="2026-11-18T12:00:02.000000000Z",
                    offset_ms=2000.0,
                    tool_name="search",
                    is_orphan=True,
                ),
            ),
            offset=0,
            total_spans=4,
            health=TraceHealth(
                orphans=1,
                folded=1,
                clock_skewed=0,
                missing_root=False,
                examples={"orphans": ("0000000000000004",), "folded": ("0000000000000003",)},
            ),
        )
    )


def test_a_giant_trace_is_shown_by_windows(pen: Pen) -> None:
    """Windows in tree order join without gap or overlap, and the one around a span holds it."""
    pen.span(1, 1, took_s=5_000)
    for number in range(2, 2_502):
        pen.span(1, number, number, parent=1 if number % 2 == 0 else number - 1)
    questions = pen.write()
    windows = [questions.trace(trace_id(1), offset, 900) for offset in (0, 900, 1_800)]
    shown = [int(span.span_id, 16) for window in windows for span in window.spans]
    focused = questions.trace(trace_id(1), limit=900, focus=span_id(1_000))
    assert shown == list(range(1, 2_502))
    assert (windows[0].total_spans, focused.offset, focused.spans[99].span_id) == (2_501, 900, span_id(1_000))


def test_an_outline_names_what_failed_first_and_what_the_duration_hangs_on(pen: Pen) -> None:
    """Of failures only those without a failed child; scores of the trace and of its spans; nothing where not asked."""
    pen.span(1, 1, took_s=4, kind="agent", name="plan", status="error")
    pen.call(1, 2, 1, 2, parent=1, status="error", error_type="Timeout", status_message="late")
    pen.call(1, 3, 0, 1, parent=1, finish_reasons=("length",))
    pen.log(score_row(pen, {"gen_ai.evaluation.name": "tone", "gen_ai.evaluation.score.value": "0.5"}, span=2))
    pen.log(score_row(pen, {"gen_ai.evaluation.name": "good", "gen_ai.evaluation.score.label": "yes"}, span=0))
    shown = pen.write().trace(trace_id(1))
    outline = shown.outline
    assert outline is not None
    assert [(each.span_id, each.status_message) for each in outline.failures] == [(span_id(2), "late")]
    assert outline.failed == 2
    assert outline.critical_ms == {"call": 3000.0, "agent": 1000.0}
    assert (outline.critical_path[0].name, outline.critical_path[0].critical_ms) == ("span 2", 2000.0)
    assert [(each.name, each.value, each.label, each.span_id) for each in outline.scores] == [
        ("tone", 0.5, "", span_id(2)),
        ("good", None, "yes", ""),
    ]
    assert (shown.health.cut, shown.health.examples["cut"]) == (1, (span_id(3),))


def test_the_map_of_a_giant_trace_is_small(pen: Pen) -> None:
    pen.span(1, 1, took_s=5_000)
    for number in range(2, 2_502):
        pen.span(1, number, number, parent=number - 1 if number % 9 else 1)
    outline = pen.write().trace(trace_id(1), limit=1).outline
    assert outline is not None
    assert len(outline.map) <= MAP_COLUMNS * MAP_DEPTHS
    assert sum(cell.spans for cell in outline.map) == 2_501


def test_a_long_trace_that_grew_is_read_again(pen: Pen) -> None:
    """Its order is kept between windows, under the version of its totals."""

    def written(count: int) -> int:
        for number in range(1, count + 1):
            pen.span(1, number, number, parent=number - 1)
        questions = pen.write()
        windows = [questions.trace(trace_id(1), offset, 5) for offset in (0, 5, 0)]
        assert windows[0] == windows[2]
        return windows[1].total_spans

    assert [written(1_100), written(1_200)] == [1_100, 1_200]


def test_a_window_past_the_end_is_empty(pen: Pen) -> None:
    pen.span(1, 1)
    assert pen.write().trace(trace_id(1), offset=7).spans == ()


def test_a_trace_whose_start_moved_is_shown_from_its_new_start(pen: Pen) -> None:
    pen.span(1, 1, 500)
    pen.write()
    pen.span(1, 1, 500, is_deleted=1)
    pen.span(1, 1, 20)
    shown = pen.write().trace(trace_id(1))
    assert [(span.span_id, span.start_time) for span in shown.spans] == [(span_id(1), "2026-11-18T12:00:20.000000000Z")]


def test_what_is_not_there_is_not_found(pen: Pen) -> None:
    pen.span(1, 1)
    questions = pen.write()
    with pytest.raises(NotFound, match=r"no trace '0{31}2' in this project"):
        questions.trace(trace_id(2))
    with pytest.raises(NotFound, match="no span 'x' in this trace"):
        questions.trace(trace_id(1), focus="x")
    with pytest.raises(BadRequest, match="offset: -1 is negative"):
        questions.trace(trace_id(1), offset=-1)
