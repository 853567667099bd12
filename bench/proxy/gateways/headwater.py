"""Headwater: the real `serve` with capture on and one edge; time of edge and supervisor counts as the gateway's."""

import contextlib
from collections.abc import Generator, Mapping
from pathlib import Path

import msgspec

from bench.harness import Served
from bench.proxy.gateways.gateway import OURS, Gateway
from bench.proxy.load import Way
from bench.proxy.stored import await_stored


@contextlib.contextmanager
def running(upstream: str, folder: Path, extra: Mapping[str, str] | None = None) -> Generator[Gateway]:
    """A server of one edge whose upstream "openai" is the mock. `extra` are further settings."""
    environment = {"HEADWATER_PROXY_UPSTREAMS": msgspec.json.encode({"openai": upstream}).decode(), **(extra or {})}
    server = Served(folder, environment)
    try:
        server.start()
        yield Gateway(
            name=OURS,
            way=way_to(server),
            pid=server.pid,
            parts=("edge", "supervisor"),
            server=server,
            settle=lambda: await_stored(server.api()),
        )
    finally:
        server.stop()


def way_to(server: Served) -> Way:
    """How calls reach a server's proxy."""
    headers = (f"x-headwater-key: {server.key}", "authorization: Bearer sk-of-the-mock")
    return Way(port=server.port, path="/openai/v1/chat/completions", headers=headers)
