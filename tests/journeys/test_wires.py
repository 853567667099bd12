"""OTLP as it can be sent: two encodings, every compression, chunked, on each port and path, and over gRPC."""

import json
import random
from collections.abc import Iterable

import grpc
import pytest
from google.protobuf.json_format import MessageToDict
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest, ExportLogsServiceResponse
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from tests.journeys.projects import Project
from tests.sending import ENCODERS, Sent, body_of, draw, texts_of
from tests.serving import JSON, PROTOBUF

_EXPORT = "/opentelemetry.proto.collector.trace.v1.TraceService/Export"


def json_of(body: bytes) -> bytes:
    """A protobuf request as OTLP/JSON: hex ids, everything else as protobuf's JSON has it."""
    told = MessageToDict(ExportTraceServiceRequest.FromString(body))
    original = ExportTraceServiceRequest.FromString(body).resource_spans[0].scope_spans[0].spans
    for span, meant in zip(told["resourceSpans"][0]["scopeSpans"][0]["spans"], original, strict=True):
        span |= {"traceId": meant.trace_id.hex().upper(), "spanId": meant.span_id.hex()}
    return json.dumps(told).encode()


def pieces(body: bytes) -> Iterable[bytes]:
    """A body in small pieces, which go out chunked."""
    return (body[start : start + 777] for start in range(0, len(body), 777))


@pytest.fixture
def spans() -> list[Sent]:
    """Some spans of two traces."""
    return draw(random.Random(), 1, 5)


def assert_arrived(project: Project, spans: list[Sent]) -> None:
    """The calls are there with what they said."""
    project.await_spans(len(spans))
    rows = project.sql("SELECT span_id, input_tokens, input, output FROM calls ORDER BY name")
    assert [(span_id, tokens, texts_of(asked), texts_of(told)) for span_id, tokens, asked, told in rows] == [
        (sent.span_id, sent.input_tokens, [sent.question], [sent.answer]) for sent in spans
    ]


@pytest.mark.parametrize("is_chunked", [False, True], ids=["whole", "chunked"])
@pytest.mark.parametrize("encoding", ENCODERS)
@pytest.mark.parametrize("content_type", [PROTOBUF, JSON])
def test_every_encoding_arrives_and_is_answered_in_kind(
    project: Project, spans: list[Sent], content_type: str, encoding: str, is_chunked: bool
) -> None:
    plain = body_of(spans)
    body = ENCODERS[encoding](json_of(plain) if content_type == JSON else plain)
    headers = {"content-type": content_type} | ({"content-encoding": encoding} if encoding != "identity" else {})
    answer = project.post("/v1/traces", pieces(body) if is_chunked else body, headers)
    assert (answer.status, answer.headers["content-type"]) == (200, content_type)
    assert answer.body == (b"{}" if content_type == JSON else b"")
    assert_arrived(project, spans)


@pytest.mark.parametrize("path", ["/v1/traces", "/otel/v1/traces", "/api/public/otel/v1/traces"])
@pytest.mark.parametrize("port", ["3000", "4318"])
def test_every_path_is_there_on_both_ports(project: Project, spans: list[Sent], path: str, port: str) -> None:
    url = project.server.base_url if port == "3000" else project.server.otlp_url
    assert project.post(path, body_of(spans), url=url).status == 200
    assert_arrived(project, spans)


def test_the_same_over_grpc(project: Project, spans: list[Sent]) -> None:
    with grpc.insecure_channel(f"127.0.0.1:{project.server.grpc_port}") as channel:
        export: grpc.UnaryUnaryMultiCallable[bytes, bytes] = channel.unary_unary(_EXPORT)
        metadata = (("authorization", f"Bearer {project.key}"),)
        answer = export(body_of(spans), metadata=metadata, compression=grpc.Compression.Gzip, timeout=10)
    assert answer == b"", "an ExportTraceServiceResponse with nothing to say"
    assert_arrived(project, spans)


def test_a_span_sent_twice_is_there_once(project: Project, spans: list[Sent]) -> None:
    body = body_of(spans, at_ns=1_795_000_000_000_000_000)
    for _ in range(3):
        assert project.post("/v1/traces", body).status == 200
    later = body_of(spans, at_ns=1_795_000_060_000_000_000)
    assert project.post("/v1/traces", later).status == 200
    project.server.await_loaded()
    assert_arrived(project, spans)
    assert project.sql("SELECT sum(span_count), sum(call_count) FROM traces") == [(5, 5)]


def test_an_empty_request_is_a_good_one(project: Project) -> None:
    for signal in ("traces", "logs", "metrics"):
        assert project.post(f"/v1/{signal}", b"").status == 200
        answer = project.post(f"/v1/{signal}", b"{}", {"content-type": JSON})
        assert (answer.status, answer.body) == (200, b"{}")


def test_log_records_are_taken(project: Project) -> None:
    request = ExportLogsServiceRequest()
    record = request.resource_logs.add().scope_logs.add().log_records.add()
    record.body.string_value = "hello"
    answer = project.post("/v1/logs", request.SerializeToString())
    assert answer.status == 200
    assert ExportLogsServiceResponse.FromString(answer.body) == ExportLogsServiceResponse()


def test_requests_follow_each_other_on_one_connection(project: Project, spans: list[Sent]) -> None:
    """A refused body does not cost the requests that come after it on the same connection."""
    bad = [project.post("/v1/traces", b"\xff\xff").status for _ in range(3)]
    good = project.post("/v1/traces", body_of(spans)).status
    assert (bad, good) == ([400] * 3, 200)
