"""A call that both the program's SDK and the proxy saw is one call, with what either of them knows of it."""

import random
from collections.abc import Sequence
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from headwater.capture import Recorded, Scope, recorded_to
from headwater.event import Span
from headwater.loader import LoaderSettings
from headwater.store import SpanRow
from tests.rooms.capture import taking
from tests.rooms.capture.passing import SSE, START_NS, recorded
from tests.rooms.loader.line import Line

_MS = 1_000_000
ASKED: dict[str, Any] = {"model": "gpt-4o-mini", "messages": [{"role": "user", "content": "hi"}]}
GAVE: dict[str, Any] = {
    "id": "chatcmpl-1",
    "model": "gpt-4o-mini",
    "choices": [{"index": 0, "message": {"role": "assistant", "content": "ho"}, "finish_reason": "stop"}],
    "usage": {"prompt_tokens": 1000, "completion_tokens": 10},
}
GIVEN = msgspec.json.encode(GAVE)
OVERLOADED = b'{"error": {"message": "overloaded", "type": "server_error"}}'
ANSWERED: dict[str, Any] = {"chunks": [GIVEN]}
REFUSED: dict[str, Any] = {"chunks": [OVERLOADED], "status": 500}
UNREACHABLE: dict[str, Any] = {"status": 0, "failure_type": "connect_error", "end": "cut"}
TIMED_OUT: dict[str, Any] = {"status": 0, "end": "closed"}
BROKEN_OFF: dict[str, Any] = {"chunks": [GIVEN[:40]], "end": "closed"}
_EVENT: dict[str, Any] = {
    "id": "chatcmpl-1",
    "choices": [{"index": 0, "delta": {"content": "ho"}, "finish_reason": "stop"}],
}
_COUNTED: dict[str, Any] = {
    "id": "chatcmpl-1",
    "choices": [],
    "usage": {"prompt_tokens": 1000, "completion_tokens": 10},
}


def _sse(*events: dict[str, Any]) -> bytes:
    return b"".join(b"data: " + msgspec.json.encode(event) + b"\n\n" for event in events) + b"data: [DONE]\n\n"


def program(chunks: Sequence[bytes] = (GIVEN,), ended_ms: int = 900, **about: Any) -> Span:
    """The call as the SDK tells it: span 0x123 of trace 0xabc, under nothing."""
    span = taking.told(ASKED, chunks, scope=Scope(trace_id=0xABC, session_id="s"), **about)
    return replace(span, start_ns=START_NS, end_ns=START_NS + ended_ms * _MS)


def attempt(number: int, chunks: Sequence[bytes] = (), parent: int = 0x123, **about: Any) -> Recorded:
    """One request as the proxy recorded it, begun so many times a hundred milliseconds after the call."""
    ids = {"span_id": (0x900 + number).to_bytes(8, "big"), "parent_span_id": parent.to_bytes(8, "big")}
    times = {"start_ns": START_NS + (100 * number + 1) * _MS, "duration_ns": 50 * _MS, "resend": number}
    return recorded(ASKED, chunks, **ids | times | about)


def load(line: Line, *told: Span | Recorded, seed: int = 0, rows: int = 100) -> list[SpanRow]:
    """Load in an order of its own; return the calls that count."""
    for each in random.Random(seed).sample(told, len(told)):
        if isinstance(each, Recorded):
            line.append(recorded_to(each), door="exchange", content_type="")
        else:
            line.append(msgspec.msgpack.encode((each,)), door="event", content_type="")
    line.load(LoaderSettings(block_rows=rows, block_age_s=0.0))
    return [row for row in line.store.spans if row.kind == "call" and not row.folded_into]


@pytest.mark.parametrize("seed", [0, 1])
@pytest.mark.parametrize("rows", [1, 100])
def test_it_is_counted_once_whoever_tells_first(line: Line, seed: int, rows: int):
    (call,) = load(line, program(), attempt(0, **ANSWERED), seed=seed, rows=rows)
    assert (call.span_id, call.scope, call.session_id, call.input_tokens) == (f"{0x123:016x}", "headwater", "s", 1000)
    (trace,) = line.store.traces
    assert (trace.call_count, trace.folded_count, trace.input_tokens, trace.cost_nanousd) == (1, 1, 1000, 156_000)


