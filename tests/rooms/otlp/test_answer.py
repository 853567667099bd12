import json

import pytest
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceResponse
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceResponse
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse

from headwater.otlp import JSON, PROTOBUF, encode_error, encode_success

_RESPONSES = {
    "traces": (ExportTraceServiceResponse, "rejected_spans", "rejectedSpans"),
    "logs": (ExportLogsServiceResponse, "rejected_log_records", "rejectedLogRecords"),
    "metrics": (ExportMetricsServiceResponse, "rejected_data_points", "rejectedDataPoints"),
}


@pytest.mark.parametrize("signal", _RESPONSES)
def test_all_taken_is_the_empty_message(signal: str) -> None:
    assert encode_success(PROTOBUF, signal) == b""
    assert encode_success(JSON, signal) == b"{}"


@pytest.mark.parametrize("signal", _RESPONSES)
@pytest.mark.parametrize("rejected", [1, 127, 128, 3_000_000])
def test_what_was_left_out_is_told_in_the_signals_own_field(signal: str, rejected: int) -> None:
    kind, field, json_field = _RESPONSES[signal]
    told = kind.FromString(encode_success(PROTOBUF, signal, rejected, "naïve ids")).partial_success
    assert (getattr(told, field), told.error_message) == (rejected, "naïve ids")
    partial = json.loads(encode_success("application/json; charset=utf-8", signal, rejected, "naïve ids"))
    assert partial == {"partialSuccess": {json_field: str(rejected), "errorMessage": "naïve ids"}}


def test_a_warning_rejects_nothing() -> None:
    told = ExportTraceServiceResponse.FromString(encode_success(PROTOBUF, "traces", 0, "careful"))
    assert (told.partial_success.rejected_spans, told.partial_success.error_message) == (0, "careful")


def test_an_error_is_a_status_with_code_and_message() -> None:
    """google.rpc.Status: field 1 is the code (a varint), field 2 the message (length-delimited)."""
    assert encode_error(PROTOBUF, 3, "no") == b"\x08\x03\x12\x02no"
    assert json.loads(encode_error(JSON, 14, "later")) == {"code": 14, "message": "later"}


def test_an_endless_message_is_cut() -> None:
    assert len(encode_error(PROTOBUF, 3, "x" * 10_000_000)) < 3000
