"""OTLP over gRPC: the same meaning as over HTTP, in gRPC's own codes."""

import random
import socket
from collections.abc import Iterator
from pathlib import Path

import grpc
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse

from headwater.errors import HeadwaterError
from headwater.ingest import IngestSettings, start_grpc
from tests.rooms.ingest.door import Door
from tests.sending import body_of, draw

_BODY = body_of(draw(random.Random(2), 0, 3))
_SERVICE = "/opentelemetry.proto.collector.{0}.v1.{1}Service/Export"


@pytest.fixture
def address() -> str:
    """An address of loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{probe.getsockname()[1]}"


@pytest.fixture
def small(tmp_path: Path, address: str) -> Iterator[Door]:
    """A door with gRPC on it that takes 20 KB at most."""
    door = Door(tmp_path, IngestSettings(body_limit_bytes=20_000))
    server = start_grpc(door.intake, door.gate, address)
    yield door
    server.stop(grace=None).wait()
    door.close()


def export(
    address: str, body: bytes, key: str = "hw_good", signal: str = "trace", compression: grpc.Compression | None = None
) -> bytes:
    """Make one call."""
    with grpc.insecure_channel(address) as channel:
        call: grpc.UnaryUnaryMultiCallable[bytes, bytes] = channel.unary_unary(
            _SERVICE.format(signal, signal.capitalize())
        )
        return call(body, metadata=(("x-headwater-key", key),), timeout=10, compression=compression)


def code_of(address: str, body: bytes, key: str = "hw_good") -> grpc.StatusCode:
    """The code that a call is refused with."""
    with pytest.raises(grpc.RpcError) as caught:
        export(address, body, key)
    return caught.value.code()


@pytest.mark.usefixtures("small")
def test_refusals_say_whether_to_send_again(address: str) -> None:
    assert code_of(address, b"\xff\xff") == grpc.StatusCode.INVALID_ARGUMENT
    assert code_of(address, _BODY, "hw_bad") == grpc.StatusCode.UNAUTHENTICATED
    assert code_of(address, bytes(30_000)) == grpc.StatusCode.RESOURCE_EXHAUSTED


def test_the_body_is_kept_as_protobuf_whatever_compressed_it(small: Door, address: str) -> None:
    assert export(address, _BODY, compression=grpc.Compression.Gzip) == b""
    envelope = small.envelopes()[0]
    assert (envelope.door, envelope.items, envelope.body) == ("otlp.traces", 3, _BODY)
    assert "content-encoding" not in envelope.headers


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("signal", ["trace", "logs", "metrics"])
def test_every_signal_has_its_service(address: str, signal: str) -> None:
    assert export(address, b"", signal=signal) == b""


@pytest.mark.usefixtures("small")
def test_what_was_left_out_is_told(address: str) -> None:
    answer = export(address, b"\x0a\x06\x12\x04\x12\x02\x0a\x00")
    assert ExportTraceServiceResponse.FromString(answer).partial_success.rejected_spans == 1


def test_a_taken_address_is_named_with_the_remedy(tmp_path: Path) -> None:
    door = Door(tmp_path)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(HeadwaterError, match="grpc-port"):
            start_grpc(door.intake, door.gate, f"127.0.0.1:{taken.getsockname()[1]}")
    door.close()
