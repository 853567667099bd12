"""Portkey: its open gateway on the node that is here, told by headers where to go."""

import contextlib
from collections.abc import Generator
from pathlib import Path

from bench.proxy import installed
from bench.proxy.gateways.gateway import Gateway
from bench.proxy.gateways.process import free_port, started
from bench.proxy.load import Way


@contextlib.contextmanager
def running(upstream: str, folder: Path) -> Generator[Gateway]:
    """One process. Answers are compared by what they say."""
    port, script = free_port(), installed.portkey()
    headers = (
        "authorization: Bearer sk-of-the-mock",
        "x-portkey-provider: openai",
        f"x-portkey-custom-host: {upstream}/v1",
    )
    command = ["node", script, f"--port={port}", "--headless"]
    with started(command, port, folder, {"NODE_ENV": "production"}) as pid:
        version = f"{installed.PORTKEY.rpartition('@')[2]} on node {installed.said_by('node', '--version')}"
        yield Gateway(name="portkey", way=Way(port=port, headers=headers, is_exact=False), pid=pid, version=version)
