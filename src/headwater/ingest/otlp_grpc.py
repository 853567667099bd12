"""OTLP over gRPC, with the same meaning as over HTTP. grpcio has no types of its own, hence the rule below."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc

from headwater.clock import now_ns
from headwater.errors import BadRequest, HeadwaterError, TooLarge, Unauthorized
from headwater.event import Envelope
from headwater.ingest.gate import Gate
from headwater.ingest.intake import Intake
from headwater.ingest.kept import kept_headers, tally_alone
from headwater.otlp import CHECKS, PROTOBUF, Checked, encode_success

_SERVICES = {
    "opentelemetry.proto.collector.trace.v1.TraceService": "traces",
    "opentelemetry.proto.collector.logs.v1.LogsService": "logs",
    "opentelemetry.proto.collector.metrics.v1.MetricsService": "metrics",
}

_CODES: dict[type[HeadwaterError], grpc.StatusCode] = {
    TooLarge: grpc.StatusCode.RESOURCE_EXHAUSTED,
    BadRequest: grpc.StatusCode.INVALID_ARGUMENT,
    Unauthorized: grpc.StatusCode.UNAUTHENTICATED,
}


def serve(intake: Intake, gate: Gate, address: str, workers: int) -> grpc.Server:
    """Listen on `address` and serve from `workers` threads; see `start_grpc`."""
    server = grpc.server(
        ThreadPoolExecutor(max_workers=workers, thread_name_prefix="otlp-grpc"),
        options=[
            ("grpc.max_receive_message_length", intake.settings.body_limit_bytes),
            ("grpc.so_reuseport", 1),
        ],
        maximum_concurrent_rpcs=workers * 4,
    )
    for service, signal in _SERVICES.items():
        handler = grpc.unary_unary_rpc_method_handler(_export(intake, gate, signal))
        server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(service, {"Export": handler}),))
    try:
        server.add_insecure_port(address)
    except RuntimeError as error:
        why = f"cannot listen on {address!r} for OTLP/gRPC ({error}): choose another --grpc-port"
        raise HeadwaterError(why) from error
    server.start()
    return server


def _export(intake: Intake, gate: Gate, signal: str) -> Callable[[bytes, Any], bytes]:
    door = f"otlp.{signal}"

    def export(body: bytes, context: Any) -> bytes:
        headers = {name: value for name, value in context.invocation_metadata() if isinstance(value, str)}
        try:
            checked = _take(intake, gate, signal, headers, body)
        except HeadwaterError as error:
            code = next((code for kind, code in _CODES.items() if isinstance(error, kind)), grpc.StatusCode.UNAVAILABLE)
            intake.counters.answered(f"{door}.grpc", code.value[0])
            # Ends the call by raising.
            return context.abort(code, str(error))
        intake.counters.answered(f"{door}.grpc", 0)
        return encode_success(PROTOBUF, signal, checked.rejected, checked.message)

    return export


def _take(intake: Intake, gate: Gate, signal: str, headers: dict[str, str], body: bytes) -> Checked:
    """Check and append one body. Raises HeadwaterError."""
    door = f"otlp.{signal}"
    project = gate.admit(headers)
    key_id = gate.key_id(headers)
    checked = CHECKS[signal](body, PROTOBUF)
    if checked.rejected:
        intake.counters.rejected(f"{door}: invalid item", checked.rejected)
    if checked.accepted:
        plain = {name: value for name, value in headers.items() if name != "content-encoding"}
        kept = kept_headers(plain, key_id)
        intake.accept_blocking(
            Envelope(
                door=door,
                project=project,
                received_ns=now_ns(),
                headers=kept | {"content-type": PROTOBUF},
                items=checked.accepted,
                body=body,
            )
        )
    elif (alone := tally_alone(headers, project, key_id)) is not None:
        intake.accept_blocking(alone)
    return checked
