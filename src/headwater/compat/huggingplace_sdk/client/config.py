"""Config: the old package's settings of its tracing. Batches and retries are Headwater's and have none here."""

from collections.abc import Mapping
from typing import Any

from headwater import sdk

DEFAULT_BASE_URL = sdk.SdkSettings().url
DEFAULT_TRACE_CONFIG: Mapping[str, Any] = {"base_url": DEFAULT_BASE_URL, "timeout": 10000, "silent": True}


def get_trace_config(overrides: dict[str, Any] | None = None) -> dict[str, Any]:
    """The defaults under what is given."""
    return {**DEFAULT_TRACE_CONFIG, **(overrides or {})}


def build_trace_endpoints(base_url: str) -> dict[str, str]:
    """Where the server takes traces."""
    return {"trace_endpoint": f"{base_url}/api/traces", "batch_endpoint": f"{base_url}/api/traces/batch"}