def test_usage_that_the_proxy_asked_for_and_hid_is_the_calls(line: Line):
    hidden, seen = _sse(_EVENT, _COUNTED), _sse(_EVENT)
    mine = program([seen], content_type=SSE, is_stream=True)
    (call,) = load(line, mine, attempt(0, [hidden], response_type=SSE, is_usage_injected=True))
    assert (call.scope, call.input_tokens, call.output_tokens, call.cost_nanousd) == ("headwater", 1000, 10, 156_000)


def test_the_model_that_sets_the_price_is_the_calls(line: Line):
    (call,) = load(line, program(), attempt(0, **ANSWERED, model_override="gpt-4o"))
    assert (call.scope, call.attributes["headwater.priced_as"], call.cost_nanousd) == ("headwater", "gpt-4o", 2_600_000)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("failed", [REFUSED, UNREACHABLE, TIMED_OUT, BROKEN_OFF])
def test_tries_of_one_call_are_one_call(line: Line, failed: dict[str, Any], seed: int):
    tries = [attempt(0, **failed), attempt(1, **failed), attempt(2, **ANSWERED)]
    (call,) = load(line, program(), *tries, seed=seed, rows=1)
    assert (call.scope, call.status, call.response_id, call.input_tokens) == ("headwater", "unset", "chatcmpl-1", 1000)
    assert [trace.error_count for trace in line.store.traces] == [0]


@pytest.mark.parametrize("failed", [REFUSED, UNREACHABLE, TIMED_OUT, BROKEN_OFF])
@pytest.mark.parametrize("tries", [1, 3])
def test_a_call_that_failed_for_both_is_one_failed_call(line: Line, failed: dict[str, Any], tries: int):
    mine = program([OVERLOADED], status=500)
    (call,) = load(line, mine, *(attempt(number, **failed) for number in range(tries)))
    assert (call.scope, call.status, call.error_type) == ("headwater", "error", "server_error")
    assert [trace.error_count for trace in line.store.traces] == [1]


def test_an_answer_without_an_id_is_one_call(line: Line):
    """Embeddings have none."""
    body = b'{"object": "list", "data": [], "model": "e", "usage": {"prompt_tokens": 4}}'
    mine = program([body], path="/v1/embeddings")
    (call,) = load(line, mine, attempt(0, [body], path="/v1/embeddings"))
    assert (call.operation, call.input_tokens) == ("embeddings", 4)


def test_a_span_of_the_http_client_between_them_changes_nothing(line: Line):
    """OpenTelemetry's instruments of HTTP clients put their own span's id into the header."""
    between = Span(trace_id=f"{0xABC:032x}", span_id=f"{7:016x}", start_ns=START_NS, end_ns=START_NS + 800 * _MS)
    (call,) = load(line, program(), replace(between, parent_span_id=f"{0x123:016x}"), attempt(0, [GIVEN], parent=7))
    assert call.scope == "headwater"


def test_calls_beside_each_other_stay_two(line: Line):
    second = GIVEN.replace(b"chatcmpl-1", b"chatcmpl-2")
    other = replace(program([second]), span_id=f"{0x456:016x}")
    calls = load(line, program(), other, attempt(0, [GIVEN]), attempt(1, [second], parent=0x456))
    assert sorted((call.span_id, call.response_id) for call in calls) == [
        (f"{0x123:016x}", "chatcmpl-1"),
        (f"{0x456:016x}", "chatcmpl-2"),
    ]


def test_a_try_that_was_answered_and_billed_though_its_client_had_gone_stays_a_call(line: Line):
    """Its tokens were paid for."""
    lost = GIVEN.replace(b"chatcmpl-1", b"chatcmpl-0")
    calls = load(line, program(), attempt(0, [lost], end="closed"), attempt(1, [GIVEN]))
    assert sorted(call.response_id for call in calls) == ["chatcmpl-0", "chatcmpl-1"]
    assert sum(call.input_tokens or 0 for call in calls) == 2000


def test_a_call_below_a_step_that_is_no_call_stands_for_itself(line: Line):
    step = Span(trace_id=f"{0xABC:032x}", span_id=f"{0x123:016x}", kind="agent", start_ns=START_NS, end_ns=START_NS)
    (call,) = load(line, step, attempt(0, **ANSWERED))
    assert call.scope == "headwater.proxy"
