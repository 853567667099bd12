"""Config: what a program tells `init_pulse`, checked."""

from dataclasses import dataclass

from headwater.compat.pulse_sdk.api_types import PulseConfig

DEFAULT_API_URL = "http://localhost:3000"
DEFAULT_BATCH_SIZE = 10
DEFAULT_FLUSH_INTERVAL = 5000
"""Milliseconds."""
DEFAULT_ENABLED = True

_KEYS = ("pulse_sk_", "hw_")
_BATCH_MOST = 100
_INTERVAL_LEAST_MS = 1000


class ConfigError(ValueError):
    """A setting that cannot be; the text names it."""


@dataclass(frozen=True)
class ResolvedConfig:
    """The settings, those that were not told with their defaults. `flush_interval` is in milliseconds."""

    api_key: str
    api_url: str
    batch_size: int
    flush_interval: int
    enabled: bool


def load_config(config: PulseConfig) -> ResolvedConfig:
    """Check what was told. Raises ConfigError.

    A key begins as Pulse's keys do, or as those of Headwater.
    """
    api_key = config.get("api_key")
    if not api_key:
        raise ConfigError("Pulse SDK: api_key is required")
    if not str(api_key).startswith(_KEYS):
        raise ConfigError("Pulse SDK: api_key must start with 'pulse_sk_' (or 'hw_')")
    batch_size = _whole(config, "batch_size", DEFAULT_BATCH_SIZE)
    if not 1 <= batch_size <= _BATCH_MOST:
        raise ConfigError("Pulse SDK: batch_size must be between 1 and 100")
    flush_interval = _whole(config, "flush_interval", DEFAULT_FLUSH_INTERVAL)
    if flush_interval < _INTERVAL_LEAST_MS:
        raise ConfigError("Pulse SDK: flush_interval must be at least 1000ms")
    return ResolvedConfig(
        api_key=str(api_key),
        api_url=str(config.get("api_url") or DEFAULT_API_URL),
        batch_size=batch_size,
        flush_interval=flush_interval,
        enabled=bool(config.get("enabled", DEFAULT_ENABLED)),
    )


def _whole(config: PulseConfig, name: str, otherwise: int) -> int:
    value = config.get(name, otherwise)
    try:
        return int(value)  # pyright: ignore[reportArgumentType]
    except (TypeError, ValueError):
        raise ConfigError(f"Pulse SDK: {name} must be a number, not {value!r}") from None
