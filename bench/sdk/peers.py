"""Peers: who is measured, and what each one's environment holds."""

import msgspec

OURS = "headwater"
# Chunks of the stream that bench/sdk/inside/vendor.py plays.
CHUNKS = 200


class Peer(msgspec.Struct, frozen=True, kw_only=True):
    """`packages` are asked of the index beside openai; `imports` is what its own quick start imports."""

    title: str
    packages: tuple[str, ...]
    imports: str


PEERS: dict[str, Peer] = {
    OURS: Peer(title="Headwater", packages=("msgspec",), imports="import headwater; headwater.init"),
    "opentelemetry": Peer(
        title="OpenTelemetry",
        packages=(
            "opentelemetry-instrumentation-genai-openai==1.3b0",
            "opentelemetry-sdk",
            "opentelemetry-exporter-otlp-proto-http",
        ),
        imports="import bench.sdk.inside.setups.opentelemetry",
    ),
    "openinference": Peer(
        title="OpenInference",
        packages=(
            "openinference-instrumentation-openai",
            "openinference-instrumentation",
            "opentelemetry-sdk",
            "opentelemetry-exporter-otlp-proto-http",
        ),
        imports="import bench.sdk.inside.setups.openinference",
    ),
    "langfuse": Peer(title="Langfuse", packages=("langfuse>=5,<6",), imports="import langfuse"),
    "logfire": Peer(title="Logfire", packages=("logfire",), imports="import logfire"),
}
