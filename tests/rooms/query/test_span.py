"""One span with its content."""

import msgspec
import pytest
from inline_snapshot import snapshot

from headwater.errors import NotFound
from headwater.query import EventShown, PreviousTurn, PriceLine, SpanShown
from headwater.store import LogRow
from tests.rooms.query.pen import NOON, SECOND, Pen, score_row, span_id, trace_id


def test_a_call_is_shown_with_all_that_is_known_of_it(pen: Pen) -> None:
    asked, told = pen.message("hi"), pen.message("hello", "assistant")
    tool = pen.content('{"name":"search"}', "tool")
    first, second = pen.content('{"a":1}', "raw"), pen.content('"b"', "raw")
    pen.call(
        1,
        1,
        took_s=2.5,
        input=(asked,),
        output=(told,),
        tools=(tool,),
        attributes={"llm.k": "v"},
        content_attributes={
            "list": (bytes(16), first, second),
            "object": (first,),
            "text": (pen.content('"long \\"text\\""', "raw"),),
        },
        parameters='{"temperature":0.5}',
        usage_reported='{"prompt_tokens":7}',
        input_tokens=7,
        cache_write_5m_tokens=2,
        cache_write_1h_tokens=3,
        cost_nanousd=1_500,
        price_lines='[{"bucket":"input","tokens":7,"usd_per_million":0.2,"usd":0.0000014,"extra":1}]',
        events='[{"name":"retry","time_ns":1795003200000000007,"attributes":{"n":1}}]',
        links='[{"trace_id":"t","span_id":"s"}]',
        is_stream=1,
        ttft_ns=SECOND // 2,
        finish_reasons=("stop",),
        tags=("x",),
        metadata={"k": "v"},
        resource={"host": "h"},
    )
    pen.call(1, 2, 1, folded_into=span_id(1))
    pen.log(_log(pen))
    assert pen.write().span(trace_id(1), span_id(1)) == snapshot(
        SpanShown(
            trace_id="00000000000000000000000000000001",
            span_id="0000000000000001",
            parent_span_id="",
            name="span 1",
            kind="call",
            status="ok",
            status_message="",
            error_type="",
            stacktrace="",
            start_time="2026-11-18T12:00:00.000000000Z",
            end_time="2026-11-18T12:00:02.500000000Z",
            duration_ms=2500.0,
            ttft_ms=500.0,
            source="otel",
            scope="",
            scope_version="",
            service_name="",
            environment="",
            release="",
            session_id="",
            user_id="",
            tags=("x",),
            metadata={"k": "v"},
            tool_name="",
            agent_name="",
            operation="chat",
            provider="openai",
            request_model="",
            model="gpt-5",
            response_id="",
            is_stream=True,
            service_tier="",
            finish_reasons=("stop",),
            parameters={"temperature": 0.5},
            attempts=1,
            input_tokens=7,
            output_tokens=None,
            cache_read_tokens=0,
            cache_write_tokens=5,
            reasoning_tokens=0,
            usage_estimated=False,
            usage_reported={"prompt_tokens": 7},
            cost_usd=1.5e-06,
            price_version="",
            price_lines=(PriceLine(bucket="input", tokens=7, usd_per_million=0.2, usd=1.4e-06),),
            reported_cost_usd=None,
            input=({"parts": [{"content": "hi", "type": "text"}], "role": "user"},),
            output=({"parts": [{"content": "hello", "type": "text"}], "role": "assistant", "finish_reason": "stop"},),
            tools=({"name": "search"},),
            events=(
                EventShown(
                    name="retry", time="2026-11-18T12:00:00.000000007Z", attributes={"n": 1}, body=None, severity=""
                ),
                EventShown(
                    name="gen_ai.choice",
                    time="2026-11-18T12:00:01.000000000Z",
                    attributes={"a": "b"},
                    body={"index": 0},
                    severity="INFO",
                ),
            ),
            links=({"trace_id": "t", "span_id": "s"},),
            attributes={"list": '[{"a":1},"b"]', "llm.k": "v", "object": '{"a":1}', "text": 'long "text"'},
            resource={"host": "h"},
            folded_into="",
            folded_spans=("0000000000000002",),
        )
    )


