"""Pulse's functions, as programs call them: `init_pulse`, `observe`, `flush_buffer`, `shutdown`."""

from typing import Any, TypeVar

from headwater.compat.pulse_sdk.api_config import load_config
from headwater.compat.pulse_sdk.api_observe import watch
from headwater.compat.pulse_sdk.api_state import begin
from headwater.compat.pulse_sdk.api_state import flush_buffer as flush_buffer
from headwater.compat.pulse_sdk.api_state import shutdown as shutdown
from headwater.compat.pulse_sdk.api_types import ObserveOptions, Provider, PulseConfig

C = TypeVar("C")

# Settings that go to Headwater's SDK as they are.
_PASSED_ON = ("service_name", "environment", "release", "content", "masks", "redact")


def init_pulse(config: PulseConfig) -> None:
    """Say where calls are sent to, and with which key; from then on, clients that are observed are recorded.

    Of what is not told, the environment (HEADWATER_URL ...) and the defaults are asked. Raises ConfigError for what
    cannot be; nothing else that Pulse does here ever raises, waits or prints.
    """
    resolved = load_config(config)
    more: dict[str, Any] = {name: value for name, value in config.items() if name in _PASSED_ON}
    if config.get("api_url"):
        more["url"] = resolved.api_url
    if "flush_interval" in config:
        more["flush_interval_s"] = resolved.flush_interval / 1000
    begin(resolved, **more)


def observe(client: C, provider: Provider, options: ObserveOptions | None = None) -> C:
    """Record the calls of a client of OpenAI's or Anthropic's library. Returns the very same client.

    Its methods take `pulse_session_id` and `pulse_metadata` (also `pulseSessionId`, `pulseMetadata`), which never reach
    the provider, whether Pulse is on, off or not initialised. Raises ValueError for a provider that there is not.
    """
    if provider not in tuple(Provider):
        raise ValueError(f"Unsupported provider: {provider}")
    watch(client, options)
    return client
