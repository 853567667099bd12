"""What cannot be taken is refused as OTLP wants it: final or not, in the encoding of the request, the reason named."""

import gzip
import itertools
import random

import grpc
import msgspec
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)

from tests.journeys.projects import Project, raw_request
from tests.sending import body_of, draw
from tests.serving import JSON, PROTOBUF, Answer, wait_until

_EXPORT = "/opentelemetry.proto.collector.trace.v1.TraceService/Export"


def status_of(answer: Answer) -> tuple[int, str]:
    """The code and message of the google.rpc.Status that a refusal carries, in either encoding."""
    if answer.headers["content-type"] == JSON:
        told = answer.json()
        return told["code"], told["message"]
    assert answer.body[0] == 0x08
    assert answer.body[2] == 0x12
    start = 4 if answer.body[3] < 0x80 else 5
    return answer.body[1], answer.body[start:].decode()


@pytest.mark.parametrize("content_type", [PROTOBUF, JSON])
@pytest.mark.parametrize("signal", ["traces", "logs", "metrics"])
def test_a_body_that_cannot_be_read_gets_400(project: Project, content_type: str, signal: str) -> None:
    answer = project.post(f"/v1/{signal}", b"\xff{no", {"content-type": content_type})
    code, message = status_of(answer)
    assert (answer.status, answer.headers["content-type"], code) == (400, content_type, 3)
    assert message


@pytest.mark.parametrize("content_type", [PROTOBUF, JSON])
@pytest.mark.parametrize("key", ["", "hw_wrong", "sk-of-somebody-else"])
def test_without_a_good_key_the_answer_is_401_and_final(project: Project, content_type: str, key: str) -> None:
    answer = project.post("/v1/traces", b"", {"content-type": content_type, "x-headwater-key": key})
    code, message = status_of(answer)
    assert (answer.status, answer.headers["content-type"], code) == (401, content_type, 16)
    assert "key" in message
    assert answer.headers["x-should-retry"] == "false"
    assert "bearer" in answer.headers["www-authenticate"].lower()


def test_every_place_where_a_key_may_stand_is_looked_at(project: Project) -> None:
    places = (
        {"x-headwater-key": project.key},
        {"authorization": f"Bearer {project.key}"},
        {"authorization": f"Bearer%20{project.key}"},
        {"authorization": project.basic},
        {"x-api-key": project.key},
    )
    headers = [{"content-type": PROTOBUF} | place for place in places]
    statuses = [project.server.request("POST", "/v1/traces", b"", each).status for each in headers]
    assert statuses == [200] * len(places)


@pytest.mark.parametrize(
    ("method", "path"),
    # GET of /v1/traces is the reading of another product's clients.
    [*itertools.product(("PUT", "DELETE", "HEAD"), ("/v1/traces", "/v1/logs")), ("GET", "/v1/logs")],
)
def test_any_method_but_post_gets_405(project: Project, method: str, path: str) -> None:
    answer = project.server.request(method, path, headers={"x-headwater-key": project.key})
    assert (answer.status, answer.headers["allow"]) == (405, "POST")


@pytest.mark.parametrize("content_type", ["text/plain", "", "application/x-www-form-urlencoded"])
def test_an_unknown_content_type_gets_415(project: Project, content_type: str) -> None:
    answer = project.post("/v1/traces", b"x", {"content-type": content_type})
    assert answer.status == 415
    assert PROTOBUF in answer.json()["message"]


@pytest.mark.parametrize("content_type", [PROTOBUF, JSON])
def test_a_body_that_is_too_large_after_decompression_gets_413(project: Project, content_type: str) -> None:
    bomb = gzip.compress(b"\0" * (65 * 1024 * 1024))
    answer = project.post("/v1/traces", bomb, {"content-type": content_type, "content-encoding": "gzip"})
    code, message = status_of(answer)
    assert (answer.status, answer.headers["content-type"], code) == (413, content_type, 8)
    assert "67108864" in message


def test_a_body_that_announces_too_much_is_refused_before_it_is_sent(project: Project) -> None:
    head = (
        f"POST /v1/traces HTTP/1.1\r\nhost: x\r\nx-headwater-key: {project.key}\r\n"
        f"content-type: {PROTOBUF}\r\ncontent-length: 99999999999\r\n\r\n"
    )
    assert raw_request(project.server.port, head.encode()).startswith(b"HTTP/1.1 413")


def test_an_unknown_content_encoding_gets_400(project: Project) -> None:
    answer = project.post("/v1/traces", b"x", {"content-encoding": "br"})
    assert answer.status == 400
    assert "br" in status_of(answer)[1]


def test_one_bad_span_costs_only_itself_in_protobuf(project: Project) -> None:
    request = ExportTraceServiceRequest.FromString(body_of(draw(random.Random(), 1, 4)))
    request.resource_spans[0].scope_spans[0].spans[1].trace_id = b"short"
    answer = project.post("/v1/traces", request.SerializeToString())
    told = ExportTraceServiceResponse.FromString(answer.body).partial_success
    assert (answer.status, told.rejected_spans) == (200, 1)
    assert "1 of 4 spans" in told.error_message
    project.await_spans(3)
    wait_until(lambda: project.server.health()["dropped"].get("otlp.traces: invalid item", 0) >= 1, 10, "it is counted")


def test_one_bad_span_costs_only_itself_in_json(project: Project) -> None:
    good = {"traceId": "ab" * 16, "spanId": "cd" * 8, "name": "good", "startTimeUnixNano": 1795000000000000000}
    body = {"resourceSpans": [{"scopeSpans": [{"spans": [good, {"traceId": "00" * 16, "spanId": "x"}]}]}]}
    answer = project.post("/v1/traces", msgspec.json.encode(body), {"content-type": JSON})
    assert (answer.status, answer.json()["partialSuccess"]["rejectedSpans"]) == (200, "1")
    project.await_spans(1)


@pytest.mark.parametrize(
    ("key", "body", "code"),
    [
        ("good", b"\xff\xff", grpc.StatusCode.INVALID_ARGUMENT),
        ("hw_wrong", b"", grpc.StatusCode.UNAUTHENTICATED),
        ("", b"", grpc.StatusCode.UNAUTHENTICATED),
    ],
)
def test_grpc_refuses_with_the_code_that_says_whether_to_send_again(
    project: Project, key: str, body: bytes, code: grpc.StatusCode
) -> None:
    shown = project.key if key == "good" else key
    with grpc.insecure_channel(f"127.0.0.1:{project.server.grpc_port}") as channel:
        export: grpc.UnaryUnaryMultiCallable[bytes, bytes] = channel.unary_unary(_EXPORT)
        with pytest.raises(grpc.RpcError) as caught:
            export(body, metadata=(("x-headwater-key", shown),), timeout=10)
    assert caught.value.code() == code
    assert caught.value.details()
