"""The gRPC door, opened late: the library takes 15 MB in every process that imports it, and only an edge needs it."""

from typing import TYPE_CHECKING

from headwater.ingest.gate import Gate
from headwater.ingest.intake import Intake

if TYPE_CHECKING:
    import grpc


def start_grpc(intake: Intake, gate: Gate, address: str, workers: int = 16) -> "grpc.Server":
    """Serve OTLP on `address` (host:port) from `workers` threads. Raises HeadwaterError where it is taken."""
    from headwater.ingest.otlp_grpc import serve

    return serve(intake, gate, address, workers)
