import json
import random
import subprocess
import sys
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from headwater.errors import BadRequest
from headwater.otlp import (
    CHECKS,
    JSON,
    PROTOBUF,
    assert_fast_protobuf,
    check_traces,
    log_events_of,
    spans_of,
)
from tests.rooms.otlp.telling import SPAN_ID, TRACE_ID, Sent, recording_names, sent_by, span_json, traces_body

_READERS = {"traces": spans_of, "logs": log_events_of}
_BAD_IDS = [
    ({"traceId": "0" * 32}, "traceId"),
    ({"traceId": TRACE_ID[:-2]}, "traceId"),
    ({"traceId": "xyz" + TRACE_ID[3:]}, "traceId"),
    ({"traceId": None}, "traceId"),
    ({"spanId": "0" * 16}, "spanId"),
    ({"spanId": SPAN_ID + "00"}, "spanId"),
    ({"spanId": ""}, "spanId"),
]


def _all_sent() -> list[Sent]:
    return [sent for name in recording_names() for sent in sent_by(name)]


def test_protobuf_runs_on_its_fast_implementation() -> None:
    assert_fast_protobuf()


def test_slow_protobuf_is_refused_at_start() -> None:
    code = "from headwater.otlp import assert_fast_protobuf; assert_fast_protobuf()"
    environment = {"PROTOCOL_BUFFERS_PYTHON_IMPLEMENTATION": "python", "PYTHONPATH": ":".join(sys.path)}
    found = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False)
    assert "protobuf runs on 'python'" in found.stderr


@pytest.mark.parametrize("name", recording_names())
def test_the_edge_counts_what_the_loader_decodes(name: str) -> None:
    for sent in sent_by(name):
        checked = CHECKS[sent.signal](sent.body, sent.content_type)
        assert checked.rejected == 0
        assert checked.accepted > 0
        if sent.signal in _READERS:
            assert len(_READERS[sent.signal](sent.body, sent.content_type)) == checked.accepted


@pytest.mark.parametrize(("fields", "named"), _BAD_IDS)
def test_a_span_with_an_impossible_id_is_left_out_alone(fields: dict[str, Any], named: str) -> None:
    body = traces_body(span_json(), span_json(**fields), span_json())
    checked = check_traces(body, JSON)
    assert (checked.accepted, checked.rejected) == (2, 1)
    assert checked.message.startswith(f"1 of 3 spans cannot be kept; the first: {named} of span 'a span' must ")
    assert len(spans_of(body, JSON)) == 2


@pytest.mark.parametrize(
    ("trace_id", "span_id", "named"), [(b"", b"12345678", "trace_id"), (b"x" * 16, bytes(8), "span_id")]
)
def test_protobuf_ids_are_judged_alike(trace_id: bytes, span_id: bytes, named: str) -> None:
    request = ExportTraceServiceRequest()
    spans = request.resource_spans.add().scope_spans.add().spans
    spans.add(trace_id=b"t" * 16, span_id=b"s" * 8)
    spans.add(trace_id=trace_id, span_id=span_id, name="odd")
    body = request.SerializeToString()
    checked = check_traces(body, PROTOBUF)
    assert (checked.accepted, checked.rejected) == (1, 1)
    assert f"{named} of span 'odd'" in checked.message
    assert [span.trace_id for span in spans_of(body, PROTOBUF)] == ["74" * 16]


@pytest.mark.parametrize("signal", CHECKS)
def test_an_empty_request_is_fine(signal: str) -> None:
    assert CHECKS[signal](b"", PROTOBUF).accepted == 0
    assert CHECKS[signal](b"{}", JSON).accepted == 0


@pytest.mark.parametrize("signal", CHECKS)
def test_another_content_type_is_refused_by_name(signal: str) -> None:
    with pytest.raises(BadRequest, match="'text/plain'"):
        CHECKS[signal](b"", "text/plain")


@pytest.mark.parametrize("sent", _all_sent(), ids=lambda sent: sent.signal)
def test_a_flipped_bit_raises_a_bad_request_or_nothing(sent: Sent) -> None:
    body, dice = sent.body, random.Random(7)
    for _ in range(60):
        broken = bytearray(body)
        for _ in range(dice.choice((1, 1, 3, 30))):
            broken[dice.randrange(len(broken))] ^= 1 << dice.randrange(8)
        _read_badly(sent.signal, bytes(broken), sent.content_type)
        _read_badly(sent.signal, body[: dice.randrange(len(body))], sent.content_type)


@pytest.mark.parametrize("content_type", [JSON, PROTOBUF])
@pytest.mark.parametrize("signal", CHECKS)
@given(body=st.binary(max_size=400))
def test_random_bytes_raise_a_bad_request_or_nothing(signal: str, content_type: str, body: bytes) -> None:
    _read_badly(signal, body, content_type)


_JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


@given(attributes=st.dictionaries(st.text(max_size=12), _JSON_VALUES, max_size=6), unknown=_JSON_VALUES)
def test_any_attribute_and_unknown_fields_are_taken(attributes: dict[str, Any], unknown: Any) -> None:
    span = span_json(attributes, dropped=unknown)
    try:
        body = json.dumps({"resourceSpans": [{"scopeSpans": [{"spans": [span], "x": unknown}]}]}, allow_nan=False)
    except ValueError:
        return
    _read_badly("traces", body.encode(errors="surrogatepass"), JSON)


@pytest.mark.parametrize("depth", [50, 300, 5000, 200_000])
def test_deep_nesting_is_no_way_to_fell_us(depth: int) -> None:
    nested = '{"arrayValue":{"values":[' * depth + '{"intValue":1}' + "]}}" * depth
    body = traces_body(span_json({"k": "here"})).replace(b'{"stringValue":"here"}', nested.encode())
    assert nested.encode() in body
    _read_badly("traces", body, JSON)
    deep = "[" * depth + "]" * depth
    for name in ("gen_ai.input.messages", "input.value", "metadata", "langfuse.observation.usage_details", "llm.tools"):
        (span,) = spans_of(traces_body(span_json({"gen_ai.operation.name": "chat", name: deep})), JSON)
        assert msgspec.json.encode(span)


def _read_badly(signal: str, body: bytes, content_type: str) -> None:
    """Read a body that may be no body; what the edge takes, the loader must be able to read."""
    try:
        checked = CHECKS[signal](body, content_type)
    except BadRequest:
        return
    if signal in _READERS:
        assert len(_READERS[signal](body, content_type)) == checked.accepted
