"""Spans that a program makes of Pulse's parts, and what becomes of them."""

from typing import Any, cast

import pytest

from headwater.compat.pulse_sdk import Provider
from headwater.compat.pulse_sdk.api_spans import (
    MAX_PAYLOAD_BYTES,
    PENDING_TTL_SECONDS,
    build_provider_span,
    build_tool_request_spans,
    build_tool_result_spans,
    compact_payload,
    correlate_tool_results,
    parse_jsonish,
    resolve_session_id,
)
from headwater.compat.pulse_sdk.api_types import NormalizedResponse
from tests.conftest import HeldClock
from tests.rooms.compat.pulse_sdk.telling import ENDED, ENDED_NS, TRACE, spans_told

_TRACE_ID = "0af7651916cd43dd8448eb211c80319c"
_ANSWER = NormalizedResponse("gpt-4o-mini-2024-07-18", "hello", 9, 3, "stop", 0.5, "chatcmpl-1")


def _asked(tool_id: str, client_id: str = "c") -> list[Any]:
    return build_tool_request_spans(
        provider=Provider.OPENAI,
        client_id=client_id,
        trace_id=_TRACE_ID,
        session_id="s",
        parent_span_id="00f067aa0ba902b7",
        tool_calls=[{"id": tool_id, "name": "f", "input": {"x": 1}}],
    )


def _answered(tool_id: str, client_id: str = "c") -> tuple[str | None, list[Any]]:
    return correlate_tool_results(Provider.OPENAI, client_id, "s", [{"id": tool_id, "response": "42"}])


def test_a_call_made_of_them_is_read_with_all_that_was_said():
    made = build_provider_span(
        trace_id=_TRACE_ID,
        session_id="s",
        provider=Provider.OPENAI,
        request=TRACE["request_body"],
        response=_ANSWER,
        started_at=ENDED,
        latency_ms=12.4,
        status="success",
        metadata={"app": "demo"},
    )
    (span,) = spans_told(made, door="pulse.spans")
    assert (span.trace_id, span.session_id, span.metadata) == (_TRACE_ID, "s", {"app": "demo"})
    assert (span.start_ns, span.end_ns) == (ENDED_NS, ENDED_NS + 12 * 10**6)
    assert span.call is not None
    assert [message.role for message in span.call.input] == ["user"]
    assert (span.call.request_model, span.call.response_model) == ("gpt-4o-mini", "gpt-4o-mini-2024-07-18")
    assert (span.call.finish_reasons, span.call.reported_cost_usd) == (("stop",), 0.005)


def test_a_tools_result_finds_the_wish_for_it():
    (wish,) = _asked("call_1")
    trace_id, matches = _answered("call_1")
    (result,) = build_tool_result_spans("another", "s", matches)
    assert trace_id == _TRACE_ID
    assert (result.get("trace_id"), result.get("parent_span_id")) == (_TRACE_ID, wish["span_id"])
    first, second = spans_told(wish, result, door="pulse.spans")
    assert (first.tool_name, first.input, second.output) == ("f", {"x": 1}, "42")


def test_a_result_is_told_once_and_one_that_nobody_wished_for_is_an_orphan():
    assert [match["status"] for match in _answered("call_2")[1]] == ["orphan"]
    assert _answered("call_2") == (None, [])
    _asked("call_3", "one client")
    assert [match["status"] for match in _answered("call_3", "another")[1]] == ["orphan"]


def test_a_wish_is_forgotten_after_ten_minutes(held_clock: HeldClock):
    _asked("call_4")
    held_clock.advance(PENDING_TTL_SECONDS + 1)
    assert [match["status"] for match in _answered("call_4")[1]] == ["orphan"]


@pytest.mark.parametrize("value", [None, "x" * MAX_PAYLOAD_BYTES, {"a": object}, 7])
def test_a_payload_that_is_short_stays_itself(value: Any):
    assert compact_payload(value) is value


def test_a_payload_that_is_long_is_cut_between_characters():
    cut = cast("dict[str, Any]", compact_payload("ü" * MAX_PAYLOAD_BYTES))
    assert (cut["truncated"], cut["originalBytes"]) == (True, 2 * MAX_PAYLOAD_BYTES)
    assert cut["preview"] == "ü" * (MAX_PAYLOAD_BYTES // 2)


def test_small_helpers():
    assert (parse_jsonish('{"a": 1}'), parse_jsonish("no"), parse_jsonish(7)) == ({"a": 1}, "no", 7)
    assert (resolve_session_id(None, "f"), resolve_session_id("s", "f")) == ("f", "s")
