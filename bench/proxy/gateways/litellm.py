"""LiteLLM: its proxy server as its quick start has it, one worker, no database, a master key as it demands."""

import contextlib
import secrets
from collections.abc import Generator
from pathlib import Path

from bench.proxy import installed
from bench.proxy.gateways.gateway import Gateway
from bench.proxy.gateways.process import free_port, started
from bench.proxy.load import Way

_CONFIGURATION = """
model_list:
  - model_name: gpt-4o-mini
    litellm_params: {{model: openai/gpt-4o-mini, api_base: "{upstream}/v1", api_key: sk-of-the-mock}}
litellm_settings: {{num_retries: 0}}
general_settings: {{master_key: {key}}}
"""


@contextlib.contextmanager
def running(upstream: str, folder: Path) -> Generator[Gateway]:
    """It writes every answer anew, so that answers are compared by what they say."""
    port, key = free_port(), f"sk-{secrets.token_hex(24)}"
    command = installed.litellm()
    configuration = folder / "config.yaml"
    configuration.write_text(_CONFIGURATION.format(upstream=upstream, key=key))
    told = [command, "--config", configuration, "--host", "127.0.0.1", "--port", str(port), "--num_workers", "1"]
    with started(told, port, folder, {"LITELLM_LOG": "ERROR"}) as pid:
        way = Way(port=port, headers=(f"authorization: Bearer {key}",), is_exact=False)
        yield Gateway(name="litellm", way=way, pid=pid, version=installed.LITELLM.rpartition("==")[2])