def test_content_that_is_gone_keeps_its_place(pen: Pen) -> None:
    """Payloads may be evicted before their spans."""
    kept = pen.message("kept")
    pen.call(1, 1, input=(b"\x01" * 16, kept), content_attributes={"long": (b"\x02" * 16,)})
    shown = pen.write().span(trace_id(1), span_id(1))
    assert (shown.input[0], shown.input[1]["role"], shown.attributes) == (
        {"evicted": "01" * 16},
        "user",
        {"long": '{"evicted":"02020202020202020202020202020202"}'},
    )


def test_a_step_shows_its_values(pen: Pen) -> None:
    given, gave = pen.content('{"q":"x"}', "value"), pen.content('"plain"', "value")
    pen.span(1, 1, kind="tool", input=(given,), output=(gave,))
    shown = pen.write().span(trace_id(1), span_id(1))
    assert (shown.input, shown.output) == (({"q": "x"},), ("plain",))


def test_unreadable_columns_do_not_hide_a_span(pen: Pen) -> None:
    pen.call(1, 1, parameters="{", usage_reported="[]", price_lines="{}", events="7", links="{}")
    shown = pen.write().span(trace_id(1), span_id(1))
    assert (shown.parameters, shown.usage_reported, shown.price_lines, shown.events, shown.links) == (
        {},
        {},
        (),
        (),
        (),
    )


def test_an_answer_encodes_to_json(pen: Pen) -> None:
    pen.call(1, 1)
    answer = msgspec.json.decode(msgspec.json.encode(pen.write().span(trace_id(1), span_id(1))))
    assert answer["span_id"] == span_id(1)


def test_a_call_names_the_call_that_it_goes_on_from(pen: Pen) -> None:
    """The one with most in common whose whole input was sent again; its answer counts as said."""
    system, ask, answer, again = (pen.message(text) for text in ("sys", "a", "b", "c"))
    pen.call(1, 1, 0, input=(system, ask), output=(answer,))
    pen.call(1, 2, 1, input=(system, ask), output=(again,))
    pen.call(1, 3, 2, input=(system, ask, answer, again))
    pen.call(1, 4, 3, input=(system, again))
    questions = pen.write()
    previous = questions.span(trace_id(1), span_id(3)).previous
    assert previous == PreviousTurn(
        trace_id=trace_id(1), span_id=span_id(1), start_time="2026-11-18T12:00:00.000000000Z", shared=3
    )
    assert questions.span(trace_id(1), span_id(1)).previous is None
    assert questions.span(trace_id(1), span_id(4)).previous is None


def test_a_call_goes_on_from_one_of_its_session(pen: Pen) -> None:
    """Of an earlier trace, of the same session only, and never from a later call."""
    first, second, third = (pen.message(text) for text in "abc")
    pen.call(1, 1, 0, input=(first,), session_id="s")
    pen.call(2, 2, 1, input=(first, second), session_id="other")
    pen.call(3, 3, 2, input=(first, second, third), session_id="s")
    pen.call(4, 4, 9, input=(first, second), session_id="s")
    previous = pen.write().span(trace_id(3), span_id(3)).previous
    assert previous is not None
    assert (previous.trace_id, previous.span_id, previous.shared) == (trace_id(1), span_id(1), 1)


def test_scores_stand_apart_from_events(pen: Pen) -> None:
    attributes = {
        "gen_ai.evaluation.name": "correct",
        "gen_ai.evaluation.score.value": "1",
        "gen_ai.evaluation.score.label": "true",
        "gen_ai.evaluation.explanation": "as told",
    }
    pen.call(1, 1)
    pen.log(score_row(pen, attributes, span=1))
    shown = pen.write().span(trace_id(1), span_id(1))
    assert shown.events == ()
    assert [(each.name, each.value, each.label, each.comment, each.source) for each in shown.scores] == [
        ("correct", 1.0, "true", "as told", "judge")
    ]


def test_a_span_that_is_not_there_is_not_found(pen: Pen) -> None:
    pen.call(1, 1)
    with pytest.raises(NotFound, match=r"no span '0{15}2' in trace"):
        pen.write().span(trace_id(1), span_id(2))


def _log(pen: Pen) -> LogRow:
    return LogRow(
        project=pen.project,
        trace_id=trace_id(1),
        span_id=span_id(1),
        event_id=b"e" * 16,
        time_ns=NOON + SECOND,
        name="gen_ai.choice",
        severity="INFO",
        scope="s",
        body='{"index":0}',
        attributes={"a": "b"},
        resource={},
        input=(),
        output=(),
        version=1,
    )
